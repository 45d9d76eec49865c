-- MAID against HOAG on a Fields-of-Experts denoiser at equal cost: the comparison of Salehi,
-- Mukherjee, Roberts and Ehrhardt, SIAM J. Math. Data Sci. 2025, section 4, with the accuracy
-- schedules of Pedregosa, "Hyperparameter optimization with approximate gradient", 2016. Claimed:
-- MAID ends at a lower loss than the best schedule of HOAG, among which the slower decays are
-- better.
-- Run time: about 6 minutes on 2 cores. Seeds: scenes 1, noise 2, filters 3.
local bl = require "bilevel"
local comparison = require "bilevel.comparison"
local denoising = require "bilevel.denoising"
local opt = require "bilevel.cli".options {
  images = { help = "folder of PNG or JPEG images to train on; synthetic scenes when absent" },
  count = { default = 25, help = "training images" },
  size = { default = 96, help = "size of the training crops, pixels" },
  sigma = { default = 0.1, help = "standard deviation of the noise; images are in [0, 1]" },
  filters = { default = 30, help = "number of 7x7 filters" },
  budget = { default = 40000, help = "cost of each arm: lower-level plus linear iterations" },
  threads = { number = true, help = "threads; all processors when absent" },
  smoke = { default = false, help = "a run of a few seconds" },
  no_record = require "bilevel.report".no_record,
}
opt.precision, opt.test_count = "float64", 1
if opt.smoke then opt.filters, opt.budget = 6, 600 end

local problem = bl.problem {
  data = denoising.data(opt),
  regularizer = bl.regularizer.fields_of_experts {
    filters = opt.filters, size = 7, initialization = "dct",
  },
}

local arms = { { name = "MAID", optimizer = bl.optimizer.maid() } }
local schedules = {
  { "exponential", function(eps) return bl.schedule.geometric { initial = eps, ratio = 0.9 } end },
  { "quadratic", function(eps) return bl.schedule.polynomial { initial = eps, power = 2 } end },
  { "cubic", function(eps) return bl.schedule.polynomial { initial = eps, power = 3 } end },
}
for _, schedule in ipairs(schedules) do
  for _, eps in ipairs { 1, 1e-1, 1e-3 } do
    arms[#arms + 1] = {
      name = ("HOAG, %s from %g"):format(schedule[1], eps),
      optimizer = bl.optimizer.hoag { eps = schedule[2](eps) },
    }
  end
end

local theta = problem:parameters { seed = 3 }
local losses = comparison.run(problem, arms, theta, opt, function(parameters)
  return (problem:loss(parameters, { eps = 1e-3 }))
end)
local last = #losses[1]
local hoag, best = comparison.best(arms, losses, last, function(arm) return arm.name ~= "MAID" end)
comparison.verdict("MAID ends at a lower loss than the best schedule of HOAG at equal cost",
  losses[1][last] < best, "MAID %.4f, %s %.4f", losses[1][last], hoag.name, best)
