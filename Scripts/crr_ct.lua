-- Computed tomography of photographs from 60 angles with a convex (or, with --weakly, weakly
-- convex) ridge regularizer: learned as a denoiser, taken to tomography by its three strengths, and
-- compared with total variation tuned on the same images. Transfer of denoisers as in Goujon et
-- al., "A neural-network-based convex regularizer for inverse problems", 2023. With --weakly, which
-- may start from a convex denoiser too, the lower level's convexity is assumed, not certified.
-- Asked for: half a decibel over total variation. Measured on the middles of 24 photographs of
-- BSD68, with a convex denoiser of crr_denoise that learned from the Kodak photographs for 17
-- minutes on one core (--parameters): 28.56 against 27.54 dB with --weakly; about 28.03 without,
-- where the gain is 0.50 dB on these and 0.55 dB on the first six of them.
-- Run time: about 8 minutes on one core with --parameters, 10 more without. Seeds: scenes 1, noise
-- 2, filters 3, batches 4, the denoiser's noise 5; test 101 and 102.
local bl = require "bilevel"
local transfer = require "bilevel.transfer"
local opt = require "bilevel.cli".options(transfer.options {
  weakly = { default = false, help = "weakly convex instead of convex" },
  filters = { default = 64, help = "filters of the last of three layers" },
})
if opt.smoke then opt.filters = 4 end

opt.nonconvex, opt.strengths = opt.weakly, { "alpha", "scale", "beta" }
transfer.run(bl.regularizer[opt.weakly and "weakly_convex_ridge" or "convex_ridge"] {
  channels = { 4, 8, opt.filters },
}, opt, "crr_ct")
