-- Data hypercleaning: weights of training examples, of which many have wrong labels, learned from a
-- clean validation set with MAID (Franceschi et al., "Forward and reverse gradient-based
-- hyperparameter optimization", ICML 2017, section 5.1; settings of Dagreou et al., NeurIPS 2022:
-- half of the labels resampled, weights sigmoid(theta), ridge 0.2 |x|^2, start theta = 0). The
-- examples are normal blobs, or loaded from an .npz file. A table compares test errors (shares of
-- wrong answers) with equal weights, with the learned ones, and with the corrupted ones left out.
-- Run time: about a minute on 2 cores. Seeds: 1 (keys 100 to 122 for examples, 131 for corruption).
local bl = require "bilevel"
local classification = require "bilevel.classification"
local report = require "bilevel.report"
local opt = require "bilevel.cli".options(classification.options {
  count = { default = 2000, help = "training examples" },
  spread = { default = 0.6, help = "deviation of the classes' centres; the noise has 1" },
  corruption = { default = 0.5, help = "probability that a training label is drawn anew" },
  ridge = { default = 0.2, help = "lambda of lambda |x|^2" },
})
if opt.smoke then
  opt.count, opt.validation, opt.test, opt.features = 200, 100, 200, 10
  opt.steps = opt.steps or 5
end
if not (opt.budget or opt.minutes or opt.steps) then opt.budget = 4000 end

local data = classification.data(opt)
local truth = data.training.labels
local classes = math.floor(truth:max())
local labels = classification.corrupted(truth, classes, opt.corruption, 100 * opt.seed + 31)

-- Features are shifted and scaled by the training examples', and get a constant one.
local function standardized()
  local x = data.training.features
  local mean = x:mean(1)
  local scale = (((x - mean) ^ 2):mean(1) + 1e-12):sqrt()
  return function(part)
    local y = (part.features - mean) / scale
    return bl.concatenate({ y, bl.ones { #y, 1 } }, 2)
  end
end
local features = standardized()

local energy = bl.energy.hypercleaning {
  features = features(data.training), labels = labels, classes = classes, ridge = opt.ridge,
}
local problem = bl.problem {
  lower = energy,
  loss = bl.loss.cross_entropy {
    features = features(data.validation), labels = data.validation.labels,
  },
}
local test = bl.loss.cross_entropy { features = features(data.test), labels = data.test.labels }

local start = problem:parameters()
local maid = bl.optimizer.maid()
print(maid)
local show, run, last = report.printer(), report.run(opt), nil
local steps = maid:steps(problem, start, {
  budget = opt.budget, max_iterations = opt.steps, seconds = opt.minutes and 60 * opt.minutes,
})
for step in steps do
  if run then run:log(step) end
  show(step)
  last = step
end
show(last, true)
report.learned(run, last.theta, steps)
print(("stopped: %s"):format(steps.advice))

-- Which labels are wrong, and how the learned weights see it.
local wrong, logits = {}, last.theta.logits:table()
local given, right = labels:table(), truth:table()
local wrong_count = 0
for i = 1, #logits do
  wrong[i] = given[i] ~= right[i]
  if wrong[i] then wrong_count = wrong_count + 1 end
end
local ideal = {}
for i = 1, #logits do ideal[i] = wrong[i] and -30 or 30 end

--- How often a wrong label has a smaller weight than a right one, ties counting half.
local function ranking()
  local order = {}
  for i = 1, #logits do order[i] = i end
  table.sort(order, function(a, b)
    if logits[a] ~= logits[b] then return logits[a] < logits[b] end
    return a < b
  end)
  local pairs_won, before, i = 0, 0, 1
  while i <= #order do
    local wrongs, rights, value = 0, 0, logits[order[i]]
    while i <= #order and logits[order[i]] == value do
      if wrong[order[i]] then wrongs = wrongs + 1 else rights = rights + 1 end
      i = i + 1
    end
    pairs_won = pairs_won + rights * (before + wrongs / 2)
    before = before + wrongs
  end
  return pairs_won / (wrong_count * (#logits - wrong_count))
end

local found, flagged = 0, 0
for i = 1, #logits do
  if logits[i] < 0 then
    flagged = flagged + 1
    if wrong[i] then found = found + 1 end
  end
end

local function row(name, theta)
  local x = problem:solve(theta, { eps = 1e-6 })
  local value, share = test:value(x), test:error_rate(x)
  print(("%-34s %12.4f %12.4f %10.2f %%"):format(
    name, problem:loss(theta, { eps = 1e-6 }), value, 100 * share))
  return share
end
print(("\n%d training examples, %d with a wrong label, %d classes, %d features"):format(
  #logits, wrong_count, classes, #data.training.features[1]))
print(("%-34s %12s %12s %12s"):format("weights", "validation", "test", "test error"))
local before = row("equal", start)
local after = row("learned", last.theta)
local best = row("0 for wrong labels (not known)", start:with(bl.tensor(ideal)))
print(("a wrong label has the smaller weight in %.1f %% of all pairs; of %d weights below 1/2, "
  .. "%.1f %% have a wrong label, which is %.1f %% of all wrong labels"):format(
  100 * ranking(), flagged, 100 * found / math.max(flagged, 1), 100 * found / wrong_count))
print(("%s: learned weights lower the test error from %.2f %% to %.2f %% (%.2f %% if the wrong "
  .. "labels were known)"):format(
  after < before and "REPRODUCED" or "NOT REPRODUCED", 100 * before, 100 * after, 100 * best))
