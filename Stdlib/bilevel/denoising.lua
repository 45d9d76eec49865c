--- The recipe shared by the denoising scripts: data, optimizer, training with a line per step,
--- evaluation and pictures. Noise is Gaussian, images are grey unless `colour` is set.
local bl = require "bilevel"
local report = require "bilevel.report"
local denoising = {}

--- The command-line options that every denoising script has, with the script's own added.
function denoising.options(own)
  local options = {
    images = { help = "folder of PNG or JPEG images to train on; synthetic scenes when absent" },
    test = { help = "folder of images to test on, at full size; held-out scenes when absent" },
    count = { default = 25, help = "training images" },
    size = { default = 96, help = "size of the training crops, pixels" },
    test_count = { default = 10, help = "held-out synthetic scenes" },
    sigma = { default = 0.1, help = "standard deviation of the noise; images are in [0, 1]" },
    optimizer = { default = "maid",
      choices = { "maid", "fixed", "gradient_descent", "hoag", "isgd", "iadam" },
      help = "adaptive accuracy; fixed accuracy with a line search; fixed accuracy and step; "
        .. "HOAG; stochastic steps; Adam, the last two on mini-batches with decaying schedules" },
    batch = { default = 8, help = "images in a mini-batch of isgd and iadam" },
    eps_power = { default = 0.25, help = "accuracies of isgd and iadam decay as (k + 1)^-power" },
    step_power = { default = 0.25, help = "steps of isgd and iadam decay as (k + 1)^-power" },
    eps = { number = true, help = "(first) accuracy of the lower level; chosen when absent" },
    delta = { number = true, help = "(first) accuracy of the linear systems; chosen when absent" },
    step = { number = true, help = "(first) step size; chosen when absent" },
    bound = { default = "estimated", choices = { "estimated", "certified", "none" },
      help = "how the hypergradient's error is judged" },
    budget = { number = true, help = "stop at this cost: lower-level plus linear iterations" },
    minutes = { number = true, help = "stop after this many minutes" },
    steps = { number = true, help = "stop after this many steps" },
    precision = { default = "float64", choices = { "float32", "float64" },
      help = "element type of the images" },
    threads = { number = true, help = "threads; all processors when absent" },
    audit = { default = 0, help = "compare error statements with the truth at N steps" },
    parameters = { help = "start from these parameters, a .safetensors or .npz file" },
    output = { help = "folder for parameters, pictures and the log" },
    smoke = { default = false, help = "a run of a few seconds" },
    no_record = report.no_record, resume = report.resume,
  }
  for name, option in pairs(own) do options[name] = option end
  return options
end

local function observed(scenes, opt, seed)
  return scenes:observe { noise = bl.noise.gaussian { sigma = opt.sigma, seed = seed } }
end

--- Training and test data: photographs where folders are given, else dead leaves.
function denoising.data(opt)
  bl.precision(opt.precision)
  if opt.threads then bl.threads(opt.threads) end
  if opt.smoke then
    opt.count, opt.size, opt.test_count = math.min(opt.count, 3), math.min(opt.size, 32), 2
    opt.steps, opt.batch = opt.steps or 3, math.min(opt.batch or 2, 2)
  end
  local channels = opt.colour and 3 or 1
  local train = opt.images
    and bl.data.images {
      path = opt.images, grey = not opt.colour, crop = opt.size, count = opt.count, seed = 1,
    }
    or bl.data.dead_leaves { count = opt.count, size = opt.size, channels = channels, seed = 1 }
  local test = opt.test
    and bl.data.images { path = opt.test, grey = not opt.colour }
    or bl.data.dead_leaves {
      count = opt.test_count, size = opt.size, channels = channels, seed = 101,
    }
  return observed(train, opt, 2), observed(test, opt, 102)
end

--- The distance over a whole crop at which each of its pixels is a tenth of the noise away.
local function coarse_accuracy(opt)
  return 0.1 * opt.sigma * opt.size * math.sqrt(opt.colour and 3 or 1)
end

--- Inexact stochastic steps or Adam on mini-batches, whose accuracies and steps decay.
local function stochastic(opt)
  local function decaying(initial, power)
    return bl.schedule.polynomial { initial = initial, power = power }
  end
  local eps = opt.eps or coarse_accuracy(opt)
  opt.batches = { size = opt.batch, seed = 4 }
  return bl.optimizer[opt.optimizer] {
    eps = decaying(eps, opt.eps_power), delta = decaying(opt.delta or eps, opt.eps_power),
    step_size = decaying(opt.step or 1e-2, opt.step_power),
  }
end

