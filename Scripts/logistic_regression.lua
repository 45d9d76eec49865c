-- Learns the ridge weights of multinomial logistic regression with MAID, as Salehi, Mukherjee,
-- Roberts and Ehrhardt 2025, section 4.2 (and Pedregosa, "Hyperparameter optimization with
-- approximate gradient", ICML 2016) do on MNIST: lower level mean cross-entropy +
-- 1/2 sum exp(theta_j) x_j^2 on training examples, upper level mean cross-entropy on validation
-- examples, start theta = -3. The examples are normal blobs of which only some features tell the
-- classes apart, or loaded from an .npz file. A table compares one weight for all elements, one per
-- class, and one for each.
-- Run time: about a minute on 2 cores. Seed: 1 (keys 100 to 122).
local bl = require "bilevel"
local classification = require "bilevel.classification"
local report = require "bilevel.report"
local opt = require "bilevel.cli".options(classification.options {
  count = { default = 300, help = "training examples" },
  informative = { default = 10, help = "features that tell the classes apart" },
  spread = { default = 1, help = "deviation of the classes' centres; the noise has 1" },
  penalty = { choices = { "all", "class", "each" }, help = "only this one; all three when absent" },
})
if opt.smoke then
  opt.classes, opt.features, opt.informative = 3, 12, 4
  opt.count, opt.validation, opt.test = 60, 100, 200
  opt.steps = opt.steps or 5
end
if not (opt.budget or opt.minutes or opt.steps) then opt.budget = 30000 end

local data = classification.data(opt)
local loss = bl.loss.cross_entropy(data.validation)
local test = bl.loss.cross_entropy(data.test)
local classes = math.floor(math.max(data.training.labels:max(), 2))

print(("%-8s %-8s %6s %10s %10s %10s %12s %8s"):format(
  "weights", "", "count", "cost", "validation", "test", "test error", "seconds"))

--- Learns one kind of weights; prints a line before and after, and returns what is known after.
local function learn(penalty)
  local problem = bl.problem {
    lower = bl.energy.logistic_regression {
      features = data.training.features, labels = data.training.labels, classes = classes,
      penalty = penalty, initial_log_weight = -3,
    },
    loss = loss,
  }
  local theta = problem:parameters()
  local function line(when, parameters, cost, seconds)
    local x = problem:solve(parameters, { eps = 1e-5 })
    local result = {
      theta = parameters, validation = loss:value(x), test = test:value(x),
      share = test:error_rate(x),
    }
    print(("%-8s %-8s %6d %10d %10.4f %10.4f %10.2f %% %8.1f"):format(
      penalty, when, #parameters, cost, result.validation, result.test, 100 * result.share,
      seconds))
    io.stdout:flush()
    return result
  end
  local before = line("before", theta, 0, 0)
  local maid = bl.optimizer.maid()
  local steps = maid:steps(problem, theta, {
    budget = opt.budget, max_iterations = opt.steps, seconds = opt.minutes and 60 * opt.minutes,
    tolerance = 1e-6,
  })
  local run, last = report.run(opt, "logistic_regression " .. penalty), nil
  for step in steps do
    if run then run:log(step) end
    last = step
  end
  report.learned(run, last.theta, steps)
  return line("learned", last.theta, last.cost, last.seconds), before
end

local results, before = {}, nil
for _, penalty in ipairs(opt.penalty and { opt.penalty } or { "all", "class", "each" }) do
  results[penalty], before = learn(penalty)
  results[#results + 1] = results[penalty]
end

local falls = true
for _, result in ipairs(results) do falls = falls and result.validation < before.validation end
print(("\n%s: learning lowers the validation loss for every kind of weights"):format(
  falls and "REPRODUCED" or "NOT REPRODUCED"))
local all, each = results.all, results.each
if all and each then
  print(("%s: a weight for each element generalises better than one for all (test cross-entropy "
    .. "%.4f against %.4f, test error %.2f %% against %.2f %%)"):format(
    each.test < all.test and "REPRODUCED" or "NOT REPRODUCED", each.test, all.test,
    100 * each.share, 100 * all.share))
end
if each and not opt.data then
  local logs = each.theta.log_weights
  local informative = logs[{ {}, { 1, opt.informative } }]:mean()
  local others = logs[{ {}, { opt.informative + 1, opt.features } }]:mean()
  print(("%s: features that tell nothing get larger weights (mean log weight %.2f against %.2f)")
    :format(others > informative and "REPRODUCED" or "NOT REPRODUCED", others, informative))
end
