-- Undersampled magnetic resonance imaging with total variation: weight and smoothing are learned
-- with MAID for three patterns of the same number of samples.
-- Run time: about 20 seconds on 2 cores. Seeds: scenes 1, noise 2, patterns 4; test 101 and 102.
local bl = require "bilevel"
local reconstruction = require "bilevel.reconstruction"
local opt = require "bilevel.cli".options(reconstruction.options {
  acceleration = { default = 4, help = "one of so many samples is taken" },
  sigma = { default = 0.02, help = "standard deviation of the noise" },
  mu = { default = 0.002, help = "strong convexity that is added" },
})
local train_scenes, test_scenes = reconstruction.scenes(opt)
local directory = opt.output or "out/tv_mri"

local table_of_all = {}
for _, pattern in ipairs { "cartesian", "radial", "variable_density" } do
  local A = bl.operator.fourier { pattern = pattern, acceleration = opt.acceleration, seed = 4 }
  local function observed(scenes, seed)
    return scenes:observe {
      operator = A, noise = bl.noise.gaussian { sigma = opt.sigma, seed = seed },
    }
  end
  local test = observed(test_scenes, 102)
  local problem = bl.problem {
    data = observed(train_scenes, 2), strong_convexity = opt.mu,
    regularizer = bl.regularizer.total_variation {
      initial_log_weight = -5, initial_log_smoothing = -4,
    },
  }
  local mask = A:mask { opt.size, opt.size }
  print(("\n%s: %.1f %% of the frequencies"):format(pattern, 100 * mask:mean()))
  local theta = reconstruction.train(problem, problem:parameters(), opt, 40000)
  local results = {
    { pattern .. ", zero-filled",
      reconstruction.measure(test, function(y) return A:adjoint(y) end) },
    { pattern .. ", total variation", reconstruction.evaluate(problem, theta, test) },
  }
  for _, entry in ipairs(results) do table_of_all[#table_of_all + 1] = entry end
  reconstruction.save(test, results, directory .. "/" .. pattern)
  reconstruction.save_mask(mask, ("%s/%s/mask.png"):format(directory, pattern))
end
print()
reconstruction.table(table_of_all)