--- The upper-level optimizer that the options ask for; mini-batches are written to `opt.batches`.
function denoising.optimizer(opt)
  if opt.optimizer == "isgd" or opt.optimizer == "iadam" then return stochastic(opt) end
  local method = bl.hypergradient.implicit { bound = opt.bound }
  if opt.optimizer == "hoag" then
    return bl.optimizer.hoag {
      eps = bl.schedule.geometric { initial = opt.eps or coarse_accuracy(opt), ratio = 0.9 },
      step_size = opt.step, hypergradient = method,
    }
  end
  if opt.optimizer == "gradient_descent" then
    return bl.optimizer.gradient_descent {
      eps = opt.eps, delta = opt.delta, step_size = opt.step, hypergradient = method,
    }
  end
  return bl.optimizer.maid {
    eps = opt.eps, delta = opt.delta, step_size = opt.step, hypergradient = method,
    adaptive = opt.optimizer == "maid",
  }
end

--- The three statements of the hypergradient's error beside the error itself, which is known from
--- solves that are a thousand times more accurate.
local function audit(problem, step)
  local function hypergradient(bound, factor)
    return problem:hypergradient(step.theta, {
      eps = step.eps * factor, delta = step.delta * factor,
      method = bl.hypergradient.implicit { bound = bound },
    })
  end
  local exact = hypergradient("none", 1e-3)
  local z, estimated = hypergradient("estimated", 1)
  local _, certified = hypergradient("certified", 1)
  print(("     audit: |z| %.4g, true error %.3g, estimated %.3g, certified %.3g"):format(
    z:norm(), (z - exact):norm(), estimated.error_bound, certified.error_bound))
end

--- Runs the optimizer, printing a line per step; returns the last parameters, the log, a list of
--- { cost, loss, psnr, seconds }, and the run that is on record, if one is.
function denoising.train(problem, optimizer, theta, opt)
  print(optimizer)
  local run = report.run(opt)
  local take = report.taker(run)
  local log, last = {}, nil
  local steps = optimizer:steps(problem, theta, {
    budget = opt.budget, max_iterations = opt.steps, seconds = opt.minutes and 60 * opt.minutes,
    batch = opt.batches, log = run,
  })
  for step in steps do
    take(step)
    if step.k < opt.audit then audit(problem, step) end
    -- A run that its time ends within a step has no loss there.
    if step.loss then log[#log + 1] = { step.cost, step.loss, step.psnr, step.seconds } end
    last = step
  end
  take(last, true)
  print(("stopped: %s"):format(steps.advice))
  if run then run:note { stopped_because = steps.stopped_because } end
  return last.theta, log, run
end

--- Restores the test data, prints mean PSNR and SSIM before and after, and returns the results.
function denoising.evaluate(problem, theta, test, eps)
  local metrics = { bl.metric.psnr(), bl.metric.ssim() }
  local noisy = { psnr = 0, ssim = 0 }
  for i = 1, #test do
    local sample = test[i]
    noisy.psnr = noisy.psnr + metrics[1](sample.observed, sample.truth) / #test
    noisy.ssim = noisy.ssim + metrics[2](sample.observed, sample.truth) / #test
  end
  local results = problem:evaluate(theta, {
    data = test, metrics = metrics, eps = eps or 0.1, images = true,
  })
  print(("test images: %d"):format(#test))
  print(("  noisy     %6.3f dB  SSIM %.4f"):format(noisy.psnr, noisy.ssim))
  print(("  restored  %6.3f dB  SSIM %.4f  (%+.2f dB)"):format(
    results.psnr, results.ssim, results.psnr - noisy.psnr))
  return results
end

--- Puts what was learned, the quality on test images, the first of them and the filters on record.
local function record(run, theta, test, results, filters)
  run:parameters(theta)
  run:log { test_psnr = results.psnr, test_ssim = results.ssim }
  for i = 1, math.min(3, #test) do
    run:image("truth " .. i, test[i].truth)
    run:image("noisy " .. i, test[i].observed)
    run:image("restored " .. i, results.images[i].restored)
  end
  if filters then run:plot(filters, "filters") end
  run:finish()
  print("recorded: " .. run.directory)
end

--- Writes parameters, log, pictures of the first test images and, where there are any, the filters;
--- ends the run, if one is on record.
function denoising.save(theta, log, test, results, directory, run)
  theta:save(directory .. "/theta.safetensors")
  bl.save(directory .. "/log.npz", { cost_loss_psnr_seconds = bl.tensor(log) })
  for i = 1, math.min(3, #test) do
    local sample = test[i]
    bl.plot.images {
      sample.truth, sample.observed, results.images[i].restored,
      captions = { "truth", "noisy", "restored" }, truth = sample.truth,
      magnify = sample.truth:shape()[3] < 200 and 3 or 1,
    }:save(("%s/restored_%d.png"):format(directory, i))
  end
  local has_filters, filters = pcall(function() return theta.filters end)
  local sheet = has_filters
    and bl.plot.filters(filters, { weights = theta.log_weights:exp(), magnify = 8 })
  if sheet then sheet:save(directory .. "/filters.png") end
  print("written: " .. directory)
  if run then record(run, theta, test, results, sheet) end
end

return denoising
