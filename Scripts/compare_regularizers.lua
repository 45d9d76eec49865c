-- Learns several regularizers on the same images with MAID and tests them on others: total
-- variation, its second order, wavelet frames with a weight for each band, and Fields of Experts.
-- What a classical prior loses to learned filters, and what its weights gain by being learned.
-- Run time: about 3 minutes on 2 cores. Seeds: scenes 1, noise 2, filters 3; test 101 and 102.
local bl = require "bilevel"
local denoising = require "bilevel.denoising"
local opt = require "bilevel.cli".options {
  images = { help = "folder of PNG or JPEG images to train on; synthetic scenes when absent" },
  test = { help = "folder of images to test on, at full size; held-out scenes when absent" },
  count = { default = 10, help = "training images" },
  size = { default = 96, help = "size of the training crops, pixels" },
  test_count = { default = 10, help = "held-out synthetic scenes" },
  sigma = { default = 0.1, help = "standard deviation of the noise; images are in [0, 1]" },
  filters = { default = 24, help = "filters of the Fields of Experts, 5x5" },
  budget = { default = 30000, help = "cost of each: lower-level plus linear iterations" },
  precision = { default = "float64", choices = { "float32", "float64" },
    help = "element type of the images" },
  threads = { number = true, help = "threads; all processors when absent" },
  output = { default = "out/compare_regularizers", help = "folder for the table and the models" },
  smoke = { default = false, help = "a run of a few seconds" },
}
if opt.smoke then opt.filters, opt.budget = 4, 300 end
local train, test = denoising.data(opt)

local members = {
  { "total_variation", bl.regularizer.total_variation() },
  { "higher_order_variation", bl.regularizer.higher_order_variation() },
  { "wavelet_frame_haar", bl.regularizer.wavelet_frame { wavelet = "haar", levels = 2 } },
  { "wavelet_frame_spline", bl.regularizer.wavelet_frame {
    wavelet = "linear_spline", levels = 1,
  } },
  { "fields_of_experts", bl.regularizer.fields_of_experts {
    filters = opt.filters, size = 5, initialization = "dct",
  } },
}

local results = require "bilevel.table".new {
  { "regularizer", "%-24s" }, { "parameters", "%10d" }, { "start", "%8.3f" }, { "psnr", "%8.3f" },
  { "ssim", "%7.4f" }, { "cost", "%8d" }, { "seconds", "%8.1f" },
}
local metrics = { bl.metric.psnr(), bl.metric.ssim() }
print(results:heading())
for _, member in ipairs(members) do
  local name, regularizer = member[1], member[2]
  local problem = bl.problem { data = train, regularizer = regularizer }
  local theta, last = problem:parameters { seed = 3 }, nil
  local steps = bl.optimizer.maid():steps(problem, theta, {
    budget = opt.budget, max_iterations = 1000000,
  })
  for step in steps do last = step end
  local before = problem:evaluate(theta, { data = test, metrics = metrics, eps = 0.1 })
  local after = problem:evaluate(last.theta, { data = test, metrics = metrics, eps = 0.1 })
  print(results:add {
    name, theta:vector():size(), before.psnr, after.psnr, after.ssim, last.cost, last.seconds,
  })
  io.stdout:flush()
  last.theta:save(("%s/%s.safetensors"):format(opt.output, name))
end
results:save(opt.output .. "/results.csv")
print("written: " .. opt.output)
