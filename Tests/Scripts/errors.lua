-- The wording of errors: each names the function, the argument, what came and what was expected.
local bl = require "bilevel"

local function check(expected, body, ...)
  local ok, message = pcall(body, ...)
  assert(not ok, "no error, expected: " .. expected)
  assert(tostring(message):find(expected, 1, true), ("expected '%s', got '%s'"):format(
    expected, message))
end

local scenes = bl.data.dead_leaves { count = 2, size = 16, seed = 1 }
local data = scenes:observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }
local tv = bl.regularizer.total_variation()
local problem = bl.problem { data = data, regularizer = tv }
local theta = problem:parameters()

check("bl.optimizer.maid: unknown argument 'epsilon' (did you mean 'eps'?)",
  bl.optimizer.maid, { epsilon = 0.1 })
check("bl.noise.gaussian: 'sigma' must be a number >= 0, got -0.1",
  bl.noise.gaussian, { sigma = -0.1 })
check("must be", bl.noise.gaussian, { sigma = "much" })
check("must be", bl.noise.gaussian, { sigma = 0 / 0 })
check("an odd integer from 3 to 13", bl.regularizer.fields_of_experts, { size = 4 })
check("one number per layer", bl.regularizer.convex_ridge, { channels = { 4, 8 } })
check("an odd integer from 3 to 13", bl.regularizer.weakly_convex_ridge, { sizes = { 5, 4, 5 } })
check("at most 64 channels", bl.regularizer.convex_ridge, { channels = { 4, 65, 8 } })
check("regularizer.filters.0", bl.regularizer.convex_ridge, { weights = { alpha = bl.ones { 1 } } })
check("a table of tensors by name", bl.regularizer.convex_ridge, { weights = 3 })
check("'boundary' must be", bl.regularizer.fields_of_experts, { boundary = "mirror" })
check("bl.problem", bl.problem, { regularizer = tv })
check("theta", problem.loss, problem, 3)
check("eps", problem.loss, problem, theta, { eps = 0 })
check("must be a finite number", function() return theta * (0 / 0) end)
check("NaN or infinite", problem.loss, problem, theta:with(bl.tensor { 0 / 0, 0 }))
check("blocks", problem.loss, problem, bl.problem {
  data = data, regularizer = bl.regularizer.tikhonov(),
}:parameters())
check("no-such-folder", function()
  return bl.data.images { path = "no-such-folder" }[1]
end)
check("not below the working directory", function() theta:save "/tmp/theta.safetensors" end)
check("shape", function() return bl.zeros { 2, 3 } + bl.zeros { 4 } end)
