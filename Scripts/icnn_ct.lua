-- Computed tomography of photographs from 60 angles with an input-convex network: learned as a
-- denoiser, taken to tomography by its two strengths, and compared with total variation tuned on
-- the same images. Asked for: half a decibel over total variation.
local bl = require "bilevel"
local transfer = require "bilevel.transfer"
local opt = require "bilevel.cli".options(transfer.options {
  channels = { default = 16, help = "maps of either layer" },
})
if opt.smoke then opt.channels = 4 end
opt.strengths = { "alpha", "scale" }

transfer.run(bl.regularizer.icnn { channels = opt.channels }, opt, "icnn_ct")
