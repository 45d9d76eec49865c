-- Learns which lines of k-space to measure, together with the weight of total variation, as in
-- Sherry et al., "Learning the sampling pattern for MRI", 2020. Then as many of the heaviest lines
-- as the budget allows are measured fully, total variation is tuned for them, and the same is done
-- for variable-density patterns of as many lines.
-- Run time: about 20 seconds on 2 cores. Seeds: scenes 1, noise 2, patterns 4 to 6; test 101, 102.
local bl = require "bilevel"
local reconstruction = require "bilevel.reconstruction"
local opt = require "bilevel.cli".options(reconstruction.options {
  acceleration = { default = 4, help = "one of so many lines is measured" },
  sigma = { default = 0.02, help = "standard deviation of the noise" },
  mu = { default = 0.002, help = "strong convexity that is added" },
  linear = { default = 4, help = "penalty b1 of the mean weight, at first" },
  threshold = { default = 0.1, help = "weight below which a line counts as not measured" },
  concave = { default = 0, help = "penalty b2 of weights between 0 and 1" },
})
local train_scenes, test_scenes = reconstruction.scenes(opt)
local directory = opt.output or "out/mri_sampling"
local size = opt.size
if opt.test_size ~= size then
  error("mri_sampling: the test images must be as large as the others", 0)
end
local variation = bl.regularizer.total_variation {
  initial_log_weight = -5, initial_log_smoothing = -4,
}

local function observed(scenes, A, seed)
  return scenes:observe {
    operator = A, noise = bl.noise.gaussian { sigma = opt.sigma, seed = seed },
  }
end

-- The pattern, from full data. For real images the lines u and -u tell the same: the first half
-- starts heavier, so that the penalty lets the other half go. It grows until few enough lines are
-- left.
local count = math.max(1, math.floor(size / opt.acceleration + 0.5))
local full = observed(train_scenes, bl.operator.fourier(), 2)
local linear = opt.linear
local theta, weights, used
repeat
  local problem = bl.problem {
    data = full, regularizer = variation, strong_convexity = opt.mu,
    operator = bl.operator.sampling { size = { size, size }, weights = "lines" },
    penalty = bl.penalty.sampling { linear = linear, concave = opt.concave },
  }
  if not theta then
    theta = problem:parameters()
    local start = bl.full({ size }, 0.3)
    start[{ { 1, size // 2 + 1 } }] = bl.full({ size // 2 + 1 }, 0.7)
    theta.sampling = start
  end
  theta = reconstruction.train(problem, theta, opt, 20000)
  weights, used = theta.sampling:table(), 0
  for i = 1, size do if weights[i] > opt.threshold then used = used + 1 end end
  print(("penalty %g: %d lines heavier than %g, mean weight %.3f\n"):format(
    linear, used, opt.threshold, theta.sampling:mean()))
  linear = 2 * linear
until used <= count or opt.smoke

-- The heaviest lines, as many as are allowed.
local order = {}
for i = 1, size do order[i] = i end
table.sort(order, function(a, b)
  if weights[a] ~= weights[b] then return weights[a] > weights[b] end
  return a < b
end)
local lines = bl.zeros { size, size }
for i = 1, count do lines[order[i]] = bl.ones { size } end

--- Total variation tuned for a mask: the results on the test images.
local function tuned(A)
  local test = observed(test_scenes, A, 102)
  local own = bl.problem {
    data = observed(train_scenes, A, 2), regularizer = variation, strong_convexity = opt.mu,
  }
  local best = reconstruction.train(own, own:parameters(), opt, 30000)
  return reconstruction.evaluate(own, best, test), test
end

local learned, test = tuned(bl.operator.fourier { mask = lines })
local results, best = { { "learned lines", learned } }, nil
for seed = 4, 6 do
  local A = bl.operator.fourier {
    pattern = "cartesian", acceleration = opt.acceleration, seed = seed,
  }
  local drawn = tuned(A)
  results[#results + 1] = { ("variable density, seed %d"):format(seed), drawn }
  best = math.max(best or -math.huge, drawn.psnr)
end
print(("\n%d of %d lines"):format(count, size))
reconstruction.table(results)
print(("learned over the best variable-density pattern: %+.2f dB"):format(learned.psnr - best))
reconstruction.save(test, results, directory)
theta:save(directory .. "/theta.safetensors")
reconstruction.save_mask(lines, directory .. "/mask.png")
