-- A run that ends before its time, once: `stop.lua HOW DIRECTORY THETA [SIZE] [STEPS]` is sent the
-- signal HOW after step 5, or raises an error there; it writes its parameters to the file THETA.
-- Signals need --trusted.
local bl = require "bilevel"
local how, directory, file = arg[1], arg[2], arg[3]
local size, checkpoint_steps = tonumber(arg[4] or 24), tonumber(arg[5])

local problem = bl.problem {
  data = bl.data.dead_leaves { count = 4, size = size, seed = 1 }
    :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } },
  regularizer = bl.regularizer.fields_of_experts { filters = 3, size = 3, initialization = "dct" },
}

local function stop()
  local marker = directory .. "/" .. how .. ".stopped"
  local earlier = io.open(marker)
  if how == "none" or earlier then return end
  io.open(marker, "w"):close()
  if how == "error" then error("stopped on purpose") end
  os.execute(("(sleep 0.05; kill -%s $PPID) &"):format(how))
  while true do size = size + 1 end
end

local run = bl.run { name = how, directory = directory, checkpoint_steps = checkpoint_steps }
local result = bl.optimizer.maid():minimize(problem, problem:parameters { seed = 3 }, {
  max_iterations = 10, log = run,
  callback = function(step)
    print("step " .. step.k)
    run:log { unseeded = bl.rand({ 1 }):sum() }
    if step.k == 5 then stop() end
  end,
})
result.theta:save(file)
