-- Learns a convex ridge regularizer for inpainting with inexact Adam (or, with --optimizer isgd,
-- plain stochastic steps), whose accuracies decay as eps (k + 1)^-p and steps as alpha (k + 1)^-q:
-- every pair of the given powers p and q, one table, and a picture of what the best one restores.
-- As in Salehi, Mukherjee, Roberts and Ehrhardt, "Bilevel learning with inexact stochastic
-- gradients", 2025, section 4.2, at reduced size; mu/2 |x|^2 is added, as the mask has the
-- eigenvalue 0.
-- Statements of the paper to compare with: p matters more than q; a step that decays slowly or not
-- at all gives the best result at a finite budget.
-- Measured with --images (24 Kodak crops) --test (BSD68) --count 24 --budget 15000, 6 minutes on
-- one core: final losses 3.83, 3.72, 3.66 for p = 0.1 and q = 0, 0.25, 0.5; 2.83, 2.81, 2.88 for
-- p = 0.5; 3.02, 3.01, 3.07 for p = 1. Both statements hold: means differ by 0.90 between p, by
-- 0.04 between q, and q = 0.25 with p = 0.5 is best; test crops 28.06 dB.
-- Run time: about 10 minutes on 2 cores. Seeds: scenes 1, noise 2, filters 3, batches 4, mask 5;
-- test scenes 101, noise 102.
local bl = require "bilevel"
local comparison = require "bilevel.comparison"
local opt = require "bilevel.cli".options {
  images = { help = "folder of PNG or JPEG images to train on; synthetic scenes when absent" },
  test = { help = "folder of images to test on; held-out scenes when absent" },
  count = { default = 64, help = "training crops" },
  test_count = { default = 8, help = "test crops" },
  size = { default = 48, help = "size of the crops, pixels" },
  keep = { default = 0.7, help = "share of pixels that are kept" },
  sigma = { default = 0.05, help = "standard deviation of the noise" },
  mu = { default = 0.01, help = "strong convexity that is added" },
  filters = { default = 32, help = "filters of the last of three layers" },
  optimizer = { default = "iadam", choices = { "iadam", "isgd" }, help = "the method" },
  batch = { default = 8, help = "crops of a step" },
  eps = { default = 10, help = "first accuracy, per crop" },
  p = { default = "0.1,0.5,1", help = "powers of the accuracy" },
  alpha = { default = 0.02, help = "first step" },
  q = { default = "0,0.25,0.5", help = "powers of the step" },
  budget = { default = 40000, help = "cost of each run: lower-level plus linear iterations" },
  precision = { default = "float32", choices = { "float32", "float64" },
    help = "element type of the images" },
  threads = { number = true, help = "threads; all processors when absent" },
  output = { default = "out/crr_inpaint", help = "folder for parameters and a picture" },
  smoke = { default = false, help = "a run of a few seconds" },
  no_record = require "bilevel.report".no_record,
}
if opt.smoke then
  opt.count, opt.test_count, opt.size, opt.filters, opt.batch = 3, 1, 20, 4, 2
  opt.budget, opt.p, opt.q = 300, "0.5", "0,0.5"
end
bl.precision(opt.precision)
if opt.threads then bl.threads(opt.threads) end

local function numbers(name)
  local list = {}
  for word in tostring(opt[name]):gmatch "[^,]+" do
    list[#list + 1] = tonumber(word)
      or error(("--%s must be numbers separated by commas, got '%s'"):format(name, opt[name]), 0)
  end
  return list
end

local function crops(folder, count, seed)
  return folder
    and bl.data.images { path = folder, grey = true, crop = opt.size, count = count, seed = seed }
    or bl.data.dead_leaves { count = count, size = opt.size, seed = seed }
end

local mask = bl.operator.mask { keep = opt.keep, seed = 5 }
local function observed(scenes, seed)
  return scenes:observe {
    operator = mask, noise = bl.noise.gaussian { sigma = opt.sigma, seed = seed },
  }
end

local train = observed(crops(opt.images, opt.count, 1), 2)
local test = observed(crops(opt.test, opt.test_count, 101), 102)
local problem = bl.problem {
  data = train, operator = mask, strong_convexity = opt.mu,
  regularizer = bl.regularizer.convex_ridge { channels = { 4, 8, opt.filters } },
}

local arms, powers = {}, { p = numbers "p", q = numbers "q" }
for _, p in ipairs(powers.p) do
  for _, q in ipairs(powers.q) do
    arms[#arms + 1] = {
      name = ("p = %g, q = %g"):format(p, q), p = p, q = q,
      batch = { size = opt.batch, seed = 4 },
      optimizer = bl.optimizer[opt.optimizer] {
        eps = bl.schedule.polynomial { initial = opt.eps, power = p },
        delta = bl.schedule.polynomial { initial = opt.eps, power = p },
        step_size = bl.schedule.polynomial { initial = opt.alpha, power = q },
      },
    }
  end
end

local theta = problem:parameters { seed = 3 }
local losses, ends = comparison.run(problem, arms, theta, opt, function(parameters)
  return (problem:loss(parameters, { eps = 0.1 }))
end)

-- How much the last loss varies with one power, on average over the other.
local function spread(name)
  local means = {}
  for i, value in ipairs(powers[name]) do
    local sum, count = 0, 0
    for a, arm in ipairs(arms) do
      if arm[name] == value then sum, count = sum + losses[a][#losses[a]], count + 1 end
    end
    means[i] = sum / count
  end
  return math.max(table.unpack(means)) - math.min(table.unpack(means))
end
if #powers.p > 1 and #powers.q > 1 then
  comparison.verdict("the accuracy's power matters more than the step's", spread "p" > spread "q",
    "mean losses differ by %.4f between p, by %.4f between q", spread "p", spread "q")
end
local best = comparison.best(arms, losses, #losses[1], function() return true end)
if #powers.q > 1 then
  comparison.verdict("a step that decays slowly or not at all is best", best.q <= 0.25,
    "the best is %s", best.name)
end

local winner = theta
for a, arm in ipairs(arms) do if arm == best then winner = ends[a] end end
local results = problem:evaluate(winner, {
  data = test, metrics = { bl.metric.psnr(), bl.metric.ssim() }, eps = 0.1, images = true,
})
print(("test crops: PSNR %.2f dB, SSIM %.4f"):format(results.psnr, results.ssim))
winner:save(opt.output .. "/theta.safetensors")
bl.plot.images {
  test[1].truth, test[1].observed, results.images[1].restored,
  captions = { "truth", "observed", "restored" }, truth = test[1].truth, magnify = 4,
}:save(opt.output .. "/restored.png")
print("written: " .. opt.output)
