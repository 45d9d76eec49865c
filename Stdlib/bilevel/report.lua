--- What an experiment tells its reader: one line per step, and the record of its run.
local bl = require "bilevel"
local report = {}

local columns = {
  { "k", "%4d", function(step) return step.k end },
  { "loss", "%10.4f", function(step) return step.loss end },
  { "± bound", "%9.2g", function(step) return step.loss_bound end },
  { "PSNR", "%6.2f", function(step) return step.psnr end },
  { "|z|", "%9.3g", function(step) return step.gradient_norm end },
  { "± error", "%9.2g", function(step) return step.gradient_bound end },
  { "eps", "%8.2g", function(step) return step.eps end },
  { "delta", "%8.2g", function(step) return step.delta end },
  { "step", "%8.2g", function(step) return step.step_size end },
  { "cost", "%9d", function(step) return step.cost end },
  { "seconds", "%8.1f", function(step) return step.seconds end },
}

local function width(format)
  return tonumber(format:match("%%(%d+)"))
end

local function padded(text, count)
  return (" "):rep(count - utf8.len(text)) .. text
end

--- The heading of the lines that `report.line` makes.
function report.heading()
  local words = {}
  for i, column in ipairs(columns) do words[i] = padded(column[1], width(column[2])) end
  return table.concat(words, " ")
end

--- One readable line of a step: loss ± bound, PSNR, hypergradient norm ± its error, accuracies.
function report.line(step)
  local words = {}
  for i, column in ipairs(columns) do
    local value = column[3](step)
    words[i] = value and column[2]:format(value) or padded("-", width(column[2]))
  end
  return table.concat(words, " ")
end

--- Prints a line for the first ten steps and then whenever `interval` seconds have passed; with
--- `force` for any step that has no line yet.
function report.printer(interval)
  local last, shown = -math.huge, nil
  print(report.heading())
  return function(step, force)
    if step.k == shown then return end
    if force or step.k <= 10 or step.seconds - last >= (interval or 2) then
      last, shown = step.seconds, step.k
      print(report.line(step))
      io.stdout:flush()
    end
  end
end

--- Takes each step: a run logs it, which shows it too; without one it is printed.
function report.taker(run)
  if not run then return report.printer() end
  return function(step, again)
    if not again then run:log(step) end
  end
end

--- The declaration of the option `--no-record`, for a script's own options.
report.no_record = { default = false, help = "leave no record of the run in the folder runs" }

--- The declaration of the option `--resume`.
report.resume = { default = false,
  help = "go on with the last run of the same options that is not completed" }

--- Begins a run that is on record with the options, unless `--no-record` was given; nil then. It is
--- called as the script when no name is given. With `--resume` the last one goes on.
function report.run(opt, name)
  if opt.no_record then return nil end
  return bl.run { name = name, notes = opt, resume = opt.resume }
end

--- Ends a run, if it is on record: what was learned, and why it stopped.
function report.learned(run, theta, steps)
  if not run then return end
  run:parameters(theta)
  run:note { stopped_because = steps.stopped_because }
  run:finish()
end

return report
