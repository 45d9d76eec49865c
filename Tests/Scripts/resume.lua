-- Run twice, in two processes: `resume.lua first FOLDER` runs every optimizer for n + m steps, and
-- again for n steps, whose state it saves; `resume.lua second FOLDER` loads the states, goes on for
-- m steps and finds the same bits, with another number of threads.
local bl = require "bilevel"
local part, folder = arg[1], arg[2]
local n, m = 3, 3

bl.threads(part == "first" and 1 or 2)

local function problem(redraw)
  return bl.problem {
    data = bl.data.dead_leaves { count = 5, size = 16, seed = 1 }
      :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 }, redraw = redraw },
    regularizer = bl.regularizer.fields_of_experts {
      filters = 3, size = 3, initialization = "dct",
    },
  }
end

local fixed, redrawn = problem(false), problem(true)
local calls = 0
local falling = function(k)
  calls = calls + 1
  return 0.1 / (k + 1)
end
local arms = {
  maid = { bl.optimizer.maid() },
  maid_lbfgs = { bl.optimizer.maid { direction = "lbfgs" } },
  hoag = { bl.optimizer.hoag { eps = bl.schedule.polynomial { initial = 0.1, power = 2 } } },
  isgd = { bl.optimizer.isgd { eps = falling }, batch = { size = 2, seed = 4 } },
  iadam = { bl.optimizer.iadam(), batch = { size = 2, seed = 4 } },
  iadam_redrawn = { bl.optimizer.iadam(), batch = { size = 3 }, problem = redrawn },
  gradient_descent = { bl.optimizer.gradient_descent() },
  dfols = { bl.optimizer.dfols { blocks = { "log_weights" } } },
  adam = { bl.optimizer.adam { eps = bl.schedule.geometric { initial = 0.1, ratio = 0.9 } } },
}

local names = {}
for name in pairs(arms) do names[#names + 1] = name end
table.sort(names)

local function finish(steps)
  local last
  for step in steps do last = step end
  return last
end

for _, name in ipairs(names) do
  local arm = arms[name]
  local optimizer, on = arm[1], arm.problem or fixed
  local file, whole = folder .. "/" .. name .. ".safetensors", folder .. "/" .. name .. "_theta.npz"
  if part == "first" then
    bl.seed(7)  -- an order whose seed is not given is the same in both runs
    local theta = on:parameters { seed = 3 }
    local last = finish(optimizer:steps(on, theta, { max_iterations = n + m, batch = arm.batch }))
    assert(last.k == n + m, name)
    bl.save(whole, { theta = last.theta:vector(),
      gradient = (last.gradient or last.theta):vector(),
      loss = bl.tensor { last.loss, last.cost } })
    bl.seed(7)
    local steps = optimizer:steps(on, theta, { max_iterations = n, batch = arm.batch })
    finish(steps)
    steps:state():save(file)
  else
    local state = bl.state.load(file)
    assert(state.k == n and tostring(state):find("after 3 steps", 1, true))
    calls = 0
    local last = finish(optimizer:resume(on, state, { max_iterations = m }))
    if name == "isgd" then assert(calls == m, "a schedule is asked more than once a step") end
    local expected = bl.load(whole)
    assert(last.k == n + m, name)
    assert(last.theta:vector():equals(expected.theta), name .. ": other parameters")
    assert((last.gradient or last.theta):vector():equals(expected.gradient),
      name .. ": another gradient")
    assert(last.loss == expected.loss[1], name .. ": another loss")
    assert(last.cost == expected.loss[2], name .. ": another cost")
  end
end

if part == "second" then
  local function check(expected, body, ...)
    local ok, message = pcall(body, ...)
    assert(not ok, "no error, expected: " .. expected)
    assert(tostring(message):find(expected, 1, true), ("expected '%s', got '%s'"):format(
      expected, message))
  end
  local state = bl.state.load(folder .. "/isgd.safetensors")
  check("the state is of bl.optimizer.isgd, not of maid",
    arms.maid[1].resume, arms.maid[1], fixed, state)
  check("of another problem", arms.isgd[1].resume, arms.isgd[1], redrawn, state)
  local fewer = bl.problem {
    data = bl.data.dead_leaves { count = 4, size = 16, seed = 1 }:observe {},
    regularizer = bl.regularizer.fields_of_experts { filters = 3, size = 3 },
  }
  check("5 samples, this one has 4", arms.isgd[1].resume, arms.isgd[1], fewer, state)
  local tv = bl.problem {
    data = bl.data.dead_leaves { count = 5, size = 16, seed = 1 }:observe {},
    regularizer = bl.regularizer.total_variation(),
  }
  check("a problem with the blocks", arms.isgd[1].resume, arms.isgd[1], tv, state)
  check("no-such-file", bl.state.load, "no-such-file.safetensors")
  check("is no file of an optimizer's state", function()
    state.theta:save(folder .. "/theta.safetensors")
    bl.state.load(folder .. "/theta.safetensors")
  end)
  check("ends in .safetensors", state.save, state, folder .. "/state.npz")
  check("not below the working directory", state.save, state, "/tmp/state.safetensors")
end
