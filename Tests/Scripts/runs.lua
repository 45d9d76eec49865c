-- The record of runs: `runs.lua FOLDER PART`, in a process of its own; the parts are those below.
local bl = require "bilevel"
local folder, part = arg[1], arg[2]

local function check(expected, body, ...)
  local ok, message = pcall(body, ...)
  assert(not ok, "no error, expected: " .. expected)
  assert(tostring(message):find(expected, 1, true), ("expected '%s', got '%s'"):format(
    expected, message))
end

local function problem()
  return bl.problem {
    data = bl.data.dead_leaves { count = 3, size = 16, seed = 1 }
      :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } },
    regularizer = bl.regularizer.fields_of_experts {
      filters = 3, size = 3, initialization = "dct",
    },
  }
end

local parts = {}

-- A short training with everything that a run takes.
function parts.train()
  bl.seed(5)
  local run = bl.run {
    name = "train", directory = folder, notes = { sigma = 0.1, seed = 7, noise = bl.noise.none() },
  }
  assert(run.name == "train" and run.id:find("^train%-%d+%-%d+%-%x%x%x%x$"), run.id)
  assert(run.directory == folder .. "/" .. run.id)
  local toy = problem()
  local theta
  for step in bl.optimizer.maid():steps(toy, toy:parameters { seed = 3 }, { max_iterations = 4 }) do
    run:log(step)
    theta = step.theta
  end
  assert(run.lines == 5)
  run:log { test = { psnr = 30.25, count = 3 }, good = true, word = "fine", odd = 1 / 3 }
  run:image("noise", bl.rand { 8, 8, seed = 1 })
  run:image("noise", bl.rand { 3, 8, 8, seed = 1 })
  run:parameters(theta)
  run:plot(bl.plot.image(bl.rand { 8, 8, seed = 2 }), "odd name/../?")
  run:note { regularizer = toy.regularizer }
  run:finish()
  run:finish()
  check("has ended (completed); bl.run { … } begins another", run.log, run, { x = 1 })
  check("has ended", run.image, run, "x", bl.zeros { 4, 4 })
end

-- minimize logs by itself; a second optimizer is noted beside the first.
function parts.minimize()
  local run = bl.run { name = "minimize", directory = folder }
  local toy = problem()
  local theta = toy:parameters { seed = 3 }
  bl.optimizer.maid():minimize(toy, theta, { max_iterations = 2, log = run })
  assert(run.lines == 3)
  bl.optimizer.hoag():minimize(toy, theta, { max_iterations = 1, log = run })
  assert(run.lines == 5)
  check("'log' must be a run, from bl.run, got 3", bl.optimizer.maid().minimize,
    bl.optimizer.maid(), toy, theta, { log = 3 })
end

-- The same twice, with a number that is never the same.
function parts.unlike()
  local run = bl.run { name = "unlike", directory = folder }
  for k = 1, 3 do run:log { k = k, clock = k < 3 and k or os.time() + os.clock() } end
end

function parts.fails()
  local run = bl.run { name = "fails", directory = folder }
  run:log { k = 1 }
  error("on purpose")
end

function parts.leaves()
  bl.run({ name = "leaves", directory = folder }):log { k = 1 }
  os.exit(0)
end

-- Ends without a word; needs --trusted.
function parts.lost()
  local run = bl.run { name = "lost", directory = folder }
  for k = 1, 200 do run:log { k = k } end
  os.execute("sleep 1.5; kill -9 $PPID")  -- the writer has written by then
end

-- More than fits where files are limited.
function parts.large()
  local run = bl.run { name = "large", directory = folder }
  for k = 1, 20000 do
    run:log { k = k, inverse = 1 / k, text = ("x"):rep(50) }
    if k % 1000 == 0 then
      local pause = os.clock()
      while os.clock() - pause < 0.02 do end
    end
  end
end

-- As many lines as fit into the seconds; their number is the last line's.
function parts.many()
  local run = bl.run { name = "many-" .. arg[3], directory = folder }
  local ends = os.time() + tonumber(arg[4])
  local k = 0
  while os.time() < ends do
    for _ = 1, 200 do
      k = k + 1
      run:log { k = k, inverse = 1 / k, square = k * k }
    end
    local pause = os.clock()
    while os.clock() - pause < 0.005 do end
  end
  run:log { total = k }
end

function parts.misuse()
  check("unknown argument 'nam' (did you mean 'name'?)", bl.run, { nam = "x" })
  check("is not below the working directory", bl.run, { directory = "/tmp/runs" })
  check("'checkpoint_every' must be a number > 0", bl.run, { checkpoint_every = 0 })
  check("'notes' must be a table of named values, got \"x\"", bl.run, { notes = "x" })
  check("'notes.f' must be", bl.run, { notes = { f = print } })
  local run = bl.run { name = "misuse", directory = folder }
  local other = "a step of an optimizer or a table of named values"
  check(other .. ", got 3", run.log, run, 3)
  check(other .. ", got a table", run.log, run, { 1, 2 })
  check("'line' is missing", run.log, run)
  check("'line.x' must be a number, a string", run.log, run, { x = bl.zeros { 2 } })
  check("'line.x.y' must be a number, a string", run.log, run, { x = { y = print } })
  check("'line.x' must be a number, a string", run.log, run, { x = { 1, 2 } })
  check("'line_seconds' is a name that the record itself uses", run.log, run, { line_seconds = 1 })
  check("'plot' must be a plot or a picture, got a tensor", run.plot, run, bl.zeros { 2, 2 })
  check("an image needs the shape", run.image, run, "x", bl.zeros { 2 })
  check("'theta' must be", run.parameters, run, bl.zeros { 2 })
  check("run has no 'lgo' (did you mean 'log'?)", function() return run.lgo end)
  assert(run.lines == 0)
end

assert(parts[part], "unknown part")()
