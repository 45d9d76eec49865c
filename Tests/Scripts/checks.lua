-- bl.check: what is right passes, what is wrong does not, in words.
local bl = require "bilevel"

local function passes(report)
  assert(report.passed, tostring(report))
  assert(report.verdict:find "hold" and tostring(report):find(report.verdict, 1, true))
  assert(#report.laws > 0 and report.error <= report.laws[1].tolerance + 1)
  return report
end

local operators = {
  bl.operator.identity(), bl.operator.mask { keep = 0.5, seed = 1 }, bl.operator.blur { sigma = 1 },
  bl.operator.fourier { pattern = "cartesian", seed = 1 }, bl.operator.radon { angles = 5 },
  bl.operator.downsample { factor = 2 }, bl.operator.matrix(bl.rand { 3, 4, seed = 1 }),
}
for _, operator in ipairs(operators) do
  local report = passes(bl.check.adjoint(operator))
  assert(report.values.norm_bound > 0)
end
passes(bl.check.adjoint(bl.operator.blur { sigma = 1 }, { 1, 9, 11 }, 5))

local foe = bl.regularizer.fields_of_experts {
  filters = 3, size = 3, initial_filter_norm = 1, initial_log_smoothing = -2,
}
for _, check in ipairs { bl.check.gradient, bl.check.hessian, bl.check.convexity } do
  local report = passes(check(foe))
  assert(tostring(check(foe)) == tostring(report), "the same seed, the same numbers")
  assert(tostring(check(foe, nil, 4)) ~= tostring(report), "another seed, other numbers")
end
for _, regularizer in ipairs {
  bl.regularizer.tikhonov(), bl.regularizer.total_variation { initial_log_smoothing = -2 },
} do
  passes(bl.check.convexity(regularizer))
  passes(bl.check.gradient(regularizer))
end

-- A regularizer that is weakly convex only: by how much, and what to do about it.
local weak = bl.regularizer.weakly_convex_ridge {
  channels = { 2 }, sizes = { 3 }, potential = "log_cosh",
}
local data = bl.data.dead_leaves { count = 1, size = 16, seed = 1 }
  :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }
local theta = bl.problem { data = data, regularizer = weak, strong_convexity = 1 }:parameters()
local report = bl.check.convexity(weak, theta)
assert(not report.passed, tostring(report))
assert(report.values.smallest_ritz_value < 0)
assert(report.values.smallest_ritz_value >= report.values.certified_convexity - 1e-9)
assert(report.values.largest_ritz_value <= report.values.certified_smoothness + 1e-9)
assert(report.error > 0 and report.laws[2].passed and report.laws[3].passed)
assert(report.verdict:find "Does not hold: convex" and report.verdict:find "strong_convexity")
passes(bl.check.gradient(weak, theta))
passes(bl.check.hessian(weak, theta))

-- Every estimator, and the slope test.
local problem = bl.problem { data = data, regularizer = foe }
report = passes(bl.check.hypergradient(problem))
assert(math.abs(report.values.slope_order - 2) < 0.2, report.values.slope_order)
assert(#report.estimators >= 8)

-- A penalty whose gradient is wrong.
local wrong = bl.problem { data = data, regularizer = foe, penalty = function(parameters)
  return 100 * parameters:dot(parameters), 150 * parameters
end }
report = bl.check.hypergradient(wrong)
assert(not report.passed, tostring(report))
assert(report.verdict:find "slope test" and report.verdict:find "Try: ")
assert(report.values.slope_order < 1.5)

local done, message = pcall(bl.check.convexity, foe, theta)
assert(not done and tostring(message):find "other blocks", tostring(message))
