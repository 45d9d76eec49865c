-- The whole way at a small size: data, problem, MAID, evaluation; and the same bits with any number
-- of threads and after resuming.
local bl = require "bilevel"

local function learn(threads, regularizer, steps)
  bl.threads(threads)
  local data = bl.data.dead_leaves { count = 4, size = 24, seed = 1 }
    :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }
  local problem = bl.problem { data = data, regularizer = regularizer }
  local losses, last = {}, nil
  local maid = bl.optimizer.maid()
  for step in maid:steps(problem, problem:parameters { seed = 3 }, { max_iterations = steps }) do
    losses[#losses + 1] = step.loss
    assert(step.loss_bound >= 0 and step.cost >= 0 and step.psnr > 15)
    last = step
  end
  return losses, last, problem, maid
end

local foe = bl.regularizer.fields_of_experts { filters = 4, size = 3, initialization = "dct" }
for _, regularizer in ipairs { foe, bl.regularizer.total_variation(), bl.regularizer.tikhonov() } do
  local losses, last, problem = learn(1, regularizer, 4)
  for k = 2, #losses do assert(losses[k] <= losses[k - 1] + last.loss_bound + 1e-6) end
  local again, same = learn(2, regularizer, 4)
  assert(#again == #losses)
  for k = 1, #losses do assert(again[k] == losses[k], "bits differ between 1 and 2 threads") end
  assert(same.theta == last.theta)
  local before = problem:loss(problem:parameters { seed = 3 }, { eps = 1e-3 })
  local after = problem:loss(last.theta, { eps = 1e-3 })
  assert(after < before, "nothing was learned")
  assert(problem:evaluate(last.theta).psnr > 15)
end

-- n + m steps are n steps and m resumed ones.
local whole = select(2, learn(2, foe, 4))
bl.threads(1)
local _, _, problem, maid = learn(1, foe, 0)
local first = maid:steps(problem, problem:parameters { seed = 3 }, { max_iterations = 2 })
for _ in first do end
local last
for step in maid:resume(problem, first:state(), { max_iterations = 2 }) do last = step end
assert(last.k == 4 and last.theta == whole.theta, "resuming changed the run")

-- An estimate is near the error that it estimates, a bound above it.
local theta = problem:parameters { seed = 3 }
local function gradient(bound, eps)
  return problem:hypergradient(theta, {
    eps = eps, delta = eps, method = bl.hypergradient.implicit { bound = bound },
  })
end
local exact = gradient("none", 1e-10)
local z, certified = gradient("certified", 1e-4)
assert((z - exact):norm() <= certified.error_bound, "the certificate is violated")

-- The ledger: steps add up to the total, and the parts of the time are parts of it.
bl.threads(2)
local sums, total = {}, nil
for step in maid:steps(problem, problem:parameters { seed = 3 }, { max_iterations = 3 }) do
  total = step.ledger
  for name, value in pairs(step.spent) do sums[name] = (sums[name] or 0) + value end
  local busy = total.lower_level_seconds + total.linear_system_seconds + total.mixed_product_seconds
  assert(busy > 0 and busy <= 2 * step.seconds, "the workers' time exceeds the clock's")
  assert(total.line_search_seconds + total.gradient_seconds <= step.seconds)
  assert(step.worst_sample.index >= 1 and step.worst_sample.index <= 4)
  assert(step.worst_sample.outcome == "converged" and step.worst_sample.error_bound <= step.eps)
end
for name, value in pairs(total) do
  if name ~= "peak_memory" then
    assert(math.abs(sums[name] - value) <= 1e-9 * math.max(1, value), name .. " does not add up")
  end
end
assert(total.hessian_products >= total.linear_iterations and total.mixed_products > 0)
assert(total.peak_memory > 1e6 and total.batched_iterations < total.lower_iterations)
