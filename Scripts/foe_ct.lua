-- Computed tomography from few angles: total variation, and Fields of Experts besides it, which
-- start from the best total variation; both learned with MAID on small scenes, then applied to
-- larger ones with as many angles for each pixel. The data term is weighed by the number of angles
-- and the noise grows with its root, so that what is learned keeps its meaning.
-- Run time: about 5 minutes on 2 cores. Seeds: scenes 1, noise 2, filters 3; test 101 and 102.
local bl = require "bilevel"
local reconstruction = require "bilevel.reconstruction"
local tomography = require "bilevel.tomography"
local opt = require "bilevel.cli".options(reconstruction.options {
  angles = { default = 60, help = "angles of the test images" },
  sigma = { default = 0.25, help = "standard deviation of the noise of the test images" },
  mu = { default = 0.02, help = "strong convexity that is added" },
  filters = { default = 16, help = "number of filters" },
  filter_size = { default = 5, help = "their extent" },
  start = { default = -7, help = "logarithm of the filters' first weights" },
})
opt.test_size = opt.test_size or 256
local train_scenes, test_scenes = reconstruction.scenes(opt)
if opt.smoke then opt.filters, opt.filter_size, opt.angles = 4, 3, 6 end

local setting = tomography.setting(opt)
local train, train_fidelity = setting(train_scenes, opt.size, 2)
local test, test_fidelity, A = setting(test_scenes, opt.test_size, 102)

--- Learns from the parameters that `start` makes of the problem's own.
local function learned(regularizer, start, budget)
  local problem = bl.problem {
    data = train, fidelity = train_fidelity, regularizer = regularizer, strong_convexity = opt.mu,
  }
  local theta = reconstruction.train(
    problem, start(problem:parameters { seed = 3 }), opt, budget)
  local large = bl.problem {
    data = test, fidelity = test_fidelity, regularizer = regularizer, strong_convexity = opt.mu,
  }
  return reconstruction.evaluate(large, theta, test, 1), theta
end

local variation = bl.regularizer.total_variation {
  initial_log_weight = -2, initial_log_smoothing = -4,
}
local tv, tv_theta = learned(variation, function(theta) return theta end, 60000)
local experts, besides = reconstruction.experts(variation, {
  filters = opt.filters, size = opt.filter_size, initial_log_weight = opt.start,
})
local foe, theta = learned(
  experts, function(theta) return besides(theta, tv_theta) end, 150000)

local results = {
  { "filtered back projection", reconstruction.measure(test, function(y) return A:pinv(y) end) },
  { "total variation", tv },
  { "and Fields of Experts", foe },
}
reconstruction.table(results)
print(("Fields of Experts over total variation: %+.2f dB"):format(foe.psnr - tv.psnr))
local directory = opt.output or "out/foe_ct"
theta:save(directory .. "/theta.safetensors")
reconstruction.save(test, results, directory)
