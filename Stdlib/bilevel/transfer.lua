--- A regularizer that is learned as a denoiser and taken to tomography by its strengths: alpha and
--- scale among its parameters, in R(x) = e^(alpha - 2 scale) N(e^scale x), and others of its own.
local bl = require "bilevel"
local tomography = require "bilevel.tomography"
local transfer = {}

--- The command-line options, with the script's own added.
function transfer.options(own)
  local options = tomography.options {
    scenes = { default = "dead_leaves", choices = { "piecewise_constant", "dead_leaves" },
      help = "synthetic scenes, where no folder is given" },
    parameters = { help = "a denoiser's parameters, of this script or of crr_denoise; none is "
      .. "learned then" },
    denoise_steps = { default = 600, help = "steps of learning the denoiser" },
    denoise_count = { default = 160, help = "images that it learns from" },
    denoise_size = { default = 64, help = "their size, pixels" },
    denoise_sigma = { default = 0.1, help = "standard deviation of the noise that it removes" },
    steps = { default = 0, help = "steps of learning on in tomography" },
  }
  options.count = { default = 12, help = "training images in tomography" }
  options.size.default, options.test_count.default = 128, 6
  for name, option in pairs(own) do options[name] = option end
  return options
end

local function photographs(opt, folder, size, count, seed)
  if not folder then return bl.data[opt.scenes] { count = count, size = size, seed = seed } end
  return bl.data.images { path = folder, grey = true, crop = size, count = count, seed = seed }
end

--- Middles of test photographs, as far as there is a folder of them; held-out scenes else.
local function tested(opt)
  if not opt.test then return photographs(opt, nil, opt.test_size, opt.test_count, 101) end
  return bl.data.images {
    path = opt.test, grey = true, crop = opt.test_size, anchor = "center",
  }:take(opt.test_count)
end

--- A denoiser's parameters: those of a file, or learned.
local function denoiser(opt, regularizer)
  if opt.parameters then return bl.parameters.load(opt.parameters) end
  local scenes = photographs(opt, opt.images, opt.denoise_size, opt.denoise_count, 1)
  local noise = bl.noise.gaussian { sigma = opt.denoise_sigma, seed = 5 }
  local problem = bl.problem { data = scenes:observe { noise = noise }, regularizer = regularizer }
  local eps = 0.05 * opt.denoise_sigma * opt.denoise_size
  return tomography.adapt(problem, problem:parameters { seed = 3 }, {
    eps = eps, delta = eps, step = 1e-2, batch = 2 * opt.batch, steps = opt.denoise_steps,
  }, opt)
end

--- Tunes the strengths for tomography. With noise of deviation sigma, the negative logarithm of a
--- prior counts sigma^2 / angles times in tomography, denoise_sigma^2 times in denoising: alpha
--- starts from its own plus the logarithm of the ratio.
local function tuned(opt, problem, theta)
  theta.alpha = theta.alpha + math.log(opt.sigma ^ 2 / opt.angles / opt.denoise_sigma ^ 2)
  local blocks, lower, upper = opt.strengths, {}, {}
  for _, name in ipairs(blocks) do
    lower[name], upper[name] = theta[name]:max() - 4, theta[name]:max() + 2
  end
  local found = tomography.tune(problem, theta, {
    blocks = blocks, eps = tomography.accuracy(opt.size), evaluations = opt.evaluations,
    lower = lower, upper = upper, radius = 0.5,
  })
  for _, name in ipairs(blocks) do
    print(("%s %.2f (from %.2f)"):format(name, found[name]:max(), theta[name]:max()))
  end
  return found
end

--- Learns a denoiser, takes it to tomography by the blocks `opt.strengths` and, with `opt.steps`,
--- learns on there; total variation beside it, tuned on the same images.
function transfer.run(regularizer, opt, name)
  bl.precision(opt.precision)
  if opt.threads then bl.threads(opt.threads) end
  tomography.shorten(opt)
  if opt.smoke then
    opt.denoise_count, opt.denoise_size, opt.denoise_steps = 2, 24, 2
    opt.count, opt.size, opt.test_count, opt.test_size = 2, 24, 1, 24
  end
  local scenes = photographs(opt, opt.images, opt.size, opt.count, 1)
  local problem = tomography.problem(opt, regularizer, scenes, opt.size, 2)
  local start = denoiser(opt, regularizer)
  local function member(title, theta)
    return {
      name = title, regularizer = regularizer, theta = theta, nonconvex = opt.nonconvex,
    }
  end
  local strong = tuned(opt, problem, start:clone())
  local members = {
    tomography.variation(opt, scenes), member("denoiser, strengths tuned", strong),
  }
  if opt.steps > 0 then
    members[3] = member("learned on in tomography", tomography.learn(problem, strong, opt))
  end
  local directory = opt.output or "out/" .. name
  start:save(directory .. "/denoiser.safetensors")
  members[#members].theta:save(directory .. "/theta.safetensors")
  tomography.compare(
    opt, opt.test and "photographs" or "held-out scenes", tested(opt), members, directory)
end

return transfer
