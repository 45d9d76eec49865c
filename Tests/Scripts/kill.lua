-- The run that Tests/kill-and-resume.sh kills: `kill.lua METHOD THETA DIRECTORY` trains, with a
-- checkpoint after each step, and writes the parameters to the file THETA.
local bl = require "bilevel"
local method, file, directory = arg[1], arg[2], arg[3]

local problem = bl.problem {
  data = bl.data.dead_leaves { count = 6, size = 24, seed = 1 }
    :observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 }, redraw = method == "iadam" },
  regularizer = bl.regularizer.fields_of_experts { filters = 4, size = 3, initialization = "dct" },
}
local run = bl.run { name = method, directory = directory, checkpoint_steps = 1 }
local options = { max_iterations = 30, log = run, callback = function(step)
  run:log { word = ("step %d"):format(step.k) }
end }
if method == "iadam" then options.batch = { size = 2 } end

local theta = problem:parameters { seed = 3 }
-- A first optimizer that has ended is not computed again when the second is killed.
local first = bl.optimizer.gradient_descent():minimize(problem, theta, {
  max_iterations = 3, log = run,
})
local result = bl.optimizer[method]():minimize(problem, first.theta, options)
run:log { theta_norm = result.theta:norm() }
result.theta:save(file)
