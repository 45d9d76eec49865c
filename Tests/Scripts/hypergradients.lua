-- Every way to compute a hypergradient, from a script: what it is told, what it answers, and that
-- MAID with it lowers the true loss.
local bl = require "bilevel"

local data = bl.data.dead_leaves { count = 2, size = 16, seed = 1 }
  :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }
local problem = bl.problem { data = data, regularizer = bl.regularizer.total_variation() }
local theta = problem:parameters()
local exact = problem:hypergradient(theta, { eps = 1e-4, delta = 1e-4 })

local function angle(z)
  return z:vector():dot(exact:vector()) / (z:vector():norm() * exact:vector():norm())
end

local methods = {
  bl.hypergradient.unrolled { iterations = 200 },
  bl.hypergradient.unrolled { iterations = 50, solver = "heavy_ball", start = "warm" },
  bl.hypergradient.unrolled { iterations = 200, solver = "gradient_descent", bound = "certified" },
  bl.hypergradient.inexact_unrolled { iterations = 100 },
  bl.hypergradient.truncated { terms = 50 },
  bl.hypergradient.jacobian_free { step_factor = 1.5 },
  bl.hypergradient.neumann { terms = 20, bound = "certified" },
}
for _, method in ipairs(methods) do
  local z, info = problem:hypergradient(theta, { eps = 1e-2, method = method })
  assert(angle(z) > 0.5, tostring(method))
  assert((info.error_bound == nil) == (info.bound == "none"), tostring(method))
  local before, bounds = problem:loss(theta, { eps = 1e-4 })
  local result = bl.optimizer.maid { hypergradient = method }
    :minimize(problem, theta, { max_iterations = 3 })
  local after = problem:loss(result.theta, { eps = 1e-4 })
  assert(result.steps == 0 or after < before + bounds.error_bound, tostring(method))
end

local report = problem:check { theta = theta }
assert(report.passed, tostring(report))
assert(#report.estimators >= 10)
for _, row in ipairs(report.estimators) do
  assert(row.certified == nil or row.error <= row.certified + 1e-6, row.method)
  assert(#row.verdict > 0)
end
assert(report.estimators[1].method == "implicit" and report.estimators[1].error < 0.25)
