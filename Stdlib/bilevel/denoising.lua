--- The recipe shared by the denoising scripts: data, training with a line per step, evaluation and
--- pictures. Noise is Gaussian, images are grey.
local bl = require "bilevel"
local report = require "bilevel.report"
local denoising = {}

--- The command-line options that every denoising script has, with the given ones added.
function denoising.options(own)
  local options = {
    images = { help = "folder of PNG or JPEG images to train on; synthetic scenes when absent" },
    test = { help = "folder of images to test on, at full size; held-out scenes when absent" },
    count = { default = 25, help = "training images" },
    size = { default = 96, help = "size of the training crops, pixels" },
    test_count = { default = 10, help = "held-out synthetic scenes" },
    sigma = { default = 0.1, help = "standard deviation of the noise; images are in [0, 1]" },
    optimizer = { default = "maid", choices = { "maid", "gradient_descent" },
      help = "adaptive or fixed accuracy" },
    eps = { number = true, help = "(first) accuracy of the lower level; chosen when absent" },
    delta = { number = true, help = "(first) accuracy of the linear systems; chosen when absent" },
    step = { number = true, help = "(first) step size; chosen when absent" },
    bound = { default = "estimated", choices = { "estimated", "certified", "none" },
      help = "how the hypergradient's error is judged" },
    minutes = { number = true, help = "stop after this many minutes" },
    precision = { default = "float32", choices = { "float32", "float64" },
      help = "element type of the images" },
    threads = { number = true, help = "threads; all processors when absent" },
    audit = { default = 0, help = "at every so many steps, print all error statements" },
    output = { help = "folder for parameters, pictures and the log" },
    smoke = { default = false, help = "a run of a few seconds" },
  }
  for name, option in pairs(own) do options[name] = option end
  return options
end

local function observed(scenes, opt, seed)
  return scenes:observe { noise = bl.noise.gaussian { sigma = opt.sigma, seed = seed } }
end

--- Training and test data for the options: photographs where folders are given, else dead leaves.
function denoising.data(opt)
  bl.precision(opt.precision)
  if opt.threads then bl.threads(opt.threads) end
  if opt.smoke then
    opt.count, opt.size, opt.test_count = math.min(opt.count, 3), math.min(opt.size, 32), 2
  end
  local train = opt.images
    and bl.data.images { path = opt.images, grey = true, crop = opt.size, count = opt.count, seed = 1 }
    or bl.data.dead_leaves { count = opt.count, size = opt.size, seed = 1 }
  local test = opt.test
    and bl.data.images { path = opt.test, grey = true }
    or bl.data.dead_leaves { count = opt.test_count, size = opt.size, seed = 101 }
  return observed(train, opt, 2), observed(test, opt, 102)
end

--- The upper-level optimizer that the options ask for.
function denoising.optimizer(opt)
  local method = bl.hypergradient.implicit { bound = opt.bound }
  if opt.optimizer == "maid" then
    return bl.optimizer.maid { eps = opt.eps, delta = opt.delta, step_size = opt.step, method = method }
  end
  return bl.optimizer.gradient_descent {
    eps = opt.eps or 1e-3, delta = opt.delta or opt.eps or 1e-3, step_size = opt.step or 1e-2,
    method = method,
  }
end

return denoising
