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
do
  local ridge = {
    filters_1 = bl.ones { 2, 1, 3, 3 }, scaling = bl.ones { 2 }, beta = bl.ones { 1 },
    alpha = bl.zeros { 1 }, scale = bl.zeros { 1 },
  }
  local made = bl.regularizer.convex_ridge { weights = ridge, potential = "log_cosh" }
  assert(tostring(made):find("channels = {2}, sizes = {3}", 1, true), tostring(made))
  assert(tostring(made):find("weights = <5 tensors>", 1, true), tostring(made))
  for _, name in ipairs { "channels", "sizes" } do
    check(("'%s' has no place beside 'weights'"):format(name), bl.regularizer.convex_ridge,
      { weights = ridge, [name] = { 3 } })
  end
  check("'weights' must be the tensors of an icnn, got those of a convex_ridge",
    bl.regularizer.icnn, { weights = ridge })
  check("'size' has no place", bl.regularizer.icnn, { weights = ridge, size = 3 })
end

-- Whoever lets training lose strong convexity is told so, unless convexity is assumed.
do
  local function make(largest, extra)
    local options = {
      data = data, regularizer = bl.regularizer.weakly_convex_ridge {
        channels = { 2 }, sizes = { 3 }, largest_concavity = largest,
      },
    }
    for name, value in pairs(extra or {}) do options[name] = value end
    return bl.problem(options)
  end
  check("'largest_concavity' (2.0) lets training lose strong convexity: it must be below 1.0",
    make, 2)
  make(2, { strong_convexity = 1.5 })
  local assumed = make(2, { assumed_convexity = 0.5 })
  local initial = assumed:parameters()
  local _, info = assumed:loss(initial, { eps = 1e-4 })
  assert(info.bound == "estimated")
  local z, facts = assumed:hypergradient(initial, { eps = 1e-4 })
  assert(z:norm() > 0 and facts.loss_bound_kind == "estimated")
  check("nothing is certified", assumed.hypergradient, assumed, initial, {
    eps = 1e-4, method = bl.hypergradient.implicit { bound = "certified" },
  })
  check("made for 1 channel, the images have 3; give it image_channels = 3", bl.problem, {
    data = bl.data.dead_leaves { count = 1, size = 16, channels = 3, seed = 1 }:observe {},
    regularizer = bl.regularizer.convex_ridge {},
  })
end
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
