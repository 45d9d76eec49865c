-- DFO-LS from scripts: bounds in each form, the optimum, bits, resuming, budgets, wrong arguments.
local bl = require "bilevel"

local data = bl.data.piecewise_constant { count = 6, size = 24, seed = 1 }
  :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }
local problem = bl.problem { data = data, regularizer = bl.regularizer.total_variation() }
local start = problem:parameters()

local function check(expected, body, ...)
  local ok, message = pcall(body, ...)
  assert(not ok, "no error, expected: " .. expected)
  assert(tostring(message):find(expected, 1, true), ("expected '%s', got '%s'"):format(
    expected, message))
end

local function last_of(steps)
  local last
  for step in steps do
    assert(step.gradient == nil and step.gradient_norm == nil)
    assert(step.loss_bound >= 0 and step.eps > 0 and step.cost > 0)
    last = step
  end
  return last, steps
end

-- The same optimum from all forms of bounds; MAID's loss is no lower.
local low, high = start:clone(), start:clone()
low.log_weight, low.log_smoothing = bl.tensor { -10 }, bl.tensor { -10 }
high.log_weight, high.log_smoothing = bl.tensor { 4 }, bl.tensor { 0 }
local bounds = {
  { lower = -10, upper = { log_weight = 4, log_smoothing = 0 } },
  { lower = low, upper = high },
}
local maid = bl.optimizer.maid():minimize(problem, start, { max_iterations = 25 })
local reference = problem:loss(maid.theta, { eps = 1e-6 })
local thetas = {}
for i, table in ipairs(bounds) do
  table.max_evaluations = 60
  local last, steps = last_of(bl.optimizer.dfols(table):steps(problem, start))
  assert(steps.stopped_because == "iteration limit" or steps.stopped_because == "converged")
  assert(problem:loss(last.theta, { eps = 1e-6 }) < 1.01 * reference)
  assert(last.theta.log_smoothing[1] <= 0)
  thetas[i] = last.theta
end
assert(thetas[1] == thetas[2], "bounds in two forms give two runs")

-- Bits do not depend on the threads; n + m steps are n steps and m resumed ones.
local method = bl.optimizer.dfols { upper = { log_smoothing = 0 } }
bl.threads(1)
local whole = last_of(method:steps(problem, start, { max_iterations = 6 }))
bl.threads(2)
local _, first = last_of(method:steps(problem, start, { max_iterations = 3 }))
local resumed = last_of(method:resume(problem, first:state(), { max_iterations = 3 }))
assert(resumed.k == whole.k and resumed.theta == whole.theta and resumed.cost == whole.cost)
check("reached with other bounds or other blocks", function()
  for _ in bl.optimizer.dfols():resume(problem, first:state(), { max_iterations = 1 }) do end
end)

-- A block that is not varied keeps its values; a budget ends the run.
local weight = bl.optimizer.dfols { blocks = { "log_weight" } }
local only, run = last_of(weight:steps(problem, start, { budget = 3000 }))
assert(only.theta.log_smoothing[1] == start.log_smoothing[1])
assert(only.theta.log_weight[1] ~= start.log_weight[1])
assert(run.stopped_because == "budget" or run.stopped_because == "converged")

local function minimize(arguments)
  return bl.optimizer.dfols(arguments):minimize(problem, start, { max_iterations = 1 })
end
check("'lower' must be a number, a table of numbers by block, or parameters, got",
  minimize, { lower = "low" })
check("log_weight", minimize, { lower = { log_weight = "low" } })
check("no 'log_wieght' (did you mean 'log_weight'?)", minimize, { lower = { log_wieght = 0 } })
check("outside of its bounds", minimize, { lower = 0 })
check("'lower' must be below 'upper'", minimize, { lower = 0, upper = -8 })
check("no 'filters'", minimize, { blocks = { "filters" } })
check("'blocks' must name at least one block", minimize, { blocks = {} })
check("'final_radius' must not exceed", bl.optimizer.dfols, { final_radius = 0.2 })
local filters = bl.problem {
  data = data, regularizer = bl.regularizer.fields_of_experts { filters = 2, size = 3 },
}
check("'filters' needs bounds", function()
  bl.optimizer.dfols():minimize(filters, filters:parameters())
end)
