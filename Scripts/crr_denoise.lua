-- Learns a convex (or, with --weakly, weakly convex) ridge regularizer for denoising with inexact
-- Adam and decaying schedules on random crops, grey or colour, as in Salehi, Mukherjee, Roberts and
-- Ehrhardt, "Bilevel learning with inexact stochastic gradients", 2025, section 4.1.
-- Run time: as --minutes says, 10 by default. Seeds: scenes 1, noise 2, filters 3, batches 4; test
-- 101 and 102.
local bl = require "bilevel"
local denoising = require "bilevel.denoising"
local options = denoising.options {
  colour = { default = false, help = "three channels instead of grey" },
  weakly = { default = false, help = "weakly convex instead of convex" },
  filters = { default = 64, help = "filters of the last of three layers" },
  potential = { default = "huber", choices = { "huber", "log_cosh", "smoothed_absolute" },
    help = "potential of the filters' responses" },
}
options.optimizer.default = "iadam"
local opt = require "bilevel.cli".options(options)
if opt.smoke then
  opt.filters, opt.size = math.min(opt.filters, 6), math.min(opt.size, 24)
end
local train, test = denoising.data(opt)
if not (opt.budget or opt.minutes or opt.steps) then opt.minutes = 10 end

local kind = opt.weakly and "weakly_convex_ridge" or "convex_ridge"
local problem = bl.problem {
  data = train,
  regularizer = bl.regularizer[kind] {
    channels = { 4, 8, opt.filters }, sizes = { 5, 5, 5 }, potential = opt.potential,
    image_channels = opt.colour and 3 or 1,
  },
}

local theta = opt.parameters and bl.parameters.load(opt.parameters)
  or problem:parameters { seed = 3 }
local learned, log, run = denoising.train(problem, denoising.optimizer(opt), theta, opt)
local results = denoising.evaluate(problem, learned, test,
  0.01 * opt.sigma * opt.size * math.sqrt(opt.colour and 3 or 1))
denoising.save(learned, log, test, results, opt.output or "out/crr_denoise", run)
