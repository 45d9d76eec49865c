-- Removes a Gaussian blur and noise with total variation, and with Fields of Experts besides it,
-- which start from the best total variation; both learned with MAID on the same scenes. The blur's
-- smallest singular values are 0 to rounding, so a small 'strong_convexity' keeps the lower level
-- strongly convex.
-- Run time: about 3 minutes on 2 cores. Seeds: scenes 1, noise 2, filters 3; test 101 and 102.
local bl = require "bilevel"
local reconstruction = require "bilevel.reconstruction"
local opt = require "bilevel.cli".options(reconstruction.options {
  blur = { default = 1.5, help = "standard deviation of the blur, pixels" },
  sigma = { default = 0.02, help = "standard deviation of the noise" },
  mu = { default = 0.002, help = "strong convexity that is added" },
  filters = { default = 16, help = "number of filters" },
  filter_size = { default = 5, help = "their extent" },
})
local train_scenes, test_scenes = reconstruction.scenes(opt)
if opt.smoke then opt.filters, opt.filter_size = 4, 3 end

local A = bl.operator.blur { kernel = "gaussian", sigma = opt.blur }
local function observed(scenes, seed)
  return scenes:observe {
    operator = A, noise = bl.noise.gaussian { sigma = opt.sigma, seed = seed },
  }
end
local train, test = observed(train_scenes, 2), observed(test_scenes, 102)

--- Learns from the parameters that `start` makes of the problem's own.
local function learned(regularizer, start, budget)
  local problem = bl.problem {
    data = train, regularizer = regularizer, strong_convexity = opt.mu,
  }
  local theta = reconstruction.train(
    problem, start(problem:parameters { seed = 3 }), opt, budget)
  return reconstruction.evaluate(problem, theta, test), theta
end

local variation = bl.regularizer.total_variation {
  initial_log_weight = -6, initial_log_smoothing = -4,
}
local tv, tv_theta = learned(variation, function(theta) return theta end, 60000)
local experts, besides = reconstruction.experts(variation, {
  filters = opt.filters, size = opt.filter_size, initial_log_weight = -10,
})
local foe, theta = learned(
  experts, function(theta) return besides(theta, tv_theta) end, 120000)

local results = {
  { "blurred", reconstruction.measure(test, function(y) return y end) },
  { "total variation", tv },
  { "and Fields of Experts", foe },
}
reconstruction.table(results)
print(("Fields of Experts over total variation: %+.2f dB"):format(foe.psnr - tv.psnr))
local directory = opt.output or "out/deblur"
theta:save(directory .. "/theta.safetensors")
reconstruction.save(test, results, directory)
