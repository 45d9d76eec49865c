--- The recipe shared by the scripts that reconstruct images from measurements: scenes, training
--- with a line per step, evaluation, pictures. Images are grey.
local bl = require "bilevel"
local report = require "bilevel.report"
local reconstruction = {}

--- The command-line options that every such script has, with the script's own added.
function reconstruction.options(own)
  local options = {
    images = { help = "folder of PNG or JPEG images to train on; synthetic scenes when absent" },
    test = { help = "folder of images to test on; held-out scenes when absent" },
    count = { default = 8, help = "training images" },
    size = { default = 64, help = "size of the training images, pixels" },
    test_count = { default = 4, help = "held-out images" },
    test_size = { number = true, help = "their size; that of the training images when absent" },
    budget = { number = true, help = "stop at this cost: lower-level plus linear iterations" },
    minutes = { number = true, help = "stop after this many minutes" },
    steps = { number = true, help = "stop after this many steps" },
    precision = { default = "float64", choices = { "float32", "float64" },
      help = "element type of the images" },
    threads = { number = true, help = "threads; all processors when absent" },
    output = { help = "folder for parameters and pictures" },
    smoke = { default = false, help = "a run of a few seconds" },
    no_record = report.no_record, resume = report.resume,
  }
  for name, option in pairs(own) do options[name] = option end
  return options
end

--- Training and test scenes: photographs where folders are given, else dead leaves.
function reconstruction.scenes(opt)
  bl.precision(opt.precision)
  if opt.threads then bl.threads(opt.threads) end
  if opt.smoke then
    opt.count, opt.size, opt.test_count, opt.test_size = 2, 24, 1, 24
    opt.steps = opt.steps or 2
  end
  opt.test_size = opt.test_size or opt.size
  local kind = opt.scenes or "dead_leaves"
  local function scenes(folder, count, size, seed)
    return folder
      and bl.data.images { path = folder, grey = true, crop = size, count = count, seed = seed }
      or bl.data[kind] { count = count, size = size, seed = seed }
  end
  return scenes(opt.images, opt.count, opt.size, 1),
    scenes(opt.test, opt.test_count, opt.test_size, 101)
end

--- Takes the steps of an optimizer with the limits, printing a line of each, with a run on record
--- unless the options leave it out; returns the last parameters and the steps.
local function learn(optimizer, problem, theta, limits, opt)
  local show, run, last = report.printer(), report.run(opt), nil
  limits.log = run
  local steps = optimizer:steps(problem, theta, limits)
  for step in steps do
    show(step)
    last = step
  end
  show(last, true)
  report.learned(run, last.theta, steps)
  if run then run:finish() end
  return last.theta, steps
end

--- Learns with MAID from `theta`, printing a line per step; returns the last parameters.
function reconstruction.train(problem, theta, opt, budget)
  local learned, steps = learn(bl.optimizer.maid {}, problem, theta, {
    budget = opt.budget or (not (opt.steps or opt.minutes) and budget or nil),
    max_iterations = opt.steps, seconds = opt.minutes and 60 * opt.minutes,
  }, opt)
  print(("stopped: %s"):format(steps.advice))
  return learned
end

--- Tomography of scenes: a function that makes of scenes, their size and a seed of the noise the
--- measurements, the fidelity and the operator. `opt.angles` and `opt.sigma` are those of test
--- images; smaller ones have as many angles for each pixel. The data term is weighed by the number
--- of angles and the noise grows with its root, so that what is learned keeps its meaning.
function reconstruction.tomography(opt)
  return function(scenes, size, seed)
    local angles = math.max(1, math.floor(opt.angles * size / opt.test_size + 0.5))
    local A = bl.operator.radon { angles = angles }
    local noise = bl.noise.gaussian {
      sigma = opt.sigma * math.sqrt(angles / opt.angles), seed = seed,
    }
    return scenes:observe { operator = A, noise = noise },
      bl.fidelity.squared_l2 { weight = 1 / angles }, A
  end
end

--- Learns a few parameters with DFO-LS at a fixed accuracy: `choice` has blocks, lower, upper, eps,
--- evaluations.
function reconstruction.tune(problem, theta, choice)
  local result = bl.optimizer.dfols {
    blocks = choice.blocks, lower = choice.lower, upper = choice.upper, initial_radius = 0.15,
    final_radius = 1e-3, accuracy = "fixed", eps = choice.eps, solver = bl.solver.lbfgs(),
    max_evaluations = choice.evaluations, on_failure = "warn",
  }:minimize(problem, theta)
  print(("tuned: loss %.4f, %s"):format(result.loss, result.stopped_because))
  return result.theta
end

