-- Plots and pictures: what scripts may give, how errors are worded, what is saved.
local bl = require "bilevel"

local function check(expected, body, ...)
  local ok, message = pcall(body, ...)
  assert(not ok, "no error, expected: " .. expected)
  assert(tostring(message):find(expected, 1, true), ("expected '%s', got '%s'"):format(
    expected, message))
end

local lines, histogram, schedule = bl.plot.lines, bl.plot.histogram, bl.plot.schedule

-- Descriptions say what they are, and draw nothing by themselves.
assert(tostring(lines { { 3, 2, 1 } }) == "plot of 1 curve")
assert(tostring(lines { { y = { 1, 2 } }, bl.ones { 5 }, title = "t" }) == "plot of 2 curves: t")
assert(lines({ { 3, 2, 0 / 0, 1, label = "gap" }, log = "y", title = "loss" }).title == "loss")
assert(tostring(histogram(bl.randn { 100, seed = 1 }, { bins = 7 })) == "plot of 1 curve")

-- Errors name the series and the argument.
check("is missing", lines, {})
check("series 2 has no values; give y = { … }", lines, { { 1 }, { x = { 1, 2 } } })
check("series 1: 'x' has 3 numbers, y has 2", lines, { { x = { 1, 2, 3 }, y = { 1, 2 } } })
check("series 1: a band needs both 'lower' and 'upper'", lines, { { 1, 2, lower = { 0, 1 } } })
check("series 1: 'upper' has 1 numbers", lines, { { 1, 2, lower = { 0, 1 }, upper = { 3 } } })
check("unknown argument 'series[1].colour'", lines, { { 1, 2, colour = "red" } })
check("'series[1].values[2]' must be a number, got \"x\"", lines, { { 1, "x" } })
check("unknown argument 'titel' (did you mean 'title'?)", lines, { { 1, 2 }, titel = "x" })
check("'log' must be \"x\", \"y\" or \"xy\"", lines, { { 1, 2 }, log = "z" })
check("'width' must be an integer >= 100", lines, { { 1, 2 }, width = 5 })
check("a list of numbers, a tensor or a table", lines, { "nonsense" })
check("'values' has no finite number", histogram, { 0 / 0, 1 / 0 })
check("'log' must be \"y\"", histogram, { 1, 2 }, { log = "x" })
check("a schedule", schedule, 3)
check("a schedule", schedule, { 3 })

for _, values in ipairs { { 1 }, { 2, 2 }, { 0, 5e-324 }, { 1e300, 1 }, { 1, 1 + 2 ^ -52 } } do
  assert(tostring(histogram(values, { bins = 3 })) == "plot of 1 curve")
  assert(tostring(histogram(values)) == "plot of 1 curve")
end
check("farther apart than numbers can say", histogram, { -1.7e308, 1.7e308 })

-- Schedules show themselves.
local s = bl.schedule.polynomial { initial = 1, power = 0.5 }
assert(tostring(s:plot(100)) == "plot of 1 curve")
assert(tostring(schedule({ s, s * 2 }, { steps = 5000, log = "xy" })) == "plot of 2 curves")
check("must be an integer >= 2", s.plot, s, 1)

-- Files are below the working directory and of a kind that is known.
check("not below the working directory", function() lines { { 1, 2 } }:save("/plot.svg") end)
check("a plot's name must end in .svg, .png or .pdf", function()
  lines { { 1, 2 } }:save("plot.gif")
end)
check("a picture's name must end in .png, .svg or .pdf", function()
  bl.plot.image(bl.ones { 2, 2 }):save("picture.gif")
end)
