-- bilevel-lua's side of convex_ridge.py: data and parameters for both sides, and upper-level steps.
-- Every answer is one JSON object per line. Seeds: crops or scenes 1, noise 2, parameters 3.
local bl = require "bilevel"
local opt = require "bilevel.cli".options {
  images = { help = "folder of PNG or JPEG images; synthetic scenes when absent" },
  weights = { help = "a trained model; the initial parameters when absent" },
  count = { default = 8, help = "images" },
  size = { default = 64, help = "size of the crops, pixels" },
  precision = { default = "float32", choices = { "float32", "float64" },
    help = "element type of the images" },
  threads = { default = 1, help = "threads" },
  export = { help = "write data and parameters to this .npz file" },
  repeats = { default = 3, help = "steps, all from the same start" },
  change = { default = 1e-4, help = "relative change at which the lower level stops" },
  residual = { default = 1e-6, help = "residual of the linear systems, relative" },
}
bl.threads(opt.threads)
bl.precision(opt.precision)

local images = opt.images
  and bl.data.images {
    path = opt.images, grey = true, crop = opt.size, count = opt.count, seed = 1,
  }
  or bl.data.dead_leaves { count = opt.count, size = opt.size, seed = 1 }
local data = images:observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }
local problem = bl.problem {
  data = data,
  regularizer = bl.regularizer.convex_ridge {
    weights = opt.weights and bl.load(opt.weights) or nil,
  },
}
local theta = problem:parameters { seed = 3 }

if opt.export then
  local truth, observed = {}, {}
  for i = 1, #data do truth[i], observed[i] = data[i].truth, data[i].observed end
  bl.save(opt.export, {
    truth = bl.stack(truth), observed = bl.stack(observed), layer_0 = theta.filters_1,
    layer_1 = theta.filters_2, layer_2 = theta.filters_3, scaling = theta.scaling,
    beta = theta.beta, alpha = theta.alpha, scale = theta.scale,
  })
end

-- MINRES of the peer stops relative to the right-hand side 2 (x - truth), here at the absolute
-- residual that this is for the mean image.
local delta = opt.residual * 2 * problem:loss(theta, { eps = 0.1 }) ^ 0.5
local method = bl.hypergradient.implicit {
  solver = bl.solver.nmapg { stop = "relative_change" }, linear = bl.linear.minres(),
  bound = "none",
}
-- Who reads the lines takes the wall time between them.
print('{"ready": true}')
io.stdout:flush()
for _ = 1, opt.repeats do
  local clock = os.clock()
  local z, info = problem:hypergradient(theta, {
    eps = opt.change, delta = delta, method = method,
  })
  print(('{"loss": %.17g, "lower": %d, "linear": %d, "processor": %.6g, "norm": %.17g}'):format(
    info.loss, info.lower_iterations, info.linear_iterations, os.clock() - clock, z:norm()))
  io.stdout:flush()
end
