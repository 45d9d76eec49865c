--- What the scripts for computed tomography share: measurements, parameters tuned or learned on
--- small images, total variation tuned as the rival, and the comparison on large images.
local bl = require "bilevel"
local comparison = require "bilevel.comparison"
local reconstruction = require "bilevel.reconstruction"
local tomography = {}

--- The command-line options that such scripts have, with the script's own added.
function tomography.options(own)
  local options = reconstruction.options {
    angles = { default = 60, help = "angles of the test images" },
    sigma = { default = 0.25, help = "standard deviation of the noise of the test images" },
    evaluations = { default = 40, help = "trials for each of what is tuned" },
    batch = { default = 4, help = "images of a step" },
    step = { default = 1e-3, help = "first step size" },
  }
  options.budget, options.minutes = nil, nil
  options.precision.default, options.test_size = "float32", nil
  options.test_size = { default = 256, help = "size of the test images" }
  for name, option in pairs(own) do options[name] = option end
  return options
end

--- Makes a run of a few seconds of the options where they ask for it.
function tomography.shorten(opt)
  if not opt.smoke then return end
  opt.evaluations, opt.batch, opt.angles, opt.steps = 5, 1, 6, 2
end

--- A function that makes of scenes, their size and a seed of the noise the measurements, the
--- fidelity and the operator. `opt.angles` and `opt.sigma` are those of test images; smaller ones
--- have as many angles for each pixel. The data term is weighed by the number of angles and the
--- noise grows with its root, so that what is learned keeps its meaning.
function tomography.setting(opt)
  return function(scenes, size, seed)
    local angles = math.max(1, math.floor(opt.angles * size / opt.test_size + 0.5))
    local A = bl.operator.radon { angles = angles }
    local noise = bl.noise.gaussian {
      sigma = opt.sigma * math.sqrt(angles / opt.angles), seed = seed,
    }
    return scenes:observe { operator = A, noise = noise },
      bl.fidelity.squared_l2 { weight = 1 / angles }, A
  end
end

-- A modulus of convexity beside A and R, small enough to leave no trace; for regularizers that are
-- not convex, one that is taken for granted and adds nothing.
local modulus = 1e-3

--- The problem of reconstructing scenes of a size, from noise of a seed, with a regularizer.
function tomography.problem(opt, regularizer, scenes, size, seed)
  local data, fidelity = tomography.setting(opt)(scenes, size, seed)
  return bl.problem {
    data = data, fidelity = fidelity, regularizer = regularizer,
    strong_convexity = not opt.nonconvex and modulus or nil,
    assumed_convexity = opt.nonconvex and modulus or nil,
  }, data
end

--- The accuracy of solves of images of a size: the gradient's norm is that of a small change of
--- each pixel.
function tomography.accuracy(size) return 4e-4 * size / modulus end

--- Learns a few parameters with DFO-LS at a fixed accuracy: `choice` has blocks, lower, upper, eps,
--- evaluations and, where it is not 0.15, radius, the extent of the first steps.
function tomography.tune(problem, theta, choice)
  local result = bl.optimizer.dfols {
    blocks = choice.blocks, lower = choice.lower, upper = choice.upper,
    initial_radius = choice.radius or 0.15, final_radius = 1e-3, accuracy = "fixed",
    eps = choice.eps, solver = bl.solver.lbfgs(), max_evaluations = choice.evaluations,
    on_failure = "warn",
  }:minimize(problem, theta)
  print(("tuned: loss %.4f, %s"):format(result.loss, result.stopped_because))
  return result.theta
end

--- Learns all parameters with IAdam on mini-batches, printing lines: `choice` has eps, delta, step,
--- steps, batch. Step sizes decay as (k + 1)^-1/4.
function tomography.adapt(problem, theta, choice, opt)
  return (reconstruction.learn(bl.optimizer.iadam {
    eps = bl.schedule.constant(choice.eps), delta = bl.schedule.constant(choice.delta),
    step_size = bl.schedule.polynomial { initial = choice.step, power = 0.25 },
    hypergradient = bl.hypergradient.implicit {
      solver = bl.solver.lbfgs(), linear = choice.linear, bound = "none",
    },
  }, problem, theta, {
    max_iterations = choice.steps, batch = { size = choice.batch, seed = 4 },
  }, opt))
end

--- Learns on from `theta` in tomography: all parameters, on mini-batches of the problem's images.
function tomography.learn(problem, theta, opt)
  return tomography.adapt(problem, theta, {
    eps = tomography.accuracy(opt.size), delta = 4e-4 * opt.size, step = opt.step,
    steps = opt.steps, batch = opt.batch, linear = opt.nonconvex and bl.linear.minres() or nil,
  }, opt)
end

--- Total variation tuned on the scenes: both parameters, to the same accuracy as its rivals.
function tomography.variation(opt, scenes)
  local variation = bl.regularizer.total_variation {
    initial_log_weight = -4, initial_log_smoothing = -5,
  }
  local problem = tomography.problem(
    { angles = opt.angles, sigma = opt.sigma, test_size = opt.test_size }, variation, scenes,
    opt.size, 2)
  local theta = tomography.tune(problem, problem:parameters {}, {
    eps = tomography.accuracy(opt.size), evaluations = opt.evaluations, lower = -12, upper = 0,
  })
  print(("total variation: log_weight %.2f, log_smoothing %.2f"):format(theta[1], theta[2]))
  return { name = "total variation", regularizer = variation, theta = theta }
end

--- Restores large images by filtered back projection and by each of the members, { name,
--- regularizer, theta, nonconvex }, the first of which is the rival of the last one: a table, the
--- gain with a verdict against half a decibel, and pictures in a folder.
function tomography.compare(opt, title, images, members, folder)
  local data, _, A = tomography.setting(opt)(images, opt.test_size, 102)
  local results = {
    { "filtered back projection",
      reconstruction.measure(data, function(y) return A:pinv(y) end) },
  }
  for i, member in ipairs(members) do
    local problem = tomography.problem({
      angles = opt.angles, sigma = opt.sigma, test_size = opt.test_size,
      nonconvex = member.nonconvex,
    }, member.regularizer, images, opt.test_size, 102)
    results[i + 1] = { member.name, reconstruction.evaluate(problem, member.theta, data,
      tomography.accuracy(opt.test_size), bl.solver.lbfgs()) }
  end
  print(("\n%s, %d images"):format(title, #data))
  reconstruction.table(results)
  local gain = results[#results][2].psnr - results[2][2].psnr
  comparison.verdict(("%s: learned beats total variation by half a decibel"):format(title),
    gain >= 0.5, "%s: %+.2f dB, %s", results[#results][1], gain, gain >= 0.5 and "PASS" or "FAIL")
  reconstruction.save(data, results, folder)
end

return tomography
