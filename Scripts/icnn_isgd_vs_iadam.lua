-- An input-convex network as denoiser, learned with inexact stochastic gradient descent and with
-- inexact Adam: the same accuracies and budget, the best of four step sizes for each, as
-- in section 4.3 of Salehi, Mukherjee, Roberts and Ehrhardt, "Bilevel learning with inexact
-- stochastic gradients", 2025 (arXiv 2511.06774), at a reduced size. Claimed: IAdam is ahead of
-- ISGD, most of all early on.
-- Run time: about 2 minutes on 2 cores. Seeds: scenes 1, noise 2, weights 3, batches 4.
local bl = require "bilevel"
local comparison = require "bilevel.comparison"
local denoising = require "bilevel.denoising"
local opt = require "bilevel.cli".options {
  images = { help = "folder of PNG or JPEG images to train on; synthetic scenes when absent" },
  test = { help = "folder of images to test on, at full size; held-out scenes when absent" },
  count = { default = 32, help = "training images" },
  size = { default = 48, help = "size of the training crops, pixels" },
  test_count = { default = 8, help = "held-out synthetic scenes" },
  sigma = { default = 0.1, help = "standard deviation of the noise; images are in [0, 1]" },
  channels = { default = 16, help = "maps of either layer" },
  batch = { default = 8, help = "images in a mini-batch" },
  budget = { default = 6000, help = "cost of each arm: lower-level plus linear iterations" },
  eps = { default = 1.0, help = "first accuracy; it falls as the root of the iterations" },
  precision = { default = "float32", choices = { "float32", "float64" },
    help = "element type of the images" },
  threads = { number = true, help = "threads; all processors when absent" },
  smoke = { default = false, help = "a run of a few seconds" },
  no_record = require "bilevel.report".no_record,
}
if opt.smoke then opt.channels, opt.budget, opt.batch = 4, 400, 2 end

local data, test = denoising.data(opt)
local problem = bl.problem {
  data = data,
  regularizer = bl.regularizer.icnn { channels = opt.channels },
}
local theta = problem:parameters { seed = 3 }
local eps = bl.schedule.polynomial { initial = opt.eps, power = 0.5 }
local hypergradient = bl.hypergradient.implicit { solver = bl.solver.lbfgs() }
local arms = {}
local step_sizes = { isgd = { 1e-2, 3e-2, 1e-1, 3e-1 }, iadam = { 1e-3, 3e-3, 1e-2, 3e-2 } }
for _, method in ipairs { "isgd", "iadam" } do
  for _, step_size in ipairs(step_sizes[method]) do
    arms[#arms + 1] = {
      method = method, name = ("%s, step %g"):format(method == "isgd" and "ISGD" or "IAdam",
        step_size),
      batch = { size = opt.batch, seed = 4 },
      optimizer = bl.optimizer[method] {
        eps = eps, step_size = step_size, hypergradient = hypergradient,
      },
    }
  end
end

local losses, _, points = comparison.run(problem, arms, theta, opt, function(parameters)
  return (problem:loss(parameters, { eps = 0.05 }))
end)

print(("%-34s"):format("PSNR of held-out images at cost"))
for a, arm in ipairs(arms) do
  local words = { ("%-34s"):format(arm.name) }
  for i, parameters in ipairs(points[a]) do
    local result = problem:evaluate(parameters, {
      data = test, metrics = { bl.metric.psnr() }, eps = 0.05,
    })
    words[i + 1] = ("%10.3f"):format(result.psnr)
  end
  print(table.concat(words))
end

local function of(method) return function(arm) return arm.method == method end end
for _, i in ipairs { 1, #comparison.parts } do
  local sgd, plain = comparison.best(arms, losses, i, of "isgd")
  local adam, adaptive = comparison.best(arms, losses, i, of "iadam")
  comparison.verdict(
    ("IAdam is ahead of ISGD at %g of the budget"):format(comparison.parts[i]),
    adaptive < plain, "%s %.4f, %s %.4f", adam.name, adaptive, sgd.name, plain)
end
