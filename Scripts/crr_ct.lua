-- Computed tomography of photographs from 60 angles with a convex (or, with --weakly, weakly
-- convex) ridge regularizer: learned as a denoiser, taken to tomography by its two strengths, and
-- compared with total variation tuned on the same images. Transfer of denoisers as in Goujon et
-- al., "A neural-network-based convex regularizer for inverse problems", 2023. Asked for: half a
-- decibel over total variation.
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
