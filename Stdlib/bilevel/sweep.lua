--- Runs a script over and over with other options: every point of a grid, or random ones, several
--- processes at once, the hopeless ones stopped early, one table at the end.
--
--     local sweep = require "bilevel.sweep"
--     local runs = sweep.run {
--       script = "Scripts/foe_denoise.lua",
--       options = { count = 10, smoke = true },                 -- the same in every run
--       grid = { filters = { 8, 16 }, size = { 3, 5, 7 } },     -- six runs
--       at_once = 4,
--       stop = sweep.worse_half { cost = 2000 },
--       output = "out/filters.csv",
--     }
--     print(runs.best.options.filters, runs.best.loss)
--
-- Instead of `grid` there may be `random`: a function of a number u in [0, 1) for each option,
-- such as `sweep.log_uniform(1e-4, 1e-1)`, and `count` and `seed`; with both, each random point is
-- tried with each point of the grid. `{index}` in an option that is text stands for the place of
-- the run: `options = { output = "out/sweep/{index}" }`.
--
-- What a run has reached is read from the lines that it prints: the fields of lines in JSON
-- (`{"k":3,"loss":0.52,"cost":140}`), and what `read` finds by patterns, its last match counting:
-- `read = { psnr = "PSNR (%S+)" }`. Runs are ranked by `minimize` ("loss" when absent) or
-- `maximize`.
--
-- `stop` is a function of (run, runs) that is called after each line that tells of progress, and
-- ends the run by true; `sweep.above` and `sweep.worse_half` make such functions. Progress is the
-- field `progress`: "loss", or what `minimize` names, when absent.
--
-- The answer is a list of runs in their order: `.options`, the fields that were read, `.ended`,
-- `.status`, `.seconds`, `.output`, `.errors`; and besides `.best` and `.table` (see
-- bilevel.table).
local bl = require "bilevel"
local tables = require "bilevel.table"
local sweep = {}

-- ---- Settings

local function sorted_keys(record)
  local names = {}
  for name in pairs(record or {}) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function copied(record)
  local copy = {}
  for name, value in pairs(record or {}) do copy[name] = value end
  return copy
end

