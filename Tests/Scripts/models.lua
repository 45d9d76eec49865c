-- Regularizers by name, and some images of a problem: what evaluate.lua is made of.
local bl = require "bilevel"
local models = require "bilevel.models"

local function fails(words, body)
  local done, message = pcall(body)
  assert(not done and tostring(message):find(words, 1, true), tostring(message))
end

local arguments = models.arguments "filters=48, potential=huber,channels=4:8:64,flips=true"
assert(arguments.filters == 48 and arguments.potential == "huber" and arguments.flips == true)
assert(#arguments.channels == 3 and arguments.channels[3] == 64)
assert(next(models.arguments(nil)) == nil)
fails("name=value", function() models.arguments "filters" end)
fails("total_variation", function() models.load { regularizer = "nonsense" } end)
fails("not both", function() models.load { parameters = "a", weights = "b" } end)
fails("needs --regularizer", function() models.load { weights = "b.pt" } end)
fails("unknown argument 'sise'", function()
  models.load { regularizer = "fields_of_experts", set = "sise=3" }
end)
local foe = models.load { regularizer = "fields_of_experts", set = "filters=2,size=3" }
assert(tostring(foe):find("filters = 2", 1, true))

-- A file of parameters tells its regularizer; one that was not saved from a problem does not.
local scenes = bl.data.dead_leaves { count = 1, size = 16, seed = 1 }
  :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }
local regularizers = {
  bl.regularizer.total_variation { coupling = "anisotropic" },
  bl.regularizer.convex_ridge { channels = { 2, 3 }, sizes = { 3, 5 }, potential = "log_cosh" },
  bl.regularizer.icnn { channels = 2, size = 3, potential = "softplus" },
  bl.regularizer.sum {
    bl.regularizer.wavelet_frame { levels = 1 }, bl.regularizer.tikhonov {},
    bl.regularizer.fields_of_experts { filters = 2, size = 3, boundary = "periodic" },
  },
}
for _, regularizer in ipairs(regularizers) do
  local theta = bl.problem { data = scenes, regularizer = regularizer }:parameters { seed = 3 }
  local path = "out/tables_test.safetensors"
  (theta + theta):save(path)
  local found, parameters = models.load { parameters = path }
  assert(tostring(found) == tostring(regularizer), tostring(found))
  assert((parameters() - 2 * theta):norm() == 0)
  theta:save "out/tables_test.npz"
  fails("--regularizer must say", function()
    models.load { parameters = "out/tables_test.npz" }
  end)
end
fails("--set needs --regularizer", function()
  models.load { parameters = "out/tables_test.safetensors", set = "size=3" }
end)

-- Some images of a problem, each as in all of them.
local data = bl.data.dead_leaves { count = 3, size = 16, seed = 1 }
  :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }
local problem = bl.problem { data = data, regularizer = bl.regularizer.total_variation() }
local theta = problem:parameters()
local all = problem:evaluate(theta)
local some = problem:evaluate(theta, { indices = { 3, 1 } })
assert(#some.images == 2)
assert(some.images[1].psnr == all.images[3].psnr and some.images[2].psnr == all.images[1].psnr)
assert(some.images[1].seconds >= 0)
fails("'indices' must be at most 3, got 4", function()
  problem:evaluate(theta, { indices = { 4 } })
end)
fails("at least one", function() problem:evaluate(theta, { indices = {} }) end)
