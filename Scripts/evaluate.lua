-- Restores a folder of noisy images with a saved model and measures each: noisy and restored PSNR,
-- SSIM, iterations and seconds; means, a table for other programs, and pictures. The defaults are
-- those of a comparative study of learned regularizers: grey images, noise of deviation 0.1 that is
-- not clipped, nmAPG from the noisy image to a relative change of 1e-4 in float32, PSNR of the
-- whole image with peak 1.
-- Run time: about a second per image of 481x321 with Fields of Experts. Seeds: scenes 101, noise 1.
local bl = require "bilevel"
local models = require "bilevel.models"
local opt = require "bilevel.cli".options {
  images = { help = "folder of PNG or JPEG images; synthetic scenes when absent" },
  parameters = { help = "a model learned here: a .safetensors or .npz file of parameters" },
  weights = { help = "a model of another program: .pt, .npz or .safetensors, with --regularizer" },
  regularizer = { help = "its constructor's name, such as fields_of_experts; as the file of "
    .. "parameters tells when absent, total_variation without any" },
  set = { help = "its arguments, such as boundary=zero,potential=huber" },
  sigma = { default = 0.1, help = "standard deviation of the noise; images are in [0, 1]" },
  data_weight = { default = 1, help = "of |x - y|^2 / 2; a weakly convex model may need 1.06" },
  seed = { default = 1, help = "of the noise" },
  colour = { default = false, help = "keep the colours; grey when absent" },
  crop = { number = true, help = "size of a crop in the middle; whole images when absent" },
  limit = { number = true, help = "at most so many images" },
  solver = { default = "nmapg",
    choices = { "nmapg", "fista", "lbfgs", "heavy_ball", "gradient_descent" },
    help = "method of the lower level" },
  stop = { default = "relative_change", choices = { "relative_change", "certified" },
    help = "|x+ - x| <= tolerance |x+|; or distance to the minimiser <= tolerance" },
  tolerance = { default = 1e-4, help = "of the stopping rule" },
  max_iterations = { default = 1500, help = "most iterations per image" },
  window = { default = "uniform", choices = { "uniform", "gaussian" }, help = "of the SSIM" },
  precision = { default = "float32", choices = { "float32", "float64" },
    help = "element type of the images" },
  threads = { number = true, help = "threads; all processors when absent" },
  pictures = { default = 3, help = "so many images are saved: truth, noisy, restored" },
  output = { default = "out/evaluate", help = "folder for the table and the pictures" },
  smoke = { default = false, help = "a run of a few seconds" },
}

bl.precision(opt.precision)
if opt.threads then bl.threads(opt.threads) end
if opt.smoke then
  opt.crop, opt.limit, opt.max_iterations = 48, math.min(opt.limit or 3, 3), 50
end
if opt.solver ~= "nmapg" and opt.stop == "relative_change" then
  error("--stop relative_change is nmapg's; use --stop certified with --solver " .. opt.solver, 0)
end

local images = opt.images
  and bl.data.images { path = opt.images, grey = not opt.colour, crop = opt.crop,
    anchor = "center" }
  or bl.data.dead_leaves { count = 5, size = opt.crop or 128, seed = 101,
    channels = opt.colour and 3 or 1 }
local data = images:observe { noise = bl.noise.gaussian { sigma = opt.sigma, seed = opt.seed } }
if opt.limit then data = data:take(opt.limit) end

local regularizer, parameters = models.load(opt)
local problem = bl.problem {
  data = data, fidelity = bl.fidelity.squared_l2 { weight = opt.data_weight },
  regularizer = regularizer,
}
local theta = parameters(problem)
local solver = bl.solver[opt.solver] {
  max_iterations = opt.max_iterations, stop = opt.solver == "nmapg" and opt.stop or nil,
}
print(("%s\n%s to %s %g"):format(regularizer, solver,
  opt.stop == "certified" and "a distance of" or "a relative change of", opt.tolerance))

local function name_of(i)
  if not opt.images then return ("scene_%d"):format(i) end
  return images:file(i):match("[^/]*$")
end

local results = require "bilevel.table".new {
  { "image", "%-24s" }, { "noisy", "%8.3f" }, { "psnr", "%8.3f" }, { "ssim", "%7.4f" },
  { "iterations", "%10d" }, { "seconds", "%8.2f" }, { "outcome", "%-12s" },
}
local psnr, ssim = bl.metric.psnr(), bl.metric.ssim { window = opt.window }

local function save_picture(i, restored)
  local sample = data[i]
  bl.plot.images {
    sample.truth, sample.observed, restored, captions = { "truth", "noisy", "restored" },
    truth = sample.truth, magnify = sample.truth:shape()[3] < 200 and 3 or 1,
  }:save(("%s/%s.png"):format(opt.output, (name_of(i):gsub("%.png$", ""))))
end

--- Restores images `first` to `last`, each by one thread, with a line for each.
local function restore(first, last)
  local indices = {}
  for i = first, last do indices[#indices + 1] = i end
  local answer = problem:evaluate(theta, {
    indices = indices, metrics = { psnr, ssim }, solver = solver, eps = opt.tolerance,
    images = first <= opt.pictures,
  })
  for k, image in ipairs(answer.images) do
    local i = indices[k]
    local sample = data[i]
    print(results:add {
      name_of(i), psnr(sample.observed, sample.truth), image.psnr, image.ssim,
      image.iterations, image.seconds, image.outcome,
    })
    if i <= opt.pictures then save_picture(i, image.restored) end
  end
  io.stdout:flush()
end

print(results:heading())
local step = bl.threads()
for first = 1, #data, step do restore(first, math.min(first + step - 1, #data)) end

local iterations, seconds = 0, 0
for _, row in ipairs(results.rows) do
  iterations, seconds = iterations + row[5], seconds + row[6]
end
print(("mean of %d: noisy %.3f dB, restored %.3f dB, SSIM %.4f"):format(
  #data, results:mean "noisy", results:mean "psnr", results:mean "ssim"))
print(("%d iterations, %.1f s of solving"):format(iterations, seconds))
bl.save(opt.output .. "/means.npz", {
  psnr = bl.tensor { results:mean "psnr" }, ssim = bl.tensor { results:mean "ssim" },
})
results:save(opt.output .. "/results.csv")
print("written: " .. opt.output)
