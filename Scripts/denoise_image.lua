-- Removes noise from a picture with parameters that a denoising script saved and saves a PNG;
-- channels are restored one by one. Without a picture a synthetic scene with noise is used.
-- Run time: a second per megapixel and channel. Seeds: scene 201, noise 202.
local bl = require "bilevel"
local opt = require "bilevel.cli".options {
  image = { help = "PNG or JPEG; a noisy synthetic scene when absent" },
  parameters = { default = "out/foe_denoise/theta.safetensors", help = "what was learned" },
  noise = { default = 0, help = "standard deviation of noise to add first, to try it out" },
  eps = { default = 0.1, help = "distance to the minimiser, over the whole image" },
  output = { default = "out/restored.png", help = "PNG to write" },
  smoke = { default = false, help = "a run of a few seconds" },
}

bl.precision "float32"
if not opt.image and opt.noise == 0 then opt.noise = 0.1 end
local scene = opt.image and bl.data.images { path = opt.image }
  or bl.data.dead_leaves { count = 1, size = opt.smoke and 48 or 256, seed = 201 }
local picture = scene[1]
local noise = bl.noise.gaussian { sigma = opt.noise, seed = 202 }

local theta = bl.parameters.load(opt.parameters)
local channels = picture:shape()[1]
local planes = {}
for c = 1, channels do planes[c] = picture[{ { c, c } }] end
local data = bl.data.tensors(planes):observe { noise = noise }

local problem = bl.problem { data = data, regularizer = theta:regularizer() }
local results = problem:evaluate(theta, { eps = opt.eps, images = true })
local restored = bl.zeros(picture:shape())
for c = 1, channels do restored[{ { c, c } }] = results.images[c].restored end
if opt.noise > 0 then print(("PSNR after restoration: %.2f dB"):format(results.psnr)) end
bl.plot.images { restored, gap = 0 }:save(opt.output)
print("written: " .. opt.output)
