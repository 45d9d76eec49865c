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
  batch = { default = 8, help = "crops in a mini-batch" },
  step_power = { default = 0.25, help = "the step decays as (k + 1)^-power" },
  eps_power = { default = 0.25, help = "the accuracy decays as (k + 1)^-power" },
}
options.optimizer = nil
local opt = require "bilevel.cli".options(options)
if opt.smoke then
  opt.filters, opt.batch, opt.size = math.min(opt.filters, 6), 2, math.min(opt.size, 24)
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

-- Accuracies are distances over a whole crop: of one pixel, a hundredth of the noise.
local pixels = opt.size * opt.size * (opt.colour and 3 or 1)
local eps = opt.eps or 0.1 * opt.sigma * math.sqrt(pixels)
local optimizer = bl.optimizer.iadam {
  eps = bl.schedule.polynomial { initial = eps, power = opt.eps_power },
  delta = bl.schedule.polynomial { initial = opt.delta or eps, power = opt.eps_power },
  step_size = bl.schedule.polynomial { initial = opt.step or 1e-2, power = opt.step_power },
}
local theta = opt.parameters and bl.parameters.load(opt.parameters)
  or problem:parameters { seed = 3 }
opt.batches = { size = opt.batch, seed = 4 }
local learned, log, run = denoising.train(problem, optimizer, theta, opt)
local results = denoising.evaluate(problem, learned, test, 0.01 * opt.sigma * math.sqrt(pixels))
denoising.save(learned, log, test, results, opt.output or "out/crr_denoise", run)
