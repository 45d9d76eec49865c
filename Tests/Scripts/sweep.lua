-- Sweeps, and the processes that they run. Started with --child it is the script that is swept: it
-- prints steps of a made-up loss.
local cli = require "bilevel.cli"

local opt = cli.options {
  { "script" }, { "folder" },
  rate = { default = 0.5 }, size = { default = 1 }, child = { default = false },
  fail = { default = false }, hang = { default = false }, nested = { default = false },
  pieces = { number = true, list = true }, name = { default = "" },
}

if opt.child then
  if opt.fail then error "this one fails" end
  if opt.nested then require "bilevel".processes { { script = "x.lua" } } end
  for k = 1, 20 do
    print(('{"k":%d,"loss":%.17g,"cost":%d,"note":"a"}'):format(k, opt.size * opt.rate ^ k, 10 * k))
    io.stdout:flush()
  end
  while opt.hang do end
  print("PSNR " .. 20 + opt.size, opt.name, table.concat(opt.pieces or {}, "+"))
  return
end

local bl = require "bilevel"
local sweep = require "bilevel.sweep"
local script, folder = opt.script, opt.folder

-- Settings.
local grid = sweep.grid { a = { 1, 2 }, b = { "x", "y", "z" } }
assert(#grid == 6 and grid[1].a == 1 and grid[1].b == "x" and grid[2].b == "y" and grid[6].a == 2)
assert(#sweep.grid {} == 1)
local draws = { rate = sweep.log_uniform(1e-4, 1), size = sweep.integer(2, 4),
  kind = sweep.choice { "p", "q" }, other = sweep.uniform(-1, 1) }
local few, many = sweep.random(draws, 10, 3), sweep.random(draws, 40, 3)
for i, setting in ipairs(few) do
  for name, value in pairs(setting) do assert(many[i][name] == value) end
  assert(setting.rate >= 1e-4 and setting.rate <= 1 and setting.other >= -1 and setting.other < 1)
  assert(setting.size >= 2 and setting.size <= 4 and math.type(setting.size) == "integer")
  assert(setting.kind == "p" or setting.kind == "q")
end
local words = table.concat(sweep.arguments({ out = "o/{index}", on = true, off = false, rate = 0.1,
  layers = { 4, 8 }, big_name = 3.0 }, 7), " ")
assert(words == "--big-name 3 --layers 4,8 --on --out o/7 --rate 0.10000000000000001", words)
local fields = sweep.fields '{"loss": 1e-3, "k":2,"who":"me","ok":true}'
assert(fields.loss == 1e-3 and fields.k == 2 and fields.who == "me" and fields.ok == nil)
assert(sweep.fields "step 3 of {x}" == nil)

-- A grid in processes, ranked, with a table and a file.
local plan = {
  script = script, options = { child = true, name = "n{index}", pieces = { 1, 2 } },
  grid = { rate = { 0.5, 0.7 }, size = { 1, 3 } }, read = { psnr = "PSNR (%S+)" }, at_once = 3,
  output = folder .. "/sweep.csv", quiet = true,
}
local runs = sweep.run(plan)
assert(#runs == 4)
for i, run in ipairs(runs) do
  assert(run.ended == "finished" and run.status == 0, run.errors)
  assert(run.loss == run.options.size * run.options.rate ^ 20 and run.cost == 200 and run.k == 20)
  assert(run.psnr == 20 + run.options.size and run.note == "a")
  assert(run.output:find("n" .. i, 1, true) and run.output:find("1+2", 1, true))
end
assert(runs.best == runs[1])
assert(tostring(runs.table):find "psnr")
local file = assert(io.open(folder .. "/sweep.csv"))
assert(file:read "l" == "run,rate,size,cost,k,loss,note,psnr,seconds,ended", "columns")
file:close()
os.remove(folder .. "/sweep.csv")
plan.output, plan.at_once, plan.minimize, plan.maximize = nil, 1, nil, "psnr"
local again = sweep.run(plan)
for i, run in ipairs(again) do assert(run.loss == runs[i].loss) end
assert(again.best.options.size == 3)

-- Early stop: a bound, and the worse half.
plan.maximize, plan.options = nil, { child = true, hang = true }
plan.grid, plan.time_limit = { size = { 1, 2 } }, 1
plan.stop = sweep.above(0.0001, 150)
local stopped = sweep.run(plan)
assert(stopped[1].ended == "time limit" and stopped[2].ended == "time limit")
plan.grid, plan.time_limit = { size = { 100 } }, 60
stopped = sweep.run(plan)
assert(stopped[1].ended == "stopped" and stopped[1].seconds < 30 and stopped.best == nil)
plan.options, plan.time_limit = { child = true }, nil
plan.grid, plan.stop = { size = { 1, 2, 3, 4, 1.5 } }, sweep.worse_half { cost = 50, runs = 3 }
stopped = sweep.run(plan)
assert(stopped.best == stopped[1])

-- Failures are values.
plan.stop, plan.grid = nil, { fail = { false, true } }
local mixed = sweep.run(plan)
assert(mixed[1].ended == "finished" and mixed[2].ended == "failed" and mixed[2].status == 1)
assert(mixed[2].errors:find "this one fails" and mixed.best == mixed[1])
plan.grid = { nested = { true } }
assert(sweep.run(plan)[1].errors:find "cannot start others")
assert(bl.processes { { script = "no/such.lua" } }[1].ended == "failed")
assert(#bl.processes {} == 0)

-- An error of the watching function ends all.
local done, message = pcall(bl.processes, {
  { script = script, arguments = { "--child", "--hang" } },
  watch = function() error { mine = true } end,
})
assert(not done and message.mine)
done, message = pcall(sweep.run, { script = script, girds = {} })
assert(not done and message:find "unknown argument 'girds'", message)
