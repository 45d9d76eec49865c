-- Mini-batches against full batches with many images: inexact stochastic gradient descent and
-- inexact Adam against MAID on a Fields-of-Experts denoiser with 1024 training crops, as in the
-- talks on Salehi, Mukherjee, Roberts and Ehrhardt, "Bilevel learning with inexact stochastic
-- gradients", 2024. Claimed: at small budgets ISGD or IAdam is ahead of MAID.
-- Run time: about 10 minutes on 2 cores. Seeds: scenes 1, noise 2, filters 3, batches 4.
local bl = require "bilevel"
local comparison = require "bilevel.comparison"
local denoising = require "bilevel.denoising"
local opt = require "bilevel.cli".options {
  images = { help = "folder of PNG or JPEG images to train on; synthetic scenes when absent" },
  count = { default = 1024, help = "training images" },
  size = { default = 48, help = "size of the training crops, pixels" },
  sigma = { default = 0.1, help = "standard deviation of the noise; images are in [0, 1]" },
  filters = { default = 30, help = "number of 7x7 filters" },
  batch = { default = 8, help = "images in a mini-batch" },
  budget = { default = 400000, help = "cost of each arm: lower-level plus linear iterations" },
  judged = { default = 128, help = "training images on which the loss is judged" },
  threads = { number = true, help = "threads; all processors when absent" },
  smoke = { default = false, help = "a run of a few seconds" },
  no_record = require "bilevel.report".no_record,
}
opt.precision, opt.test_count = "float64", 1
if opt.smoke then opt.filters, opt.budget, opt.batch = 6, 1000, 2 end

local data = denoising.data(opt)
local problem = bl.problem {
  data = data,
  regularizer = bl.regularizer.fields_of_experts {
    filters = opt.filters, size = 7, initialization = "dct",
  },
}
local batch = { size = opt.batch, seed = 4 }
local function decaying(initial, power)
  return bl.schedule.polynomial { initial = initial, power = power }
end
local function arm(name, optimizer, eps, step_size)
  return { name = name, batch = batch, optimizer = optimizer { eps = eps, step_size = step_size } }
end
local isgd, iadam = bl.optimizer.isgd, bl.optimizer.iadam
local arms = {
  { name = "MAID", optimizer = bl.optimizer.maid() },
  arm("IAdam, eps and step decaying", iadam, decaying(1, 0.5), decaying(0.3, 0.5)),
  arm("IAdam, eps decaying", iadam, decaying(1, 0.5), 0.03),
  arm("ISGD, eps and step decaying", isgd, decaying(1, 0.25), decaying(0.3, 0.55)),
  arm("ISGD, eps decaying", isgd, decaying(1, 0.25), 0.03),
  arm("ISGD, both fixed", isgd, 0.1, 0.03),
}

local judged = {}
for i = 1, math.min(opt.judged, #data) do judged[i] = i end
local theta = problem:parameters { seed = 3 }
local losses = comparison.run(problem, arms, theta, opt, function(parameters)
  return (problem:loss(parameters, { eps = 1e-2, indices = judged }))
end)
local first, last = 1, #losses[1]
local function is_stochastic(a) return a.name ~= "MAID" end
for _, i in ipairs { first, last } do
  local winner, best = comparison.best(arms, losses, i, is_stochastic)
  comparison.verdict(
    ("a stochastic method is ahead of MAID at %g of the budget"):format(comparison.parts[i]),
    best < losses[1][i], "%s %.4f, MAID %.4f", winner.name, best, losses[1][i])
end
