-- Input-convex networks: construction, trained weights, and the wording of what does not fit.
local bl = require "bilevel"

local function check(expected, body, ...)
  local ok, message = pcall(body, ...)
  assert(not ok, "no error, expected: " .. expected)
  assert(tostring(message):find(expected, 1, true), ("expected '%s', got '%s'"):format(
    expected, message))
end

local icnn, idcnn = bl.regularizer.icnn, bl.regularizer.idcnn
check("bl.regularizer.icnn: 'layers' must be 2", icnn, { layers = 3 })
check("an odd integer from 3 to 13", icnn, { size = 4 })
check("'potential' must be", icnn, { potential = "relu" })
check("'channels' must be an integer >= 1 and <= 512", icnn, { channels = 100000 })
check("'image_channels' must be", idcnn, { image_channels = 0 })
check("'weights' must be a table of tensors by name", icnn, { weights = 3 })
check("'weights.a' must be", icnn, { weights = { a = 1 } })

local function trained(prefix)
  return {
    alpha = bl.tensor { 0.1 }, scale = bl.tensor { 0.2 },
    [prefix .. "smoothing"] = bl.tensor { -2 },
    [prefix .. "scaling"] = bl.full({ 1, 4, 1, 1 }, -1),
    [prefix .. "wx.bias"] = bl.zeros { 4 }, [prefix .. "wz.bias"] = bl.full({ 4 }, 0.1),
    [prefix .. "wx.parametrizations.weight.original"] = bl.randn { 4, 1, 3, 3, seed = 1 },
    [prefix .. "wz.weight"] = bl.rand { 4, 4, 3, 3, seed = 2 },
  }
end

local weights = trained "regularizer.icnn."
local R = icnn { weights = weights }
assert(tostring(R):find("channels = 4", 1, true) and tostring(R):find("size = 3", 1, true))
local data = bl.data.dead_leaves { count = 2, size = 16, seed = 1 }:observe {
  noise = bl.noise.gaussian { sigma = 0.1, seed = 2 },
}
local problem = bl.problem { data = data, regularizer = R }
local theta = problem:parameters {}
assert(theta.alpha[1] == 0.1 and theta.scale[1] == 0.2 and theta.scaling[4] == -1)
assert((theta.wz - weights["regularizer.icnn.wz.weight"]):norm() == 0)
local smooth = bl.problem {
  data = data, regularizer = icnn { weights = weights, potential = "softplus" },
}
assert(smooth:check { theta = smooth:parameters {} }.passed)

local function changed(name, value)
  local copy = {}
  for key, tensor in pairs(weights) do copy[key] = tensor end
  copy[name] = value
  return { weights = copy }
end
check("'weights.regularizer.icnn.wz.bias' must be a tensor of shape {4}, got a tensor of shape {5}",
  icnn, changed("regularizer.icnn.wz.bias", bl.zeros { 5 }))
check("'weights.regularizer.icnn.wz.bias' is missing (a tensor of shape {4})",
  icnn, changed("regularizer.icnn.wz.bias", nil))
check("unknown argument 'weights.regularizer.icnn.wz.biass' (did you mean",
  icnn, changed("regularizer.icnn.wz.biass", bl.zeros { 4 }))
check("an odd size from 3 to 13", icnn,
  changed("regularizer.icnn.wx.parametrizations.weight.original", bl.zeros { 4, 1, 4, 4 }))
check("must be finite", icnn, changed("alpha", bl.tensor { 0 / 0 }))
check("the tensors of an idcnn, got those of an icnn", idcnn, { weights = weights })
check("channels", bl.problem, {
  data = data, regularizer = icnn { image_channels = 3, channels = 2, size = 3 },
})

-- The difference of a network and itself is zero.
local pair = trained "regularizer.icnn1."
for key, tensor in pairs(trained "regularizer.icnn2.") do pair[key] = tensor end
local difference = bl.problem { data = data, regularizer = idcnn { weights = pair },
  strong_convexity = 99999 }
local x = difference:solve(difference:parameters {}, { eps = 1e-9 })
assert((x - data[1].observed * 1e-5):norm() < 1e-8)
local softplus = bl.problem {
  data = data, regularizer = icnn {
    channels = 3, size = 3, potential = "softplus", initial_log_hidden_weight = -2,
    initial_scaling = -2, initial_smoothing = -1,
  },
}
assert(softplus:check { theta = softplus:parameters { seed = 3 } }.passed)
local _, info = softplus:hypergradient(softplus:parameters { seed = 3 }, {
  eps = 1e-6, delta = 1e-6, method = bl.hypergradient.implicit { bound = "certified" },
})
assert(info.error_bound < math.huge)

-- A network that was saved here comes back under the names of its blocks.
for _, name in ipairs { "icnn", "idcnn" } do
  local scenes = bl.data.dead_leaves { count = 1, size = 12, seed = 1 }
    :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }
  local first = bl.problem {
    data = scenes, regularizer = bl.regularizer[name] { channels = 2, size = 3 },
  }:parameters { seed = 5 }
  local tensors = {}
  for block in first:describe():gmatch "\n(%l[%w_]*)" do
    if block ~= "total" then tensors[block] = first[block] end
  end
  local again = bl.problem {
    data = scenes, regularizer = bl.regularizer[name] { weights = tensors },
  }:parameters()
  assert((again - first):norm() == 0, name)
end
