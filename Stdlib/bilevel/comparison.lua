--- Several optimizers on one problem: where each stands when it has spent the same.
local report = require "bilevel.report"
local comparison = {}

--- Parts of the budget at which the arms are compared.
comparison.parts = { 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1 }

local function budgets(total)
  local costs = {}
  for i, part in ipairs(comparison.parts) do costs[i] = math.floor(part * total) end
  return costs
end

--- Runs one arm, { name, optimizer, batch }, a run of its own on record; returns its parameters at
--- each cost, why it stopped, and its last step.
local function run(problem, arm, theta, costs, opt)
  local steps = arm.optimizer:steps(problem, theta, {
    budget = costs[#costs], batch = arm.batch, max_iterations = 1000000,
  })
  local reached, current, last = {}, theta, nil
  local recorded = report.run(opt, arm.name)
  for step in steps do
    if recorded then recorded:log(step) end
    while #reached < #costs and step.cost > costs[#reached + 1] do
      reached[#reached + 1] = current
    end
    current, last = step.theta, step
  end
  while #reached < #costs do reached[#reached + 1] = current end
  report.learned(recorded, current, steps)
  return reached, steps.stopped_because, last
end

--- Runs the arms one after another from the same parameters and prints a table: the loss that each
--- has reached at costs up to `opt.budget`, judged by `evaluate(theta)`, which is not counted. The
--- last step that ended within the cost counts. Returns the losses, a list for each arm, the last
--- parameters of each, and those at each cost, a list for each arm.
function comparison.run(problem, arms, theta, opt, evaluate)
  local costs = budgets(opt.budget)
  local head = { ("%-34s"):format("loss at cost") }
  for i, cost in ipairs(costs) do head[i + 1] = ("%10d"):format(cost) end
  print(table.concat(head) .. "   steps  seconds  stopped")
  local losses, ends, points = {}, {}, {}
  for a, arm in ipairs(arms) do
    local reached, reason, last = run(problem, arm, theta, costs, opt)
    losses[a], ends[a], points[a] = {}, reached[#reached], reached
    local words = { ("%-34s"):format(arm.name) }
    for i, parameters in ipairs(reached) do
      losses[a][i] = parameters == reached[i - 1] and losses[a][i - 1] or evaluate(parameters)
      words[i + 1] = ("%10.4f"):format(losses[a][i])
    end
    print(("%s  %6d %8.1f  %s"):format(table.concat(words), last.k, last.seconds, reason))
    io.stdout:flush()
  end
  return losses, ends, points
end

--- The arm of the lowest loss at the i-th cost among those that `chosen(arm)` accepts, and that
--- loss.
function comparison.best(arms, losses, i, chosen)
  local best, least
  for a, arm in ipairs(arms) do
    if chosen(arm) and not (least and losses[a][i] >= least) then
      best, least = arm, losses[a][i]
    end
  end
  return best, least
end

--- Prints what was claimed, the figures, and whether they bear it out; returns the latter.
function comparison.verdict(claim, holds, figures, ...)
  print(("%s: %s\n  %s"):format(holds and "holds" or "does NOT hold", claim, figures:format(...)))
  return holds
end

return comparison
