-- Schedules of accuracy and step for inexact stochastic gradient descent: a grid over the first
-- accuracy eps0, its power p, the first step alpha0 and its power q, each arm run with the same
-- seeds, as in Salehi, Mukherjee, Roberts and Ehrhardt, "Bilevel learning with inexact stochastic
-- gradients" (arXiv 2412.12049) and its successor with decaying accuracies (arXiv 2511.06774):
-- eps_k = eps0 (k + 1)^-p, alpha_k = alpha0 (k + 1)^-q. Fields of Experts denoise synthetic crops;
-- every arm stops at the same cost (lower-level plus linear iterations), and after so many steps,
-- since solves that start within a loose eps cost nothing. One table shows the mean and the spread,
-- over the seeds, of the training loss and of the PSNR of test crops.
-- Statements of the papers to compare with: the accuracy's schedule matters more than the step's; a
-- large eps0 needs a large p; a fixed step gives the best result at a finite budget.
-- The arms run one after another: the samples of a batch keep all processors busy, with the same
-- bits for any number of them. --part 2 --parts 4 runs every fourth arm, a process per machine.
-- Run time: about 10 minutes on 2 cores. Seeds: scenes 1 and 101, noise 2 and 102, filters 3; order
-- of batches 1 and 2, the same for every arm.
local bl = require "bilevel"
local opt = require "bilevel.cli".options {
  count = { default = 64, help = "training crops" },
  test = { default = 8, help = "test crops" },
  size = { default = 32, help = "size of the crops, pixels" },
  filters = { default = 8, help = "filters" },
  filter_size = { default = 5, help = "extent of the filters" },
  batch = { default = 8, help = "samples of a step" },
  seeds = { default = 2, help = "runs of every arm" },
  eps = { default = "3,0.3,0.03", help = "first accuracies, per crop" },
  p = { default = "0,0.5,1", help = "powers of the accuracy" },
  alpha = { default = "0.1,0.03", help = "first steps" },
  q = { default = "0,0.55", help = "powers of the step" },
  optimizer = { default = "isgd", choices = { "isgd", "iadam" }, help = "the method" },
  budget = { default = 20000, help = "cost of a run" },
  steps = { default = 1000, help = "most steps of a run" },
  part = { default = 1, help = "which share of the arms to run" },
  parts = { default = 1, help = "into how many shares they are split" },
  threads = { number = true, help = "threads; all processors when absent" },
  smoke = { default = false, help = "a run of a few seconds" },
}
if opt.smoke then
  opt.count, opt.test, opt.size, opt.filters, opt.filter_size = 4, 2, 16, 2, 3
  opt.batch, opt.seeds, opt.budget, opt.steps = 2, 2, 300, 20
  opt.eps, opt.p, opt.alpha, opt.q = "1,0.1", "0,0.5", "0.003", "0,0.55"
end
if opt.threads then bl.threads(opt.threads) end

local function numbers(name)
  local list = {}
  for text in opt[name]:gmatch "[^,]+" do
    list[#list + 1] = tonumber(text) or error(("--%s: '%s' is no number"):format(name, text), 0)
  end
  return list
end

local function crops(count, scenes, noise)
  return bl.data.dead_leaves { count = count, size = opt.size, seed = scenes }
    :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = noise } }
end
local problem = bl.problem {
  data = crops(opt.count, 1, 2),
  regularizer = bl.regularizer.fields_of_experts {
    filters = opt.filters, size = opt.filter_size,
  },
}
local test = crops(opt.test, 101, 102)

local function is_finite(x) return x == x and x < math.huge end

local start = problem:parameters { seed = 3 }

--- One run of an arm: loss and PSNR where it ends, how many steps it made; no loss if it diverged.
local function run(arm, seed)
  local optimizer = bl.optimizer[opt.optimizer] {
    eps = bl.schedule.polynomial { initial = arm.eps, power = arm.p },
    step_size = bl.schedule.polynomial { initial = arm.alpha, power = arm.q },
  }
  local last
  for step in optimizer:steps(problem, start, {
    budget = opt.budget, max_iterations = opt.steps, batch = { size = opt.batch, seed = seed },
  }) do
    last = step
    if not is_finite(step.loss) then break end
  end
  local ok, loss = pcall(function() return (problem:loss(last.theta, { eps = 0.01 })) end)
  if not ok or not is_finite(loss) then return nil, nil, last.k end
  return loss, problem:evaluate(last.theta, { data = test, eps = 0.05 }).psnr, last.k
end

local function mean_and_spread(values)
  local mean, square = 0, 0
  for _, value in ipairs(values) do mean = mean + value / #values end
  for _, value in ipairs(values) do square = square + (value - mean) ^ 2 end
  return mean, #values > 1 and math.sqrt(square / (#values - 1)) or 0
