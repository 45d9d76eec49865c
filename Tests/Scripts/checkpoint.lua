-- A checkpoint by hand, and a kill behind it: `checkpoint.lua DIRECTORY`, with --trusted; the
-- second time the run goes on from there.
local bl = require "bilevel"
local directory = arg[1]
local problem = bl.problem {
  data = bl.data.dead_leaves { count = 2, size = 16, seed = 1 }
    :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } },
  regularizer = bl.regularizer.total_variation(),
}
local run = bl.run { name = "by_hand", directory = directory, checkpoint_every = 1000 }
local maid, theta = bl.optimizer.maid(), problem:parameters()
local done, message = pcall(run.checkpoint, run, maid:steps(problem, theta, {}))
assert(not done and message:find("the steps are not of this run", 1, true), message)

local steps = maid:steps(problem, theta, { max_iterations = 6, log = run })
for step in steps do
  print("step " .. step.k)
  if step.k == 3 then run:checkpoint(steps) end
  local marker = directory .. "/killed"
  if step.k == 5 and not io.open(marker) then
    io.open(marker, "w"):close()
    io.stdout:flush()
    os.execute("kill -KILL $PPID")
    repeat until false
  end
end
