-- One-dimensional total variation learned by DFO-LS with dynamic and with fixed accuracy, as in
-- Ehrhardt and Roberts, "Inexact derivative-free optimization for bilevel learning", J. Math.
-- Imaging Vision 2021: intervals on 256 points with noise 0.1; the weight alpha alone on 10
-- signals, then alpha, xi and nu on 20 with the penalty w (L/mu)^2. Objectives are sums and
-- logarithms are to the base 10, as there. The signals are drawn anew: StepSignalTests takes the
-- published ones. Where few iterations suffice a fixed number may win: 200 for the weight alone,
-- and with gradient descent 1000.
-- Run time: about 3 minutes on 2 cores. Seeds: signals 1, noise 2.
local bl = require "bilevel"
local opt = require "bilevel.cli".options {
  solvers = { default = "fista,gradient_descent", help = "lower-level solvers, with commas" },
  smoke = { default = false, help = "a run of a few seconds" },
}
local points, noise = 256, 0.1
local fixed = { fista = { 200, 2000 }, gradient_descent = { 1000, 10000 } }
local exact = 1e-6

-- Intervals with centres in [-1, 1] and radii from 1/2 to 1, on [-2, 2].
local function signals(count)
  local random, grid = bl.rand { count, 2, seed = 1 }, bl.linspace(-2, 2, points)
  local scenes = {}
  for i = 1, count do
    local center, radius = 2 * random[{ i, 1 }] - 1, 0.5 + 0.5 * random[{ i, 2 }]
    local values = {}
    for j = 1, points do values[j] = math.abs(grid[j] - center) < radius and 1 or 0 end
    scenes[i] = bl.tensor { { values } }
  end
  return bl.data.tensors(scenes):observe { noise = bl.noise.gaussian { sigma = noise, seed = 2 } }
end

-- theta from logarithms to the base 10 of alpha, xi and nu.
local function parameters(problem, alpha, xi, nu)
  local theta = problem:parameters()
  theta[1], theta[2], theta[3] = alpha * math.log(10), nu * math.log(10), xi * math.log(10)
  return theta
end

local function problem_of(data, penalty)
  return bl.problem {
    data = data,
    regularizer = bl.regularizer.sum {
      bl.regularizer.total_variation(), bl.regularizer.tikhonov(),
    },
    penalty = penalty,
  }
end

-- One run: where it ended, and the exact loss at each accepted point with the cost so far.
local function learn(case, solver, iterations)
  local method = bl.optimizer.dfols {
    blocks = case.blocks, upper = case.upper, max_evaluations = case.evaluations,
    accuracy = iterations and "fixed" or "dynamic",
    solver = bl.solver[solver] { max_iterations = iterations or 1000000, step = "certified" },
  }
  local steps = method:steps(case.problem, case.start)
  local path, theta = {}, nil
  for step in steps do
    theta = step.theta
    path[#path + 1] = { step.cost, #case.data * case.problem:loss(theta, { eps = exact }) }
  end
  return { theta = theta, path = path, loss = path[#path][2], cost = steps:state().cost }
end

local function cost_of(run, loss)
  for _, entry in ipairs(run.path) do
    if entry[2] <= loss then return entry[1] end
  end
end

local function show(name, run)
  local theta = run.theta
  print(("  %-14s %12.6f   %8.4f %8.4f %8.4f %12d"):format(name, run.loss,
    theta[1] / math.log(10), theta[3] / math.log(10), theta[2] / math.log(10), run.cost))
end

-- The arms of one solver beside each other, and at what cost each reaches the loss that both reach.
local function compare(case, solver)
  print(("\n%s, %s\n  %-14s %12s   %8s %8s %8s %12s"):format(case.name, solver, "accuracy",
    "objective", "alpha", "xi", "nu", "cost"))
  local dynamic = learn(case, solver)
  show("dynamic", dynamic)
  for _, iterations in ipairs(fixed[solver]) do
    local run = learn(case, solver, iterations)
    show(iterations .. " iterations", run)
    local loss = math.max(dynamic.loss, run.loss)
    local ours, theirs = cost_of(dynamic, loss), cost_of(run, loss)
    print(("  -> objective %.6f: dynamic accuracy costs %d, %d iterations each cost %d: %s"):format(
      loss, ours, iterations, theirs,
      ours < theirs and "dynamic accuracy is cheaper" or "NOT reproduced"))
  end
end

local function cases()
  local ten, twenty = signals(opt.smoke and 2 or 10), signals(opt.smoke and 2 or 20)
  local list = { { name = "1 parameter", data = ten, problem = problem_of(ten),
    blocks = { "r1_log_weight" }, evaluations = opt.smoke and 8 or 20 } }
  list[1].start = parameters(list[1].problem, 0, -3, -3)
  for _, weight in ipairs { 1e-6, 1e-4 } do
    local penalty = bl.penalty.condition_number { weight = weight / #twenty }
    local problem = problem_of(twenty, penalty)
    list[#list + 1] = {
      name = ("3 parameters, w = %g"):format(weight), data = twenty, problem = problem,
      upper = { r1_log_smoothing = 0, r2_log_weight = 0 }, start = parameters(problem, 0, -1, -1),
      evaluations = opt.smoke and 8 or 100,
    }
  end
  return list
end

for _, case in ipairs(cases()) do
  for solver in opt.solvers:gmatch "[^,]+" do
    if not fixed[solver] then error("--solvers: fista and gradient_descent are known", 0) end
    compare(case, solver)
  end
end
