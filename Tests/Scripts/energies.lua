-- Lower levels that are no images': the closed form of the quadratic is reached by every optimizer,
-- the questions to a problem work, and what needs images says so.
local bl = require "bilevel"

local function check(expected, body, ...)
  local ok, message = pcall(body, ...)
  assert(not ok, "no error, expected: " .. expected)
  assert(tostring(message):find(expected, 1, true), ("expected '%s', got '%s'"):format(
    expected, message))
end

-- 1/2 |A2 x + A3 theta - b2|^2 has the solution x = P (b2 - A3 theta).
local A1 = bl.tensor { { 1, 0 }, { 0, 2 }, { 1, 1 } }
local A2 = bl.tensor { { 2, 0 }, { 0, 3 }, { 0, 0 } }
local A3 = bl.tensor { { 1, 1 }, { -1, 1 }, { 3, 0 } }
local b1, b2 = bl.tensor { 1, -1, 2 }, bl.tensor { 1, 2, 3 }
local P = bl.tensor { { 0.5, 0, 0 }, { 0, 1 / 3, 0 } }

-- f(theta) = |d - M theta|^2 with M = A1 P A3 and d = A1 P b2 - b1; the 2 x 2 normal equations.
local M = A1:matmul(P):matmul(A3)
local d = A1:matmul(P):matmul(b2) - b1
local N, r = M:transpose():matmul(M), M:transpose():matmul(d)
local determinant = N[{ 1, 1 }] * N[{ 2, 2 }] - N[{ 1, 2 }] * N[{ 2, 1 }]
local best = bl.tensor {
  (N[{ 2, 2 }] * r[1] - N[{ 1, 2 }] * r[2]) / determinant,
  (N[{ 1, 1 }] * r[2] - N[{ 2, 1 }] * r[1]) / determinant,
}
local least = (d - M:matmul(best)):norm() ^ 2

