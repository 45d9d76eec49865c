--- Tables of results: aligned lines for the reader, comma-separated values for other programs.
--
--     local table_of_images = require "bilevel.tables".new {
--       { "image", "%-20s" }, { "psnr", "%8.3f" }, { "iterations", "%10d" },
--     }
--     print(table_of_images:heading())
--     print(table_of_images:add { "lena.png", 28.1, 40 })
--     table_of_images:save "out/results.csv"
--
-- A column is its name and the format of its values on the screen. A row is a list of values in
-- the order of the columns; false stands for a value that is missing.
local tables = {}
tables.__index = tables

--- An empty table of the given columns.
function tables.new(columns)
  for i, column in ipairs(columns) do
    if type(column[1]) ~= "string" or not tostring(column[2]):match("^%%%-?%d+") then
      error(("column %d must be a name and a format with a width, such as \"%%8.3f\""):format(i), 2)
    end
  end
  return setmetatable({ columns = columns, rows = {} }, tables)
end

local function padded(text, format)
  local side, width = format:match("^%%(%-?)(%d+)")
  local blanks = (" "):rep(tonumber(width) - (utf8.len(text) or #text))
  return side == "-" and text .. blanks or blanks .. text
end

--- The names of the columns, aligned as the values are.
function tables:heading()
  local words = {}
  for i, column in ipairs(self.columns) do words[i] = padded(column[1], column[2]) end
  return (table.concat(words, " "):gsub("%s+$", ""))
end

--- One readable line of a row.
function tables:line(row)
  local words = {}
  for i, column in ipairs(self.columns) do
    local value, format = row[i], column[2]
    if not value then
      words[i] = padded("-", format)
    elseif type(value) == "string" then
      words[i] = padded(value, format)
    else
      words[i] = format:format(value)
    end
  end
  return (table.concat(words, " "):gsub("%s+$", ""))
end

--- Adds a row; returns its line.
function tables:add(row)
  if #row ~= #self.columns then
    error(("a row must have %d values, got %d"):format(#self.columns, #row), 2)
  end
  self.rows[#self.rows + 1] = row
  return self:line(row)
end

--- The mean of a column over the rows that have a value there; nil where none has.
function tables:mean(name)
  for i, column in ipairs(self.columns) do
    if column[1] == name then
      local sum, count = 0, 0
      for k, row in ipairs(self.rows) do
        local value = row[i]
        if value and type(value) ~= "number" then
          error(("column '%s' has no mean: row %d holds '%s'"):format(name, k, value), 2)
        end
        if value then sum, count = sum + value, count + 1 end
      end
      return count > 0 and sum / count or nil
    end
  end
  error(("there is no column '%s'"):format(name), 2)
end

local function field(value)
  if not value then return "" end
  local text = type(value) == "number" and ("%.17g"):format(value) or tostring(value)
  if math.type(value) == "integer" then text = ("%d"):format(value) end
  return text:find('[,"\r\n]') and '"' .. text:gsub('"', '""') .. '"' or text
end

--- All rows as comma-separated values, the names of the columns first (RFC 4180).
function tables:csv()
  local lines, names = {}, {}
  for i, column in ipairs(self.columns) do names[i] = field(column[1]) end
  lines[1] = table.concat(names, ",")
  for k, row in ipairs(self.rows) do
    local words = {}
    for i = 1, #self.columns do words[i] = field(row[i]) end
    lines[k + 1] = table.concat(words, ",")
  end
  return table.concat(lines, "\n") .. "\n"
end

--- Writes the values to a file in a folder that exists: beside it first, so that the file is whole
--- or as it was.
function tables:save(path)
  local beside = path .. ".part"
  local file, problem = io.open(beside, "w")
  if not file then error(problem, 2) end
  local done, failure = file:write(self:csv())
  local closed, why = file:close()
  if done and closed then done, failure = os.rename(beside, path) else failure = failure or why end
  if not (done and closed) then
    os.remove(beside)
    error(("%s: cannot write: %s"):format(path, failure), 2)
  end
end

return tables
