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

--- Takes the steps of an optimizer with the limits, with a run on record, which shows them, unless
--- the options leave it out; returns the last parameters and the steps.
function reconstruction.learn(optimizer, problem, theta, limits, opt)
  local run, last = report.run(opt), nil
  local take = report.taker(run)
  limits.log = run
  local steps = optimizer:steps(problem, theta, limits)
  for step in steps do
    take(step)
    last = step
  end
  take(last, true)
  report.learned(run, last.theta, steps)
  return last.theta, steps
end

--- Learns with MAID from `theta`, printing a line per step; returns the last parameters.
function reconstruction.train(problem, theta, opt, budget)
  local learned, steps = reconstruction.learn(bl.optimizer.maid {}, problem, theta, {
    budget = opt.budget or (not (opt.steps or opt.minutes) and budget or nil),
    max_iterations = opt.steps, seconds = opt.minutes and 60 * opt.minutes,
  }, opt)
  print(("stopped: %s"):format(steps.advice))
  return learned
end

local function shifted(mask)
  local n = mask:shape()[1]
  local half, result = n // 2, mask:clone()
  result[{ { half + 1, n } }] = mask[{ { 1, n - half } }]
  result[{ { 1, half } }] = mask[{ { n - half + 1, n } }]
  return result
end

--- Writes a picture of a mask {height, width} of frequencies, the frequency 0 in the middle.
function reconstruction.save_mask(mask, path)
  local centred = shifted(shifted(mask):transpose()):transpose()
  local shape = mask:shape()
  bl.plot.images {
    centred:reshape { 1, shape[1], shape[2] }, captions = { "k-space, frequency 0 in the middle" },
    magnify = 3,
  }:save(path)
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