local energy = bl.energy.quadratic { matrix = A2, parameter_matrix = A3, target = b2 }
local loss = bl.loss.least_squares { matrix = A1, target = b1 }
local problem = bl.problem { lower = energy, loss = loss }
local theta = problem:parameters()
assert(#problem == 1 and #theta == 2 and problem.lower and not problem.regularizer)
assert(tostring(problem):find("quadratic", 1, true))

local x, info = problem:solve(theta, { eps = 1e-12 })
assert((x - P:matmul(b2)):norm() < 1e-12 and info.converged)
local value, bounds = problem:loss(theta, { eps = 1e-12 })
assert(math.abs(value - d:norm() ^ 2) < 1e-9 and bounds.error_bound < 1e-9)
local z, more = problem:hypergradient(theta, {
  eps = 1e-12, delta = 1e-12, method = bl.hypergradient.implicit { bound = "certified" },
})
assert((z:vector() + 2 * r):norm() < 1e-9 and more.error_bound < 1e-9)
assert(problem:check { theta = theta }.passed)

for _, optimizer in ipairs {
  bl.optimizer.maid(), bl.optimizer.maid { eps = 1e-3, delta = 1e-3, step_size = 0.01 },
  bl.optimizer.maid { first_trial = "barzilai_borwein" }, bl.optimizer.maid { direction = "lbfgs" },
  bl.optimizer.gradient_descent { step_size = 0.1, eps = 1e-10, delta = 1e-10 },
} do
  local result = optimizer:minimize(problem, theta, { max_iterations = 2000, tolerance = 1e-7 })
  assert((result.theta:vector() - best):norm() < 1e-5, tostring(optimizer))
  assert(math.abs(result.loss - least) < 1e-6, tostring(optimizer))
end
-- Methods whose accuracies follow a schedule come as near as that lets them.
local falling = bl.schedule.geometric { initial = 0.1, ratio = 0.97 }
for _, optimizer in ipairs {
  bl.optimizer.hoag { eps = falling }, bl.optimizer.isgd { step_size = 0.1, eps = falling },
  bl.optimizer.iadam { step_size = bl.schedule.geometric { initial = 0.1, ratio = 0.99 },
    eps = falling },
} do
  local result = optimizer:minimize(problem, theta, { max_iterations = 1000 })
  assert((result.theta:vector() - best):norm() < 1e-3, tostring(optimizer))
end
for step in bl.optimizer.maid():steps(problem, theta, { max_iterations = 1 }) do
  assert(step.psnr == nil)
end

-- Half the loss has half the gradient, and float32 is close to float64.
local half = bl.problem {
  lower = energy, loss = bl.loss.least_squares { matrix = A1, target = b1, weight = 0.5 },
}
local y = half:hypergradient(theta, { eps = 1e-12, delta = 1e-12 })
assert((2 * y - z):norm() < 1e-9)
local single = bl.problem {
  lower = bl.energy.quadratic { matrix = A2:to "float32", parameter_matrix = A3, target = b2 },
  loss = loss,
}
assert(math.abs(single:loss(theta, { eps = 1e-5 }) - value) < 1e-4)

-- Classification: what is learned lowers the validation loss, with the same bits for any threads.
local function blobs(count, classes, seed)
  local points = bl.randn { count, 4, seed = seed }
  local labels = bl.zeros { count }
  for i = 1, count do
    local class = 1 + i % classes
    labels[i] = class
    points[{ i, class }] = points[{ i, class }] + 1.5
  end
  return points, labels
end
local function learn(make, threads)
  bl.threads(threads)
  local features, labels = blobs(60, 3, 1)
  local far, near = blobs(90, 3, 2)
  local training = make { features = features, labels = labels }
  local validation = bl.loss.cross_entropy { features = far, labels = near }
  local p = bl.problem { lower = training, loss = validation }
  local before = p:loss(p:parameters(), { eps = 1e-8 })
  local result = bl.optimizer.maid():minimize(p, p:parameters(), { max_iterations = 5 })
  local after = p:loss(result.theta, { eps = 1e-8 })
  assert(after < before, "nothing was learned")
  local solution = p:solve(result.theta, { eps = 1e-8 })
  assert(math.abs(validation:value(solution) - after) < 1e-6)
  assert(validation:error_rate(solution) < 0.5)
  return result.theta
end
for _, make in ipairs { bl.energy.logistic_regression, bl.energy.hypercleaning } do
  assert(learn(make, 1) == learn(make, 2), "bits differ between 1 and 2 threads")
end

-- Misuse names the argument.
local features, labels = blobs(60, 3, 1)
check("'matrix' must be a tensor, got 3", bl.energy.quadratic, { matrix = 3 })
check("'target' must be a tensor {3}, got {2}", bl.energy.quadratic,
  { matrix = A2, parameter_matrix = A3, target = best })
check("independent", bl.energy.quadratic,
  { matrix = bl.ones { 3, 2 }, parameter_matrix = A3, target = b2 })
check("NaN", bl.loss.least_squares, { matrix = A1, target = b1 * math.huge })
check("'loss' is missing", bl.problem, { lower = energy })
check("'loss' compares images", bl.problem, { lower = energy, loss = bl.loss.squared_l2() })
check("'regularizer' is for images", bl.problem,
  { lower = energy, loss = loss, regularizer = bl.regularizer.tikhonov() })
check("needs an x of 3 elements", bl.problem,
  { lower = energy, loss = bl.loss.least_squares { matrix = bl.eye(3), target = b1 } })
check("'data' is missing", bl.problem, {})
check("evaluate needs a problem over images", problem.evaluate, problem, theta)
check("give labels + 1", bl.energy.logistic_regression,
  { features = features, labels = labels - 1 })
check("'labels' must be a tensor {60}, got {2}", bl.energy.logistic_regression,
  { features = features, labels = best })
check("\"all\"", bl.energy.logistic_regression,
  { features = bl.eye(2), labels = bl.tensor { -1, 1 }, penalty = "class" })
check("how many 'classes'", bl.energy.hypercleaning, { features = A1, labels = bl.ones { 3 } })
check("'classes' is 2, but a label is 3", bl.energy.hypercleaning,
  { features = features, labels = labels, classes = 2 })
check("'x'", function()
  bl.loss.cross_entropy { features = features, labels = labels }:value(bl.ones { 3, 9 })
end)
check("'labels' must be", bl.loss.cross_entropy, { features = features, labels = labels + 0.5 })
