--- Tables of results: aligned text for the reader, Markdown and LaTeX for papers, comma-separated
--- values for other programs.
--
--     local results = require "bilevel.table".new {
--       "image", { "psnr", "%.3f" }, { "iterations", "%d" },
--     }
--     results:add { "lena.png", 28.1, 40 }
--     results:add { image = "house.png", psnr = 29.93, iterations = 38 }
--     print(results)                        -- numbers stand at their decimal points
--     results:save "out/results.tex"        -- or .md, .csv, .txt
--
-- A column is its name, or its name and the format of its values. A row is a list of values in the
-- order of the columns, or a table of values by name; false (or nil by name) stands for a value
-- that is missing. Where lines are to be seen as rows arrive, print `:heading()` and then what
-- `:add` answers; the formats then give the widths (`"%8.3f"`, `"%-20s"`).
local bl = require "bilevel"
local results = {}
results.__index = results

local function column_of(column, place)
  if type(column) == "string" then column = { column } end
  local name, format = column[1], column[2]
  if type(name) ~= "string" or format ~= nil and not tostring(format):match("^%%[%-+ 0#]*%d*") then
    error(("column %d must be a name, or a name and a format such as \"%%8.3f\""):format(place), 3)
  end
  local side, width = (format or ""):match("^%%[+ 0#]*(%-?)(%d*)")
  return { name = name, format = format, left = side == "-", width = tonumber(width) or #name }
end

--- An empty table of the given columns.
function results.new(columns)
  local own = {}
  for i, column in ipairs(columns) do own[i] = column_of(column, i) end
  return setmetatable({ columns = own, rows = {} }, results)
end

-- A value as text, without blanks around it.
local function cell(column, value)
  if value == nil or value == false then return "-" end
  if type(value) ~= "number" then return tostring(value) end
  if value ~= value then return "nan" end
  if math.abs(value) == math.huge then return tostring(value) end
  local format = column.format or (math.type(value) == "integer" and "%d" or "%.6g")
  local done, text = pcall(string.format, format, value)
  if not done then
    error(("column '%s' cannot show %s as %s"):format(column.name, value, format), 0)
  end
  return text:match("^%s*(.-)%s*$")
end

local function length(text) return utf8.len(text) or #text end

local function padded(text, width, left)
  local blanks = (" "):rep(width - length(text))
  return left and text .. blanks or blanks .. text
end

local function joined(words, separator)
  return (table.concat(words, separator):gsub("%s+$", ""))
end

--- The names of the columns, aligned as the formats say.
function results:heading()
  local words = {}
  for i, column in ipairs(self.columns) do
    words[i] = padded(column.name, column.width, column.left)
  end
  return joined(words, " ")
end

--- One readable line of a row, aligned as the formats say.
function results:line(row)
  local words = {}
  for i, column in ipairs(self.columns) do
    words[i] = padded(cell(column, row[i]), column.width, column.left)
  end
  return joined(words, " ")
end

local function place_of(self, name)
  for i, column in ipairs(self.columns) do
    if column.name == name then return i end
  end
  error(("there is no column '%s'"):format(name), 3)
end

-- A row by names as a list.
local function listed(self, row)
  local list = {}
  for i = 1, #self.columns do list[i] = false end
  for name, value in pairs(row) do list[place_of(self, name)] = value end
  return list
end

--- Adds a row; returns its line.
function results:add(row)
  if row[1] == nil and next(row) ~= nil then row = listed(self, row) end
  if #row ~= #self.columns then
    error(("a row must have %d values, got %d"):format(#self.columns, #row), 2)
  end
  self.rows[#self.rows + 1] = row
  return self:line(row)
end

--- The mean of a column over the rows that have a value there; nil where none has.
function results:mean(name)
  local place, sum, count = place_of(self, name), 0, 0
  for _, row in ipairs(self.rows) do
    if row[place] then sum, count = sum + row[place], count + 1 end
  end
  return count > 0 and sum / count or nil
end

local function is_numeric(rows, place)
  local found = false
  for _, row in ipairs(rows) do
    if row[place] and type(row[place]) ~= "number" then return false end
    found = found or row[place]
  end
  return found and true or false
end

-- What stands before a number's decimal point, and the rest.
local function halves(text)
  local whole = text:match("^[+-]?%d+") or text
  return whole, text:sub(#whole + 1)
end

-- The cells of a column; `fill(count, rest)` makes a number's missing decimals, of which the
-- widest has `count` characters.
local function aligned(self, place, fill)
  local column, cells, most = self.columns[place], {}, 0
  for k, row in ipairs(self.rows) do
    cells[k] = cell(column, row[place])
    local _, rest = halves(cells[k])
    most = math.max(most, #rest)
  end
  if not is_numeric(self.rows, place) then return cells, true end
  for k, text in ipairs(cells) do
    local _, rest = halves(text)
    cells[k] = fill(text, most - #rest)
  end
  return cells, false
end

-- Lines of a grid: the heading, then a line for each row, with widths of all columns alike.
local function grid(self, fill, escape, separator)
  local lines = {}
  for place, column in ipairs(self.columns) do
    local cells, left = aligned(self, place, fill)
    local name, width = escape(column.name), 0
    for k, text in ipairs(cells) do
      if left then cells[k] = escape(text) end
      width = math.max(width, length(cells[k]))
    end
    table.insert(cells, 1, name)
    width = math.max(width, length(name))
    for k, text in ipairs(cells) do
      lines[k] = lines[k] or {}
      lines[k][place] = padded(text, width, left)
    end
  end
  for k, words in ipairs(lines) do lines[k] = table.concat(words, separator) end
  return lines
end

local function with_blanks(text, missing) return text .. (" "):rep(missing) end
local function plainly(text) return text end

--- All rows as aligned text, the names of the columns first; this is what `print` shows.
function results:text()
  local lines = grid(self, with_blanks, plainly, "  ")
  for k, line in ipairs(lines) do lines[k] = line:gsub("%s+$", "") end
  return table.concat(lines, "\n")
end

results.__tostring = results.text

local function markdown_text(text)
  return (text:gsub("[\\`*_%[%]<>|~&]", "\\%0"):gsub("\r?\n", "<br>"))
end

--- All rows as a table of GitHub's Markdown.
function results:markdown()
  local lines, rule = grid(self, with_blanks, markdown_text, " | "), {}
  for place in ipairs(self.columns) do
    rule[place] = is_numeric(self.rows, place) and "---:" or ":---"
  end
  for k, line in ipairs(lines) do lines[k] = "| " .. line .. " |" end
  table.insert(lines, 2, "| " .. table.concat(rule, " | ") .. " |")
  return table.concat(lines, "\n") .. "\n"
end

local latex_words = {
  ["\\"] = "\\textbackslash{}", ["~"] = "\\textasciitilde{}", ["^"] = "\\textasciicircum{}",
  ["<"] = "\\textless{}", [">"] = "\\textgreater{}", ["|"] = "\\textbar{}", ["\n"] = " ",
}

local function latex_text(text)
  return (text:gsub("[\\~^<>|\n&%%$#_{}]", function(letter)
    return latex_words[letter] or "\\" .. letter
  end))
end

-- A number in mathematical type, with a blank as wide as the decimals that others have.
local function latex_number(text, missing)
  if text == "-" then return "--" .. latex_number("", missing) end
  if text == "nan" then return "nan" end
  local digits, power = text:match("^(.-)e([+-]?%d+)$")
  if digits then return ("$%s\\cdot 10^{%d}$"):format(digits, math.tointeger(tonumber(power))) end
  local blank = text:find(".", 1, true) and ("0"):rep(missing) or "." .. ("0"):rep(missing - 1)
  local number = text ~= "" and "$" .. text .. "$" or ""
  return missing > 0 and ("%s\\phantom{%s}"):format(number, blank) or number
end

--- All rows as a tabular for LaTeX with the package booktabs; with `caption` or `label` within a
--- table that floats.
function results:latex(options)
  local kinds = {}
  for place in ipairs(self.columns) do
    kinds[place] = is_numeric(self.rows, place) and "r" or "l"
  end
  local lines = grid(self, latex_number, latex_text, " & ")
  for k, line in ipairs(lines) do lines[k] = line .. " \\\\" end
  table.insert(lines, 1, ("\\begin{tabular}{%s}\n\\toprule"):format(table.concat(kinds)))
  table.insert(lines, 3, "\\midrule")
  lines[#lines + 1] = "\\bottomrule\n\\end{tabular}"
  local caption, label = (options or {}).caption, (options or {}).label
  if caption or label then
    table.insert(lines, 1, "\\begin{table}\n\\centering")
    if caption then table.insert(lines, 2, ("\\caption{%s}"):format(latex_text(caption))) end
    if label then lines[#lines + 1] = ("\\label{%s}"):format(label) end
    lines[#lines + 1] = "\\end{table}"
  end
  return "% needs \\usepackage{booktabs}\n" .. table.concat(lines, "\n") .. "\n"
end

-- The shortest of the usual forms that reads back as the same number.
local function digits_of(number)
  if math.type(number) == "integer" then return ("%d"):format(number) end
  local short = ("%.15g"):format(number)
  return tonumber(short) == number and short or ("%.17g"):format(number)
end

local function field(value)
  if value == nil or value == false then return "" end
  local text = type(value) == "number" and digits_of(value) or tostring(value)
  return text:find('[,"\r\n]') and '"' .. text:gsub('"', '""') .. '"' or text
end

--- All rows as comma-separated values, the names of the columns first, numbers with all digits.
function results:csv()
  local lines, names = {}, {}
  for i, column in ipairs(self.columns) do names[i] = field(column.name) end
  lines[1] = table.concat(names, ",")
  for k, row in ipairs(self.rows) do
    local words = {}
    for i = 1, #self.columns do words[i] = field(row[i]) end
    lines[k + 1] = table.concat(words, ",")
  end
  return table.concat(lines, "\n") .. "\n"
end

local writers = {
  csv = results.csv, md = results.markdown, tex = results.latex,
  txt = function(self) return self:text() .. "\n" end,
}

--- Writes the rows to a file, in the form that its ending tells (.csv, .md, .tex or .txt).
function results:save(path)
  local write = writers[path:match("%.(%w+)$")]
  if not write then
    error(("'%s' must end in .csv, .md, .tex or .txt"):format(path), 2)
  end
  bl.write(path, write(self))
end

return results
