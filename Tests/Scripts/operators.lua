-- Operators as scripts see them: calls, adjoints, norms, errors, and problems that learn them.
local bl = require "bilevel"

local function near(a, b, tolerance)
  return math.abs(a - b) <= (tolerance or 1e-10) * math.max(math.abs(a), math.abs(b), 1)
end

local function fails(expected, body, ...)
  local ok, message = pcall(body, ...)
  assert(not ok, "no error, expected: " .. expected)
  assert(tostring(message):find(expected, 1, true), ("expected '%s', got '%s'"):format(
    expected, message))
end

-- <A x, y> = <x, A* y>, and the norm is a bound.
local x = bl.randn { 1, 12, 10, seed = 1 }
local operators = {
  bl.operator.identity(),
  bl.operator.mask { keep = 0.5, seed = 1 },
  bl.operator.mask { mask = bl.rand { 12, 10, seed = 2 } },
  bl.operator.blur { kernel = "gaussian", sigma = 1.2 },
  bl.operator.blur { kernel = bl.rand { 3, 5, seed = 3 }, boundary = "periodic" },
  bl.operator.blur { kernel = bl.rand { 25, 25, seed = 3 }, boundary = "zero" },
  bl.operator.fourier(),
  bl.operator.fourier { pattern = "radial", lines = 4 },
  bl.operator.radon { angles = 5, size = { 12, 10 } },
  bl.operator.radon { angles = { 0, 0.4, 2 }, detectors = 9, size = { 12, 10 } },
  bl.operator.downsample { factor = 2 },
  bl.operator.matrix(bl.randn { 7, 120, seed = 4 }, { 1, 12, 10 }),
  bl.operator.compose(bl.operator.downsample { factor = 2 }, bl.operator.blur { sigma = 1 }),
  bl.operator.sampling { size = { 12, 10 } },
}
for i, A in ipairs(operators) do
  local image = A(x)
  local y = bl.randn { seed = 5, table.unpack(image:shape()) }
  local back = A:adjoint(y)
  assert(near(image:dot(y), x:dot(back)), ("operator %d: %s"):format(i, tostring(A)))
  assert(image:norm() <= A:norm { 1, 12, 10 } * x:norm() * (1 + 1e-12), tostring(A))
end

-- Descriptions print themselves.
assert(tostring(operators[2]) == "mask { keep = 0.5, seed = 1 }")
assert(tostring(bl.operator.downsample {}) == "downsample { factor = 2 }")
assert(tostring(bl.operator.radon { angles = 3 }) == "radon { angles = 3 }")

-- Half of a turn and enough angles: back projection restores a smooth image.
local disc = bl.zeros { 1, 48, 48 }
for i = 14, 34 do
  for j = 12, 36 do disc[{ 1, i, j }] = 1 end
end
local radon = bl.operator.radon { angles = 120 }
local restored = radon:pinv(radon(disc))
assert((restored - disc):norm() < 0.25 * disc:norm())
assert(near(restored[{ 1, 24, 24 }], 1, 0.05))

-- Wrong arguments.
fails("give either 'mask' (a tensor) or 'keep'", bl.operator.mask, {})
fails("a number > 0 and <= 1", bl.operator.mask, { keep = 0 })
fails("keep at least one pixel", bl.operator.mask, { mask = bl.zeros { 3, 3 } })
fails("does not fit images", bl.operator.mask { mask = bl.ones { 3, 3 } }, x)
fails("give 'kernel'", bl.operator.blur, {})
fails("must be finite and not zero", bl.operator.blur, { kernel = bl.zeros { 3, 3 } })
fails("an odd integer", bl.operator.blur, { sigma = 1, size = 4 })
fails("{rows, columns}", bl.operator.blur, { kernel = 3 })
fails("{channels, height, width}", bl.operator.blur { sigma = 1 }, bl.ones { 3, 3 })
fails("of sum 1, got the sum 9", bl.operator.blur, { kernel = bl.ones { 3, 3 }, learnable = true })
fails("of sum 1, got the sum 1.0 and the least entry -1.0", bl.operator.blur,
  { kernel = bl.tensor { { -1, 2 } }, learnable = true })
do
  local free = bl.operator.blur {
    kernel = bl.ones { 3, 3 }, learnable = true, constraint = "none",
  }
  assert(free:describe() == "kernel {3, 3}")
  assert(bl.operator.blur { sigma = 1, size = 5, learnable = true }:describe()
    == "kernel {5, 5}, nonnegative, of sum 1")
  assert(bl.operator.blur { sigma = 1 }:describe():find("nothing is learned", 1, true))
end
fails("did you mean \"cartesian\"?", bl.operator.fourier, { pattern = "cartesia" })
fails("give either 'mask' or 'pattern'", bl.operator.fourier,
  { pattern = "radial", mask = bl.ones { 4, 4 } })