--- Learns all parameters with IAdam on mini-batches, printing lines: `choice` has eps, delta, step,
--- steps, batch. Step sizes decay as (k + 1)^-1/4.
function reconstruction.adapt(problem, theta, choice, opt)
  local iadam = bl.optimizer.iadam {
    eps = bl.schedule.constant(choice.eps), delta = bl.schedule.constant(choice.delta),
    step_size = bl.schedule.polynomial { initial = choice.step, power = 0.25 },
    hypergradient = bl.hypergradient.implicit { solver = bl.solver.lbfgs(), bound = "none" },
  }
  return (learn(iadam, problem, theta, {
    max_iterations = choice.steps, batch = { size = choice.batch, seed = 4 },
  }, opt))
end

--- The options of `transfer`, with the script's own added.
function reconstruction.transfer_options(own)
  local options = reconstruction.options {
    scenes = { default = "piecewise_constant", choices = { "piecewise_constant", "dead_leaves" },
      help = "synthetic scenes, where no folder is given" },
    angles = { default = 60, help = "angles of the test images" },
    sigma = { default = 0.25, help = "standard deviation of the noise of the test images" },
    mu = { number = true, help = "strong convexity that is added; chosen when absent" },
    parameters = { help = "a denoiser's parameters, of this script with --steps 0 or of "
      .. "crr_denoise; none is learned then" },
    denoise_steps = { default = 600, help = "steps of learning the denoiser" },
    denoise_count = { default = 160, help = "images that it learns from" },
    denoise_sigma = { default = 0.1, help = "standard deviation of the noise that it removes" },
    evaluations = { default = 25, help = "trials of its two strengths, and of total variation's" },
    batch = { default = 4, help = "images of a step in tomography; twice as many in denoising" },
    step = { default = 1e-3, help = "first step size in tomography" },
  }
  options.budget, options.minutes = nil, nil
  options.count.default, options.precision.default = 32, "float32"
  options.steps = { default = 150, help = "steps of learning in tomography" }
  for name, option in pairs(own) do options[name] = option end
  return options
end

local function small(opt)
  opt.denoise_count, opt.denoise_steps, opt.evaluations, opt.batch, opt.angles = 2, 2, 5, 1, 6
  opt.steps = 2
end

--- A denoiser's parameters: those of a file, or learned.
local function denoiser(regularizer, opt, scenes)
  if opt.parameters then return bl.parameters.load(opt.parameters) end
  local noise = bl.noise.gaussian { sigma = opt.denoise_sigma, seed = 5 }
  local problem = bl.problem { data = scenes:observe { noise = noise }, regularizer = regularizer }
  local eps = 0.05 * opt.denoise_sigma * opt.size
  return reconstruction.adapt(problem, problem:parameters { seed = 3 }, {
    eps = eps, delta = eps, step = 1e-2, batch = 2 * opt.batch, steps = opt.denoise_steps,
  }, opt)
end

--- What is learned from: images for denoising, and for tomography, and what is tested.
local function transfer_scenes(opt)
  local count = opt.count
  opt.count = opt.smoke and opt.denoise_count or math.max(count, opt.denoise_count)
  local learned, tested = reconstruction.scenes(opt)
  if opt.test then
    tested = bl.data.images {
      path = opt.test, grey = true, crop = opt.test_size, anchor = "center",
    }:take(opt.test_count)
  end
  return learned:take(opt.denoise_count), learned:take(count), tested
end

--- Tunes alpha and scale of a denoiser for tomography. With noise of deviation sigma, the negative
--- logarithm of a prior counts sigma^2 / angles times in tomography, denoise_sigma^2 times in
--- denoising: alpha starts from its own plus the logarithm of the ratio, below `largest`.
local function tune_strengths(problem, theta, opt, eps, largest)
  local scale = theta.scale:max()
  local alpha = theta.alpha:max() + math.log(opt.sigma ^ 2 / opt.angles / opt.denoise_sigma ^ 2)
  alpha = math.min(alpha, largest - 0.1)
  theta.alpha = 0 * theta.alpha + alpha
  theta = reconstruction.tune(problem, theta, {
    blocks = { "alpha", "scale" }, eps = eps, evaluations = opt.evaluations,
    lower = { alpha = alpha - 2, scale = scale - 2 },
    upper = { alpha = math.min(alpha + 2, largest), scale = scale + 2 },
  })
  print(("alpha %.2f (from %.2f), scale %.2f (from %.2f)"):format(
    theta.alpha:max(), alpha, theta.scale:max(), scale))
  return theta
end

