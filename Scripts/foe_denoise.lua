-- Learns a Fields-of-Experts denoiser with MAID, as in Salehi, Mukherjee, Roberts and Ehrhardt, "An
-- Adaptively Inexact First-Order Method for Bilevel Optimization with Application to Hyperparameter
-- Learning", SIAM J. Math. Data Sci. 2025, section 4: 30 filters 7x7, 25 images 96x96, noise 0.1.
-- Run time: about 2 minutes on 2 cores. Seeds: scenes 1, noise 2, filters 3; test 101 and 102.
local bl = require "bilevel"
local denoising = require "bilevel.denoising"
local opt = require "bilevel.cli".options(denoising.options {
  filters = { default = 30, help = "number of filters" },
  filter_size = { default = 7, help = "extent of the filters, odd, 3 to 13" },
  start = { default = "dct", choices = { "dct", "random" }, help = "where the filters start" },
  potential = { default = "smoothed_absolute",
    choices = { "smoothed_absolute", "huber", "log_cosh" }, help = "potential of the experts" },
  boundary = { default = "reflect", choices = { "zero", "reflect", "periodic" },
    help = "what the filters see outside of the image" },
})
local train, test = denoising.data(opt)
if not (opt.budget or opt.minutes or opt.steps) then opt.budget = 80000 end
if opt.smoke then opt.filters, opt.filter_size = math.min(opt.filters, 6), 3 end

local problem = bl.problem {
  data = train,
  fidelity = bl.fidelity.squared_l2(),
  regularizer = bl.regularizer.fields_of_experts {
    filters = opt.filters, size = opt.filter_size, initialization = opt.start,
    potential = opt.potential, boundary = opt.boundary,
  },
  loss = bl.loss.squared_l2(),
}

local theta = opt.parameters and bl.parameters.load(opt.parameters)
  or problem:parameters { seed = 3 }
local learned, log, run = denoising.train(problem, denoising.optimizer(opt), theta, opt)
local results = denoising.evaluate(problem, learned, test)
denoising.save(learned, log, test, results, opt.output or "out/foe_denoise", run)