fails("two channels for each", function() return bl.operator.fourier():adjoint(x) end)
fails("multiples of 5", bl.operator.downsample { factor = 5 }, x)
fails("the matrix has 7 columns", bl.operator.matrix(bl.ones { 2, 7 }), x)
fails("give 'size'", function()
  return bl.operator.radon { angles = 3, detectors = 4 }:adjoint(bl.ones { 1, 3, 4 })
end)
fails("'size' is missing", bl.operator.sampling, {})
fails("must have the size {4, 4}", bl.operator.sampling { size = { 4, 4 } }, x)
fails("this operator has none", function() return operators[4]:pinv(x) end)

-- Problems over them.
local scenes = bl.data.dead_leaves { count = 2, size = 16, seed = 1 }
local function observed(A)
  return scenes:observe { operator = A, noise = bl.noise.gaussian { sigma = 0.05, seed = 2 } }
end
local variation = bl.regularizer.total_variation()
fails("not strongly convex", bl.problem,
  { data = observed(bl.operator.mask { keep = 0.7, seed = 1 }), regularizer = variation })
for _, A in ipairs {
  bl.operator.mask { keep = 0.7, seed = 1 }, bl.operator.blur { sigma = 1 },
  bl.operator.fourier { pattern = "variable_density", acceleration = 2, seed = 1 },
  bl.operator.radon { angles = 8 }, bl.operator.downsample { factor = 2 },
} do
  local problem = bl.problem {
    data = observed(A), regularizer = variation, strong_convexity = 0.05,
  }
  local report = problem:check()
  assert(report.passed, tostring(A) .. "\n" .. tostring(report))
end

-- Learned operators: their blocks come first, all laws hold, and a step stays in the box.
local full = observed(bl.operator.fourier())
for _, weights in ipairs { "lines", "entries" } do
  local problem = bl.problem {
    data = full, regularizer = variation, strong_convexity = 0.05,
    operator = bl.operator.sampling { size = { 16, 16 }, weights = weights },
    penalty = bl.penalty.sampling { linear = 0.5, concave = 0.1 },
  }
  local theta = problem:parameters()
  assert(#theta == (weights == "lines" and 16 or 256) + 2)
  assert(theta.sampling:min() == 0.5)
  local report = problem:check()
  assert(report.passed, tostring(report))
  local last
  for step in bl.optimizer.maid {}:steps(problem, theta, { max_iterations = 3 }) do last = step end
  assert(last.theta.sampling:min() >= 0 and last.theta.sampling:max() <= 1)
  assert(last.loss < problem:loss(theta) + 0.5 * 0.5 + 0.1 * 0.25)
end

-- Fully measured data are needed; those of the samples themselves would be weighed twice.
do
  local samples = bl.operator.sampling { size = { 16, 16 } }
  local weighed = observed(samples)
  for _, A in ipairs { samples, false } do
    fails("observe them through bl.operator.fourier()", bl.problem, {
      data = weighed, operator = A or nil, regularizer = variation, strong_convexity = 0.05,
    })
  end
end

local blurred = observed(bl.operator.blur { sigma = 0.8 })
local kernel = bl.full({ 3, 3 }, 1 / 9)
local problem = bl.problem {
  data = blurred, regularizer = variation, strong_convexity = 0.05,
  operator = bl.operator.blur { kernel = kernel, learnable = true },
}
assert(problem:parameters().kernel:shape()[1] == 3)
local report = problem:check()
assert(report.passed, tostring(report))
for step in bl.optimizer.maid {}:steps(problem, problem:parameters(), { max_iterations = 3 }) do
  assert(near(step.theta.kernel:sum(), 1) and step.theta.kernel:min() >= 0)
end
local unfit = bl.problem {
  data = blurred, regularizer = variation, penalty = bl.penalty.sampling(),
  strong_convexity = 0.05,
}
fails("no block 'sampling'", function()
  for _ in bl.optimizer.maid {}:steps(unfit, unfit:parameters(), { max_iterations = 1 }) do end
end)

-- A norm that depends on the shape is not told without one.
for _, A in ipairs {
  bl.operator.radon { angles = 3 }, bl.operator.blur { sigma = 1, boundary = "periodic" },
  bl.operator.mask { keep = 0.5, seed = 1 },
} do
  fails("depends on the shape", function() return A:norm() end)
end
assert(bl.operator.downsample { factor = 4 }:norm() == 0.25)
assert(math.abs(bl.operator.fourier():norm() - 1) < 1e-12)

-- What would be ignored is an error.
fails("'acceleration' needs a 'pattern'", bl.operator.fourier, { acceleration = 4 })
fails("'lines' belongs to", bl.operator.fourier, { pattern = "cartesian", lines = 3 })
do
  local A = bl.operator.compose(
    bl.operator.identity(), bl.operator.blur { sigma = 1, size = 3, learnable = true })
  local data = bl.data.dead_leaves { count = 1, size = 8, seed = 1 }:observe { operator = A }
  fails("is not learned", bl.problem, {
    data = data, operator = A, regularizer = bl.regularizer.tikhonov(), strong_convexity = 1,
  })
end
