-- Computed tomography of flat scenes from 60 angles: total variation, tuned, and a weakly convex
-- ridge regularizer beside it that starts from differences over two and three pixels, saturates,
-- and so gives edges back the contrast that total variation takes. Three strengths are tuned, then
-- all filters learned, on small scenes; tested on larger held-out ones and on the Shepp-Logan
-- phantom. The lower level is not convex: what makes it solvable is assumed, not certified.
-- Asked for: half a decibel over total variation. Measured: 45.46 against 43.28 dB on four held-out
-- scenes (43.55 with the best total variation of a grid on these very scenes), 40.06 against 39.41
-- on the phantom; with the tuned differences alone 44.00 and 41.26.
-- Run time: about 5 minutes on one core. Seeds: scenes 1, noise 2, filters 3, batches 4; test 101
-- and 102.
local bl = require "bilevel"
local tomography = require "bilevel.tomography"
local options = tomography.options {
  filters = { default = 8, help = "filters of 7x7 pixels, at least 8" },
  steps = { default = 150, help = "steps of learning all parameters" },
}
options.images, options.test = nil, nil
options.count.default, options.size.default, options.step.default = 16, 128, 1e-2
local opt = require "bilevel.cli".options(options)
bl.precision(opt.precision)
if opt.threads then bl.threads(opt.threads) end
tomography.shorten(opt)
if opt.smoke then opt.count, opt.size, opt.test_count, opt.test_size = 2, 24, 1, 24 end

local scenes = bl.data.piecewise_constant { count = opt.count, size = opt.size, seed = 1 }
local variation = tomography.variation(opt, scenes)

opt.nonconvex = true
local regularizer = bl.regularizer.sum {
  variation.regularizer,
  bl.regularizer.weakly_convex_ridge {
    channels = { opt.filters }, sizes = { 7 }, boundary = "reflect", largest_concavity = 1e3,
  },
}
local problem = tomography.problem(opt, regularizer, scenes, opt.size, 2)

--- Total variation somewhat weaker, and differences in four directions over two and three pixels.
local function start()
  local theta = problem:parameters { seed = 3 }
  theta.r1_log_weight = variation.theta.log_weight - 0.2
  theta.r1_log_smoothing = variation.theta.log_smoothing
  local filters, k = 0.05 * theta.r2_filters_1, 0
  for _, distance in ipairs { 2, 3 } do
    for _, direction in ipairs { { 0, 1 }, { 1, 0 }, { 1, 1 }, { 1, -1 } } do
      k = k + 1
      local length = direction[1] * direction[1] + direction[2] * direction[2]
      local filter = bl.zeros { 7, 7 }
      filter[{ 4, 4 }] = -1 / length
      filter[{ 4 + distance * direction[1], 4 + distance * direction[2] }] = 1 / length
      filters[{ k, 1 }] = filter
    end
  end
  theta.r2_filters_1 = filters
  theta.r2_scaling = bl.full({ opt.filters }, 3)
  theta.r2_beta = bl.tensor { 2.3 }
  theta.r2_alpha = bl.tensor { -2 }
  return theta
end

local theta = tomography.tune(problem, start(), {
  blocks = { "r1_log_weight", "r2_alpha", "r2_scale" }, evaluations = opt.evaluations,
  eps = tomography.accuracy(opt.size), lower = -12, upper = 3,
})
print(("log_weight %.2f, alpha %.2f, scale %.2f"):format(
  theta.r1_log_weight:max(), theta.r2_alpha:max(), theta.r2_scale:max()))
local learned = tomography.learn(problem, theta, opt)

local directory = opt.output or "out/phantom_ct"
learned:save(directory .. "/theta.safetensors")
local members = {
  variation,
  { name = "with differences, tuned", regularizer = regularizer, theta = theta,
    nonconvex = true },
  { name = "with learned filters", regularizer = regularizer, theta = learned,
    nonconvex = true },
}
tomography.compare(opt, "held-out scenes", bl.data.piecewise_constant {
  count = opt.test_count, size = opt.test_size, seed = 101,
}, members, directory)
tomography.compare(opt, "Shepp-Logan phantom", bl.data.phantom { size = opt.test_size }, members,
  directory .. "/shepp_logan")