end

local arms = {}
for _, eps in ipairs(numbers "eps") do
  for _, p in ipairs(numbers "p") do
    for _, alpha in ipairs(numbers "alpha") do
      for _, q in ipairs(numbers "q") do
        arms[#arms + 1] = { eps = eps, p = p, alpha = alpha, q = q }
      end
    end
  end
end

-- Before learning, for comparison.
print(("start: training loss %.4f, test PSNR %.2f dB"):format(
  problem:loss(start, { eps = 0.01 }),
  problem:evaluate(start, { data = test, eps = 0.05 }).psnr))
print(("%d arms, %d seeds, cost %d each"):format(#arms, opt.seeds, opt.budget))
print(("%8s %5s %8s %5s %7s %18s %18s %9s"):format(
  "eps0", "p", "alpha0", "q", "steps", "training loss", "test PSNR", "diverged"))

--- Runs an arm with every seed and prints its line.
local function measure(arm)
  local losses, psnrs, steps = {}, {}, 0
  for seed = 1, opt.seeds do
    local loss, psnr, count = run(arm, seed)
    steps = steps + count / opt.seeds
    if loss then losses[#losses + 1], psnrs[#psnrs + 1] = loss, psnr end
  end
  arm.diverged = opt.seeds - #losses
  local head = ("%8.3g %5.2f %8.3g %5.2f %7.0f"):format(arm.eps, arm.p, arm.alpha, arm.q, steps)
  if #losses == 0 then
    print(head .. (" %18s %18s %9d"):format("-", "-", arm.diverged))
    return
  end
  local loss_spread, psnr_spread
  arm.loss, loss_spread = mean_and_spread(losses)
  arm.psnr, psnr_spread = mean_and_spread(psnrs)
  print(head .. (" %9.4f ± %6.4f %9.3f ± %6.3f %9d"):format(
    arm.loss, loss_spread, arm.psnr, psnr_spread, arm.diverged))
  io.stdout:flush()
end
for i, arm in ipairs(arms) do
  if (i - opt.part) % opt.parts == 0 then measure(arm) end
end

-- What the table says.
local best
for _, arm in ipairs(arms) do
  if arm.loss and arm.diverged == 0 and (not best or arm.loss < best.loss) then best = arm end
end
if not best then
  print("\nNOTHING LEARNED: every arm diverged")
  return
end
print(("\nbest: eps0 %.3g, p %.2f, alpha0 %.3g, q %.2f: loss %.4f, %.3f dB"):format(
  best.eps, best.p, best.alpha, best.q, best.loss, best.psnr))

--- By how much the mean loss differs, in the mean over all other choices, between the best and the
--- worst of the choices in a key.
local function range(key)
  local groups, others = {}, {}
  for _, arm in ipairs(arms) do
    if arm.loss then
      local other = {}
      for _, name in ipairs { "eps", "p", "alpha", "q" } do
        if not key[name] then other[#other + 1] = arm[name] end
      end
      local label = table.concat(other, " ")
      if not groups[label] then
        groups[label] = { math.huge, -math.huge }
        others[#others + 1] = label
      end
      local group = groups[label]
      group[1], group[2] = math.min(group[1], arm.loss), math.max(group[2], arm.loss)
    end
  end
  local sum = 0
  for _, label in ipairs(others) do sum = sum + (groups[label][2] - groups[label][1]) / #others end
  return sum
end
local accuracy, step = range { eps = true, p = true }, range { alpha = true, q = true }
local decay, power = range { p = true }, range { q = true }
local function verdict(holds, text, ...)
  print((holds and "REPRODUCED: " or "NOT REPRODUCED: ") .. text:format(...))
end
verdict(accuracy > step, "the accuracy's schedule (eps0 and p) changes the loss by %.4f, the "
  .. "step's (alpha0 and q) by %.4f; p alone by %.4f, q alone by %.4f", accuracy, step, decay,
  power)

--- The power p with the least loss for a first accuracy, the step being the best arm's.
local function best_power(eps)
  local found
  for _, arm in ipairs(arms) do
    if arm.eps == eps and arm.alpha == best.alpha and arm.q == best.q and arm.loss
      and (not found or arm.loss < found.loss)
    then
      found = arm
    end
  end
  return found
end
local accuracies = numbers "eps"
table.sort(accuracies)
local tight, loose = best_power(accuracies[1]), best_power(accuracies[#accuracies])
if tight and loose and tight ~= loose then
  verdict(loose.p > tight.p, "the loosest first accuracy %.3g does best with p = %.2f, the "
    .. "tightest %.3g with p = %.2f", loose.eps, loose.p, tight.eps, tight.p)
end
verdict(best.q == 0, "at this budget the best arm has %s step", best.q == 0 and "a fixed"
  or "a decaying")
