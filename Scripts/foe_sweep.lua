-- How many filters, and of what size? Fields of Experts learned with every combination, each by
-- foe_denoise.lua in a process of its own, several at a time; those that are worse than the median
-- at the same cost are stopped early. A table at the end, as text and as a file.
-- Seeds: those of foe_denoise.lua, so the numbers are the same whatever runs beside what; with
-- --at-once 1 so is what is stopped. Half a minute on one core; --smoke takes a second.
local sweep = require "bilevel.sweep"
local opt = require "bilevel.cli".options {
  "Learns Fields of Experts with filters of several numbers and sizes, and compares them.",
  filters = { default = { 8, 16, 32 }, number = true, list = true, help = "numbers of filters" },
  sizes = { default = { 3, 5, 7 }, number = true, list = true, help = "extents of the filters" },
  count = { default = 10, help = "training images" },
  size = { default = 64, help = "crop, pixels" },
  budget = { default = 4000, help = "cost at which each run stops" },
  at_once = { default = 2, help = "processes at a time" },
  keep_all = { default = false, help = "stop none early" },
  output = { default = "out/foe_sweep", help = "folder for the table and what the runs leave" },
  smoke = { default = false, help = "a run of a few seconds" },
}
if opt.smoke then opt.filters, opt.sizes = { 2, 4 }, { 3 } end

local runs = sweep.run {
  script = "Scripts/foe_denoise.lua",
  options = {
    count = opt.count, size = opt.size, budget = opt.budget, smoke = opt.smoke,
    output = opt.output .. "/run_{index}",
  },
  grid = { filters = opt.filters, filter_size = opt.sizes },
  at_once = opt.at_once,
  -- The lines of steps: k, loss, its bound, PSNR, norm, error, eps, delta, step, cost, seconds.
  read = {
    loss = "^%s*%d+%s+(%d%S*)" .. ("%s+%S+"):rep(9) .. "$",
    cost = "^%s*%d+%s+%d%S*" .. ("%s+%S+"):rep(7) .. "%s+(%d+)%s+%S+$",
    psnr = "^%s*restored%s+(%S+) dB",
  },
  maximize = "psnr",
  stop = not opt.keep_all and sweep.worse_half { cost = opt.budget / 2 } or nil,
  output = opt.output .. "/sweep.csv",
}
runs.table:save(opt.output .. "/sweep.md")