--- Every combination of the values of each option, the last name varying fastest.
function sweep.grid(values)
  local settings = { {} }
  for _, name in ipairs(sorted_keys(values)) do
    local longer = {}
    if type(values[name]) ~= "table" or #values[name] == 0 then
      error(("grid.%s must be a list of at least one value"):format(name), 2)
    end
    for _, setting in ipairs(settings) do
      for _, value in ipairs(values[name]) do
        longer[#longer + 1] = copied(setting)
        longer[#longer][name] = value
      end
    end
    settings = longer
  end
  return settings
end

--- `count` settings drawn at random: the same seed, the same settings, and more of them with a
--- larger count.
function sweep.random(draws, count, seed)
  local settings, names = {}, sorted_keys(draws)
  local numbers = bl.rand { count, math.max(1, #names), seed = seed or 1 }
  for i = 1, count do
    settings[i] = {}
    for j, name in ipairs(names) do settings[i][name] = draws[name](numbers[{ i, j }]) end
  end
  return settings
end

--- Numbers between two, all equally likely.
function sweep.uniform(low, high)
  return function(u) return low + (high - low) * u end
end

--- Numbers between two positive ones whose logarithms are equally likely.
function sweep.log_uniform(low, high)
  if not (low > 0 and high > 0) then error("log_uniform needs numbers > 0", 2) end
  return function(u) return math.exp(math.log(low) + (math.log(high) - math.log(low)) * u) end
end

--- Whole numbers from `low` to `high`, all equally likely.
function sweep.integer(low, high)
  return function(u) return math.min(high, low + math.floor(u * (high - low + 1))) end
end

--- One of the values of a list, all equally likely.
function sweep.choice(values)
  return function(u) return values[math.min(#values, 1 + math.floor(u * #values))] end
end

-- ---- Command lines

local function word_of(value, index)
  if type(value) == "table" then
    local words = {}
    for i, item in ipairs(value) do words[i] = word_of(item, index) end
    return table.concat(words, ",")
  end
  if type(value) == "string" then return (value:gsub("{index}", ("%d"):format(index))) end
  if math.type(value) == "float" then
    return value == math.floor(value) and math.abs(value) < 1e15 and ("%d"):format(value)
      or ("%.17g"):format(value)
  end
  return tostring(value)
end

--- The words of a command line for a setting: `--size 7 --smoke`; a switch that is false is left
--- out.
function sweep.arguments(options, index)
  local words = {}
  for _, name in ipairs(sorted_keys(options)) do
    local value, flag = options[name], "--" .. name:gsub("_", "-")
    if value ~= false then words[#words + 1] = flag end
    if type(value) ~= "boolean" then words[#words + 1] = word_of(value, index or 1) end
  end
  return words
end

-- ---- Reading what a run prints

--- The numbers and strings of a line in JSON, by name; nil for any other line.
function sweep.fields(line)
  if not line:match "^%s*{.*}%s*$" then return nil end
  local fields = {}
  for name, value in line:gmatch '"([%w_]+)"%s*:%s*([^,%s}%]]+)' do
    fields[name] = tonumber(value) or value:match '^"(.*)"$'
  end
  return fields
end

-- Enters what a line tells into a run; answers whether it tells of progress.
local function read_line(run, line, patterns, field)
  local found = sweep.fields(line) or {}
  for name, pattern in pairs(patterns or {}) do
    local text = line:match(pattern)
    if text then found[name] = tonumber(text) or text end
  end
  for name, value in pairs(found) do run[name] = value end
  if type(found[field]) ~= "number" then return false end
  run.path[#run.path + 1] = { cost = run.cost or #run.path + 1, value = found[field] }
  return true
end

-- ---- Early stop

--- Ends a run whose loss is still above `value` once its cost is `cost`.
function sweep.above(value, cost)
  return function(run)
    local last = run.path[#run.path]
    return last.cost >= (cost or 0) and run.sign * last.value > run.sign * value
  end
end

-- The best value that a run had reached at a cost; nil before its first line.
local function reached(run, cost)
  local best
  for _, point in ipairs(run.path) do
    if point.cost > cost then break end
    if not best or run.sign * point.value < run.sign * best then best = point.value end
  end
  return best
end

--- Ends a run whose best value, once its cost is `cost`, is worse than the median of what the runs
--- before it in the list had reached at the same cost; `runs` of them (3) must have got that far.
--- Runs that go on side by side have got as far as time let them, so that with `at_once = 1` only
--- the same runs are stopped each time.
function sweep.worse_half(options)
  local least_cost, least = (options or {}).cost or 0, (options or {}).runs or 3
  return function(run, runs)
    local cost, others = run.path[#run.path].cost, {}
    if cost < least_cost then return false end
    for i = 1, run.index - 1 do
      local path = runs[i].path
      local got_there = #path > 0 and path[#path].cost >= cost
      if got_there then others[#others + 1] = reached(runs[i], cost) end
    end
    if #others < least then return false end
    table.sort(others, function(a, b) return run.sign * a < run.sign * b end)
    return run.sign * reached(run, cost) > run.sign * others[(#others + 1) // 2]
  end
end

-- ---- Running

local known = {
  script = true, options = true, grid = true, random = true, count = true, seed = true, read = true,
  at_once = true, minimize = true, maximize = true, progress = true, stop = true,
  time_limit = true, output = true, quiet = true,
}

local function check(plan)
  for name in pairs(plan) do
    if not known[name] then
      local names = table.concat(sorted_keys(known), ", ")
      error(("sweep.run: unknown argument '%s'; it takes %s"):format(name, names), 3)
    end
  end
  if type(plan.script) ~= "string" then error("sweep.run: 'script' must name a script", 3) end
  if plan.random and not plan.count then error("sweep.run: 'random' needs 'count'", 3) end
end

--- The settings of a plan, each with the options that all have.
function sweep.settings(plan)
  local settings = {}
  local drawn = plan.random and sweep.random(plan.random, plan.count, plan.seed) or { {} }
  for _, first in ipairs(drawn) do
    for _, second in ipairs(sweep.grid(plan.grid or {})) do
      local setting = copied(plan.options)
      for name, value in pairs(first) do setting[name] = value end
      for name, value in pairs(second) do setting[name] = value end
      settings[#settings + 1] = setting
    end
  end
  return settings
end

local function started(plan, sign)
  local runs, jobs = {}, {}
  for i, setting in ipairs(sweep.settings(plan)) do
    runs[i] = { index = i, options = setting, path = {}, sign = sign }
    jobs[i] = { script = plan.script, arguments = sweep.arguments(setting, i) }
  end
  return runs, jobs
end

-- What is ranked, and what tells of progress, with 1 where less is better and -1 where more is.
local function aims(plan)
  local ranked = plan.maximize or plan.minimize or "loss"
  local progress = plan.progress or plan.minimize or "loss"
  return { field = ranked, sign = plan.maximize and -1 or 1 },
    { field = progress, sign = progress == plan.maximize and -1 or 1 }
end

-- The columns: what varies, what was read, how it ended.
local function table_of(runs, plan)
  local varied, read, seen = {}, {}, {}
  for name in pairs(plan.grid or {}) do varied[#varied + 1] = name end
  for name in pairs(plan.random or {}) do varied[#varied + 1] = name end
  table.sort(varied)
  for _, run in ipairs(runs) do
    for name in pairs(run.found) do
      if not seen[name] then read[#read + 1], seen[name] = name, true end
    end
  end
  table.sort(read)
  local columns = { "run" }
  for _, name in ipairs(varied) do columns[#columns + 1] = name end
  for _, name in ipairs(read) do columns[#columns + 1] = name end
  columns[#columns + 1], columns[#columns + 2] = { "seconds", "%.1f" }, "ended"
  local result = tables.new(columns)
  for i, run in ipairs(runs) do
    local row = { i }
    for _, name in ipairs(varied) do
      local word = word_of(run.options[name], i)
      row[#row + 1] = tonumber(word) or word
    end
    for _, name in ipairs(read) do row[#row + 1] = run.found[name] or false end
    row[#row + 1], row[#row + 2] = run.seconds, run.ended
    result:add(row)
  end
  return result
end

local internal = { index = true, options = true, path = true, sign = true }

local function finish(runs, results, plan, ranked)
  local best
  for i, run in ipairs(runs) do
    run.found = {}
    for name, value in pairs(run) do
      if not internal[name] and name ~= "found" then run.found[name] = value end
    end
    for name, value in pairs(results[i]) do run[name] = value end
    local value, sign = run[ranked.field], ranked.sign
    local counts = run.ended == "finished" and type(value) == "number" and value == value
    if counts and (not best or sign * value < sign * best[ranked.field]) then best = run end
  end
  runs.best, runs.table = best, table_of(runs, plan)
  return runs
end

-- Runs that have failed, with the last line of what they said.
local function complaints(runs)
  local lines = {}
  for i, run in ipairs(runs) do
    if run.ended == "failed" then
      local why = run.errors:match "([^\n]+)\n?stack traceback" or run.errors:match "([^\n]+)%s*$"
      lines[#lines + 1] = ("run %d failed: %s"):format(i, why or "status " .. tostring(run.status))
    end
  end
  return lines
end

--- Runs it all; answers the list of runs, and prints their table unless `quiet`.
function sweep.run(plan)
  check(plan)
  local ranked, progress = aims(plan)
  local runs, jobs = started(plan, progress.sign)
  jobs.at_once, jobs.time_limit = plan.at_once, plan.time_limit
  function jobs.watch(index, line)
    local run = runs[index]
    local has_moved = read_line(run, line, plan.read, progress.field)
    return has_moved and plan.stop and plan.stop(run, runs) or false
  end
  finish(runs, bl.processes(jobs), plan, ranked)
  if plan.output then runs.table:save(plan.output) end
  if not plan.quiet then
    print(runs.table)
    for _, line in ipairs(complaints(runs)) do print(line) end
    local best, field = runs.best, ranked.field
    if best then print(("best: run %d, %s %g"):format(best.index, field, best[field])) end
  end
  return runs
end

return sweep