--- Learns a denoiser, takes it to tomography and learns on there; total variation beside it, tuned
--- on the same images. The regularizer has alpha and scale among its parameters, in
--- R(x) = e^(alpha - 2 scale) N(e^scale x); `convexity` has `added`, the strong convexity of the
--- lower level's own, and `left`, what the regularizer's concavity leaves of it. `denoising` is the
--- regularizer with other limits of its concavity, when present.
function reconstruction.transfer(regularizer, opt, name, convexity, denoising)
  opt.test_size = opt.test_size or 256
  if opt.smoke then small(opt) end
  local denoised, scenes, tested = transfer_scenes(opt)
  local setting = reconstruction.tomography(opt)
  local function problem(R, mu, images, size, seed)
    local data, fidelity, A = setting(images, size, seed)
    return bl.problem {
      data = data, fidelity = fidelity, regularizer = R, strong_convexity = mu,
    }, data, A
  end
  local function accuracy(size, mu) return 4e-4 * size / mu end

  local start = denoiser(denoising or regularizer, opt, denoised)
  local learning = problem(regularizer, convexity.added, scenes, opt.size, 2)
  local eps = accuracy(opt.size, convexity.left)
  local largest = convexity.left < convexity.added
    and math.log(convexity.added - convexity.left) or math.huge
  local tuned = tune_strengths(learning, start, opt, eps, largest)
  local theta = opt.steps == 0 and tuned or reconstruction.adapt(learning, tuned, {
    eps = eps, delta = accuracy(opt.size, 1), step = opt.step, steps = opt.steps,
    batch = opt.batch,
  }, opt)

  local variation = bl.regularizer.total_variation {
    initial_log_weight = -4, initial_log_smoothing = -5,
  }
  local slight = 1e-3
  local rival = problem(variation, slight, scenes, opt.size, 2)
  local tv = reconstruction.tune(rival, rival:parameters {}, {
    eps = accuracy(opt.size, slight), evaluations = opt.evaluations, lower = -9, upper = 0,
  })
  print(("total variation: log_weight %.2f, log_smoothing %.2f"):format(tv[1], tv[2]))

  local directory = opt.output or "out/" .. name
  start:save(directory .. "/denoiser.safetensors")
  theta:save(directory .. "/theta.safetensors")
  local function compare(title, images, folder)
    local function restored(R, parameters, mu, left)
      local large, data = problem(R, mu, images, opt.test_size, 102)
      return reconstruction.evaluate(large, parameters, data, accuracy(opt.test_size, left),
        bl.solver.lbfgs())
    end
    local _, data, A = problem(variation, slight, images, opt.test_size, 102)
    local results = {
      { "filtered back projection",
        reconstruction.measure(data, function(y) return A:pinv(y) end) },
      { "total variation", restored(variation, tv, slight, slight) },
      { "denoiser, strengths tuned",
        restored(regularizer, tuned, convexity.added, convexity.left) },
      { "learned on in tomography",
        restored(regularizer, theta, convexity.added, convexity.left) },
    }
    print(title)
    reconstruction.table(results)
    print(("learned over total variation: %+.2f dB"):format(
      results[4][2].psnr - results[2][2].psnr))
    reconstruction.save(data, results, folder)
  end
  compare(opt.test and "photographs" or "held-out scenes", tested, directory)
  if not opt.test then
    compare("Shepp-Logan phantom", bl.data.phantom { size = opt.test_size },
      directory .. "/phantom")
  end
end

--- Total variation with Fields of Experts besides it, and a function that makes their parameters
--- start from learned ones of total variation alone.
function reconstruction.experts(variation, experts)
  return bl.regularizer.sum { variation, bl.regularizer.fields_of_experts(experts) },
    function(theta, learned)
      theta.r1_log_weight, theta.r1_log_smoothing = learned.log_weight, learned.log_smoothing
      return theta
    end
end

--- Restores the test data; returns the results, with the mean PSNR and SSIM.
function reconstruction.evaluate(problem, theta, test, eps, solver)
  return problem:evaluate(theta, {
    data = test, metrics = { bl.metric.psnr(), bl.metric.ssim() }, eps = eps or 0.1, images = true,
    solver = solver,
  })
end

--- Mean PSNR and SSIM of what a function makes of each measurement: back projections, for instance.
function reconstruction.measure(test, restore)
  local psnr, ssim = bl.metric.psnr(), bl.metric.ssim()
  local result = { psnr = 0, ssim = 0, images = {} }
  for i = 1, #test do
    local sample = test[i]
    local restored = restore(sample.observed)
    result.psnr = result.psnr + psnr(restored, sample.truth) / #test
    result.ssim = result.ssim + ssim(restored, sample.truth) / #test
    result.images[i] = { restored = restored }
  end
  return result
end

--- Prints a line for each of the results { name, result }.
function reconstruction.table(results)
  print(("%-34s %9s %8s"):format("test images", "PSNR, dB", "SSIM"))
  for _, entry in ipairs(results) do
    print(("%-34s %9.3f %8.4f"):format(entry[1], entry[2].psnr, entry[2].ssim))
  end
end

--- Writes pictures of the first test images: the truth, then each of the results.
function reconstruction.save(test, results, directory)
  for i = 1, math.min(3, #test) do
    local sample = test[i]
    local pictures, captions = { sample.truth }, { "truth" }
    for j, entry in ipairs(results) do
      pictures[j + 1], captions[j + 1] = entry[2].images[i].restored, entry[1]
    end
    pictures.captions, pictures.truth = captions, sample.truth
    pictures.magnify = sample.truth:shape()[3] < 200 and 3 or 1
    bl.plot.images(pictures):save(("%s/restored_%d.png"):format(directory, i))
  end
  print("written: " .. directory)
end

return reconstruction
