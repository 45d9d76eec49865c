-- Tables of results: aligned text, Markdown, LaTeX, comma-separated values.
local tables = require "bilevel.table"

local function fails(words, body)
  local done, message = pcall(body)
  assert(not done and tostring(message):find(words, 1, true), tostring(message))
end

local function equal(got, expected)
  assert(got == expected, ("got\n%s\nexpected\n%s"):format(got, expected))
end

-- Line by line, as rows arrive.
local results = tables.new { { "name", "%-6s" }, { "psnr", "%8.3f" }, { "count", "%5d" } }
assert(results:heading() == "name       psnr count")
assert(results:mean "psnr" == nil)
assert(results:add { "a", 27.25, 3 } == "a        27.250     3")
assert(results:add { 'b,"c"', 28.75, false } == 'b,"c"    28.750     -')
assert(results:mean "psnr" == 28 and results:mean "count" == 3)
equal(results:csv(), 'name,psnr,count\na,27.25,3\n"b,""c""",28.75,\n')
fails("3 values, got 2", function() results:add { "a", 1 } end)
fails("no column 'ssim'", function() results:mean "ssim" end)
fails("no column 'ssim'", function() results:add { ssim = 1 } end)
fails("column 1", function() tables.new { { 5 } } end)
fails("column 2", function() tables.new { "a", { "b", "8.3f" } } end)
fails("column 'count' cannot show 2.5 as %5d", function() results:add { "a", 1, 2.5 } end)

-- Numbers at their decimal points, escapes of each form.
local odd = tables.new { "image", { "psnr", "%.2f" }, "it_s", "eps" }
odd:add { "a_b|c", 128.125, 40, 1e-05 }
odd:add { image = "50 % & ü\\", psnr = -9.5, eps = 0.25 }
odd:add { "{x}~^$#", 0 / 0, 3, 12 }
equal(tostring(odd), [[
image        psnr  it_s     eps
a_b|c      128.12    40   1e-05
50 % & ü\   -9.50     -   0.25
{x}~^$#    nan        3  12]])
equal(odd:markdown(), [[
| image       |   psnr | it\_s |    eps |
| :--- | ---: | ---: | ---: |
| a\_b\|c     | 128.12 |    40 |  1e-05 |
| 50 % \& ü\\ |  -9.50 |     - |  0.25  |
| {x}\~^$#    | nan    |     3 | 12     |
]])
local latex = odd:latex { caption = "Of 100 %", label = "table:odd" }
for _, piece in ipairs {
  "\\begin{tabular}{lrrr}", "image", "it\\_s", "a\\_b\\textbar{}c", "50 \\% \\& ü\\textbackslash{}",
  "\\{x\\}\\textasciitilde{}\\textasciicircum{}\\$\\#", "$128.12$", "$-9.50$", "$1\\cdot 10^{-5}$",
  "$0.25$", "--", "nan", "\\caption{Of 100 \\%}", "\\label{table:odd}", "\\bottomrule",
} do
  assert(latex:find(piece, 1, true), piece)
end
local rows = select(2, latex:gsub("\\\\\n", ""))
assert(rows == 4, rows)
-- Numbers read back as they were.
local digits = tables.new { "x" }
for _, value in ipairs { 0.1, 1 / 3, 1e300, 5e-324, 3, -0.0 } do digits:add { value } end
local k = 0
for line in digits:csv():gmatch "[^\n]+" do
  if k > 0 then assert(tonumber(line) == digits.rows[k][1], line) end
  k = k + 1
end

-- Files, whole or as they were.
for _, ending in ipairs { "csv", "md", "tex", "txt" } do
  local path = (arg and arg[1] or ".build") .. "/table-test." .. ending
  odd:save(path)
  local file = assert(io.open(path))
  assert(#file:read "a" > 60)
  file:close()
  os.remove(path)
end
fails("must end in", function() odd:save "x.doc" end)
fails("is not below", function() odd:save "../x.csv" end)
