-- The terms of a problem: fidelities, losses, penalties and regularizers, as a script meets them.
local bl = require "bilevel"

local function fails(words, body)
  local done, message = pcall(body)
  assert(not done and tostring(message):find(words, 1, true), tostring(message))
end

local scenes = bl.data.dead_leaves { count = 2, size = 20, seed = 1 }
local data = scenes:observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }

--- A few steps of learning lower the loss, whatever the problem is made of.
local function learns(description)
  description.data = description.data or data
  description.regularizer = description.regularizer or bl.regularizer.total_variation()
  local problem = bl.problem(description)
  local theta = problem:parameters { seed = 3 }
  local last
  for step in bl.optimizer.maid():steps(problem, theta, { max_iterations = 6 }) do last = step end
  local before = problem:loss(theta, { eps = 1e-4 })
  local after = problem:loss(last.theta, { eps = 1e-4 })
  assert(after < before, ("%g, not below %g"):format(after, before))
  return problem, last.theta
end

local counted = scenes:observe { noise = bl.noise.poisson { peak = 50, seed = 4 } }
learns {
  data = counted, strong_convexity = 0.5,
  fidelity = bl.fidelity.poisson { background = 0.1, weight = 2, largest = 3 },
}
learns { fidelity = bl.fidelity.huber { width = 0.2 }, strong_convexity = 0.1 }
local weights = bl.rand { 1, 20, 20, seed = 5 } + 0.5
learns { fidelity = bl.fidelity.weighted_squared_l2 { weights = weights } }
fails("not strongly convex", function()
  bl.problem { data = data, regularizer = bl.regularizer.total_variation(),
    fidelity = bl.fidelity.huber() }
end)
fails("numbers from 0 to 'largest'", function()
  bl.problem { data = scenes:observe { noise = bl.noise.gaussian { sigma = 1, seed = 2 } },
    regularizer = bl.regularizer.total_variation(), fidelity = bl.fidelity.poisson(),
    strong_convexity = 1 }
end)
fails("'weights' have the shape {2}", function()
  bl.problem { data = data, regularizer = bl.regularizer.total_variation(),
    fidelity = bl.fidelity.weighted_squared_l2 { weights = bl.ones { 2 } } }
end)
fails("too small", function() bl.fidelity.poisson { background = 1e-200 } end)

learns { loss = bl.loss.huber { width = 0.05 } }
local problem, theta = learns { loss = bl.loss.ssim { weight = 0.01 } }
local metric = bl.metric.ssim()
local x = problem:solve(theta, { eps = 1e-6, index = 1 })
local loss = problem:loss(theta, { eps = 1e-6, indices = { 1 } })
local windows = (20 - 6) ^ 2
assert(math.abs(loss - 0.01 * windows * (1 - metric(x, data[1].truth))) < 1e-3)

for _, regularizer in ipairs {
  bl.regularizer.higher_order_variation(), bl.regularizer.wavelet_frame { levels = 1 },
  bl.regularizer.wavelet_frame { wavelet = "linear_spline", levels = 1, boundary = "zero" },
} do
  local made, learned = learns { regularizer = regularizer }
  assert(made:evaluate(learned, { eps = 1e-2 }).psnr > 21)
  assert(regularizer:filters():shape()[1] >= 3)
end
fails("'levels' must be at most 2", function()
  bl.regularizer.wavelet_frame { wavelet = "linear_spline", levels = 3 }
end)

-- Penalties: absent they change nothing; with weight they hold their part of theta back.
local function hypergradient(penalty)
  local made = bl.problem { data = data, regularizer = bl.regularizer.total_variation(),
    penalty = penalty }
  return made:hypergradient(made:parameters(), { eps = 1e-6 })
end
local plain = hypergradient(nil)
local flat = hypergradient(bl.penalty.curvature { threshold = 1e6 })
assert((flat - plain):norm() == 0)
local steep = hypergradient(bl.penalty.curvature { threshold = 0, weight = 1 }) - plain
assert(steep.log_weight[1] > 0 and steep.log_smoothing[1] < 0)
local sparse = hypergradient(bl.penalty.l1 { weight = 2, blocks = { "log_weight" } }) - plain
assert(math.abs(sparse.log_weight[1] + 2) < 1e-4 and math.abs(sparse.log_smoothing[1]) < 1e-9)
fails("no block 'filters'", function() hypergradient(bl.penalty.l1 { blocks = { "filters" } }) end)
