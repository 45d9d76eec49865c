-- Schedules: values, composition, printing, wording of errors; where optimizers take them.
local bl = require "bilevel"

local function check(expected, body, ...)
  local ok, message = pcall(body, ...)
  assert(not ok, "no error, expected: " .. expected)
  assert(tostring(message):find(expected, 1, true), ("expected '%s', got '%s'"):format(
    expected, message))
end
local function close(a, b) return math.abs(a - b) <= 1e-14 * math.abs(b) end

-- Values.
local s = bl.schedule
local root = s.polynomial { initial = 0.2, power = 0.5 }
assert(root(0) == 0.2 and close(root(3), 0.1) and close(root(99), 0.02))
assert(s.constant(3)(17) == 3)
assert(s.logarithmic { initial = 8, power = 1 }(2) == 4)
assert(close(s.geometric { initial = 2, ratio = 0.5 }(3), 0.25))
local pieces = s.piecewise { values = { 1, 0.1, 0.01 }, changes = { 100, 1000 } }
assert(pieces(99) == 1 and pieces(100) == 0.1 and pieces(5000) == 0.01)

-- Composition.
assert(close((root * 2)(3), 0.2) and close((2 * root)(3), 0.2) and close((root / 2)(3), 0.05))
assert(root:floor(0.15)(3) == 0.15 and root:floor(0.15)(0) == 0.2)
assert(root:ceiling(0.15)(0) == 0.15 and close((root:floor(0.15) * 2)(3), 0.3))

-- Printing.
for text, schedule in pairs {
  ["polynomial { initial = 0.2, power = 0.5 }"] = root,
  ["constant(3)"] = s.constant(3),
  ["polynomial { initial = 0.2, power = 0.5 } * 2"] = 2 * root,
  ["polynomial { initial = 0.2, power = 0.5 }:floor(0.001)"] = root:floor(1e-3),
  ["(polynomial { initial = 0.2, power = 0.5 } * 2):floor(0.001)"] = (root * 2):floor(1e-3),
  ["geometric { initial = 1, ratio = 0.9 }"] = s.geometric(),
  ["piecewise { values = {1, 2}, changes = {5} }"] =
    s.piecewise { values = { 1, 2 }, changes = { 5 } },
} do assert(tostring(schedule) == text, tostring(schedule)) end
local isgd = bl.optimizer.isgd { eps = root, step_size = 0.5, delta = function() return 1 end }
for _, text in ipairs {
  "eps = polynomial { initial = 0.2, power = 0.5 }", "step_size = 0.5", "delta = function",
} do assert(tostring(isgd):find(text, 1, true), tostring(isgd)) end

-- Errors.
check("'initial' must be a number > 0, got 0", s.polynomial, { initial = 0 })
check("'power' must be a number >= 0, got -1", s.polynomial, { power = -1 })
check("unknown argument 'ration' (did you mean 'ratio'?)", s.geometric, { ration = 0.9 })
check("'changes' must hold one step less than 'values' (2), got 1",
  s.piecewise, { values = { 1, 2, 3 }, changes = { 5 } })
check("in increasing order", s.piecewise, { values = { 1, 2, 3 }, changes = { 5, 5 } })
check("'values' is missing", s.piecewise, {})
check("multiplied by numbers > 0 only", function() return root * root end)
check("a number > 0", function() return root * -1 end)
check("'k' must be an integer >= 0, got -1", root, -1)
check("'eps' must be a number > 0, a schedule or a function of the step, got 0",
  bl.optimizer.isgd, { eps = 0 })
check("'step_size' must be a number > 0, a schedule or a function of the step, got \"small\"",
  bl.optimizer.iadam, { step_size = "small" })

-- In optimizers.
local problem = bl.problem {
  data = bl.data.dead_leaves { count = 4, size = 16, seed = 1 }
    :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } },
  regularizer = bl.regularizer.total_variation(),
}
local theta = problem:parameters()
local function run(optimizer, options)
  local steps = {}
  for step in optimizer:steps(problem, theta, options) do steps[#steps + 1] = step end
  return steps
end
local function failing(what, f)
  return run, bl.optimizer.isgd { [what] = f }, { max_iterations = 3 }
end
check("the schedule 'eps' must give a number > 0, got -1 at step 0",
  failing("eps", function() return -1 end))
check("the schedule 'delta' must give a number > 0, got nil at step 2",
  failing("delta", function(k) if k < 2 then return 1 end end))
check("the schedule 'step_size' must give a number > 0, got nan at step 0",
  failing("step_size", function() return 0 / 0 end))
check("my own error", failing("eps", function() error("my own error") end))
check("'batch': this optimizer takes all samples", run, bl.optimizer.maid(),
  { batch = { size = 2 } })
check("'tolerance': the gradient of a mini-batch", run, bl.optimizer.isgd(),
  { batch = { size = 2 }, tolerance = 1e-3 })
check("'batch.size' must be a number > 0", run, bl.optimizer.isgd(), { batch = { size = 0 } })
check("the schedule 'batch.size' must give a number > 0", run, bl.optimizer.isgd(),
  { batch = { size = function() return 0 end } })

local asked = {}
local steps = run(bl.optimizer.isgd {
  eps = function(k) asked[#asked + 1] = k return 0.1 / (k + 1) end, step_size = root,
}, { max_iterations = 3, batch = { size = 3, seed = 1 }, full_loss_every = 2 })
assert(#steps == 4 and table.concat(asked, " ") == "0 1 2 3")
for k = 0, 3 do
  local step = steps[k + 1]
  assert(step.k == k and step.eps == 0.1 / (k + 1) and step.next_step_size == root(k))
  assert(step.step_size == (k > 0 and root(k - 1) or 0))
  assert(step.loss_samples == (k % 2 == 0 and 3 or 1) and step.epoch == (k + 1) // 2)
  assert((step.full_loss ~= nil) == (k % 2 == 0))
  if step.full_loss then
    local loss = problem:loss(step.theta, { eps = 1e-4 })
    assert(math.abs(step.full_loss - loss) <= step.full_loss_bound + 1e-3)
  end
end
-- Watching changes nothing.
local unwatched = run(bl.optimizer.isgd { eps = function(k) return 0.1 / (k + 1) end,
  step_size = root }, { max_iterations = 3, batch = { size = 3, seed = 1 } })
assert(unwatched[4].theta == steps[4].theta and unwatched[4].cost == steps[4].cost)

-- A run ends by itself.
local result = bl.optimizer.adam { eps = 1 }:minimize(problem, theta, { seconds = 1e-6 })
assert(result.stopped_because == "time limit")
result = bl.optimizer.gradient_descent { eps = 100, step_size = 1e-9 }:minimize(problem, theta)
assert(result.stopped_because == "iteration limit" and result.steps == 1000)
-- A size that is a function is asked for again when a run is resumed.
local size = function(k) return k + 1 end
isgd = bl.optimizer.isgd()
local first = isgd:steps(problem, theta, { max_iterations = 2, batch = { size = size } })
for _ in first do end
check("give it again", isgd.resume, isgd, problem, first:state())
local options = { max_iterations = 1, batch = { size = size } }
for step in isgd:resume(problem, first:state(), options) do assert(step.k == 3) end
