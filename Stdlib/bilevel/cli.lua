--- A script's own command-line options, declared once.
--
--     local opt = require "bilevel.cli".options {
--       "Learns a denoiser.",
--       { "input", help = "folder of PNG or JPEG images" },
--       count    = { default = 25, help = "training images", short = "n" },
--       channels = { number = true, list = true, help = "channels of each layer" },
--       smoke    = { default = false, help = "a run of a few seconds", group = "Testing" },
--     }
--
-- An option takes the type of its default: a number, a string, or a switch when it is true or
-- false. Without a default it is a string, and nil when absent. Further fields:
--
--     number, integer     true: it is a number, or a whole one
--     minimum, maximum    bounds of the number
--     choices             a list of the strings allowed
--     list                true: several values with commas between them, as a list
--     required            true: it must be given
--     short               one letter, for `-n 25`
--     group               the heading under which --help lists it
--
-- On the command line underscores are dashes; `--count 25` and `--count=25` are the same; a switch
-- that is on is turned off with `--no-…`; what follows `--` is no option. A string in the list
-- part tells what the script does. A table there is a positional argument: its name and `help`,
-- with `required` or, for the last one, `rest = true`, which takes all that is left as a list.
--
-- `--help` prints all this and ends the script; a wrong option is an error that names the right
-- one.
local cli = {}

local known = {
  default = true, help = true, number = true, integer = true, minimum = true, maximum = true,
  choices = true, list = true, required = true, short = true, group = true, rest = true,
}

-- ---- Names

-- The number of letters to insert, remove, replace or swap with a neighbour.
local function distance(a, b)
  local rows = { [0] = {} }
  for j = 0, #b do rows[0][j] = j end
  for i = 1, #a do
    rows[i] = { [0] = i }
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      local best = math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        best = math.min(best, rows[i - 2][j - 2] + 1)
      end
      rows[i][j] = best
    end
  end
  return rows[#a][#b]
end

-- " (did you mean 'x'?)" for the nearest of the names, if one is near.
local function hint(word, names)
  local best, least
  local tolerated = math.max(1, #word // 3)
  for _, name in ipairs(names) do
    local away = distance(word:lower(), name:lower())
    local is_start = #word >= 4 and name:sub(1, #word) == word
    local is_near = away <= tolerated or is_start
    if is_near and (not least or away < least) then best, least = name, away end
  end
  return best and (" (did you mean '%s'?)"):format(best) or ""
end

local function flag(name)
  return "--" .. name:gsub("_", "-")
end

local function is_number(declaration)
  return declaration.number or declaration.integer or type(declaration.default) == "number"
end

local function is_switch(declaration)
  return type(declaration.default) == "boolean"
end

local function sorted_names(declarations)
  local names = {}
  for name in pairs(declarations) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- ---- Help

local function kind_of(declaration)
  if is_switch(declaration) then return "" end
  local kind = is_number(declaration) and "N" or "TEXT"
  if declaration.choices then kind = table.concat(declaration.choices, "|") end
  return " " .. kind .. (declaration.list and ",…" or "")
end

local function default_of(declaration)
  local default = declaration.default
  if default == nil or default == false then
    return declaration.required and " (required)" or ""
  end
  if type(default) == "table" then default = table.concat(default, ",") end
  return (" (default %s)"):format(default == true and "on" or default)
end

-- Two columns, the second one broken between words.
local function entry(head, text)
  local lines, line = {}, ""
  for word in text:gmatch "%S+" do
    if #line > 0 and #line + #word > 68 then lines[#lines + 1], line = line, "" end
    line = line == "" and word or line .. " " .. word
  end
  lines[#lines + 1] = line
  local first = ("  %-26s  "):format(head)
  if utf8.len(head) > 26 then first = ("  %s\n%30s"):format(head, "") end
  return ((first .. table.concat(lines, "\n" .. (" "):rep(30))):gsub("%s+$", ""))
end

local function describe(name, declaration)
  local head = flag(is_switch(declaration) and declaration.default and "no_" .. name or name)
  if declaration.short then head = "-" .. declaration.short .. ", " .. head end
  return entry(head .. kind_of(declaration), (declaration.help or "") .. default_of(declaration))
end

local function parts_of(declarations)
  local description, positional = nil, {}
  for _, part in ipairs(declarations) do
    if type(part) == "string" then description = part else positional[#positional + 1] = part end
  end
  return description, positional
end

local function usage_line(positional)
  local words = { "usage: bilevel-lua", arg and arg[0] or "script.lua", "[options]" }
  for _, part in ipairs(positional) do
    local word = part.rest and part[1] .. " …" or part[1]
    words[#words + 1] = part.required and word or "[" .. word .. "]"
  end
  return table.concat(words, " ")
end

-- The options by group, those without one first.
local function add_groups(lines, declarations)
  local groups, headings = {}, {}
  for _, name in ipairs(sorted_names(declarations)) do
    local group = declarations[name].group or ""
    if not groups[group] then
      groups[group] = {}
      headings[#headings + 1] = group
    end
    table.insert(groups[group], describe(name, declarations[name]))
  end
  table.sort(headings)
  for _, heading in ipairs(headings) do
    if heading ~= "" then lines[#lines + 1] = heading .. ":" end
    for _, line in ipairs(groups[heading]) do lines[#lines + 1] = line end
    if heading == "" then lines[#lines + 1] = entry("--help", "this text") end
  end
  if not groups[""] then lines[#lines + 1] = entry("--help", "this text") end
end

--- The text that `--help` prints.
function cli.usage(declarations)
  local description, positional = parts_of(declarations)
  local lines = { usage_line(positional) }
  if description then lines[2] = description end
  for _, part in ipairs(positional) do
    lines[#lines + 1] = entry(part[1], (part.help or "") .. default_of(part))
  end
  add_groups(lines, declarations)
  return table.concat(lines, "\n")
end

-- ---- Reading

local function fail(declarations, message, ...)
  error(message:format(...) .. "\n" .. cli.usage(declarations), 0)
end

local function number_of(declarations, declaration, title, text)
  local number = tonumber(text)
  local kind = declaration.integer and "a whole number" or "a number"
  if declaration.integer and number then number = math.tointeger(number) end
  local low, high = declaration.minimum, declaration.maximum
  if low then kind = kind .. " >= " .. low end
  if high then kind = kind .. (low and " and <= " or " <= ") .. high end
  local fits = number and number == number and (not low or number >= low)
    and (not high or number <= high)
  if not fits then fail(declarations, "%s must be %s, got '%s'", title, kind, text) end
  return number
end

local function single(declarations, declaration, title, text)
  if is_number(declaration) then return number_of(declarations, declaration, title, text) end
  if not declaration.choices then return text end
  for _, choice in ipairs(declaration.choices) do
    if choice == text then return text end
  end
  fail(declarations, "%s must be one of %s, got '%s'%s", title,
    table.concat(declaration.choices, ", "), text, hint(text, declaration.choices))
end

local function converted(declarations, declaration, title, text)
  if not declaration.list then return single(declarations, declaration, title, text) end
  local list = {}
  for item in (text .. ","):gmatch "(.-),%s*" do
    list[#list + 1] = single(declarations, declaration, title, item)
  end
  return list
end

local function check(declarations, names)
  for _, name in ipairs(names) do
    if type(declarations[name]) ~= "table" then
      error(("option '%s' must be declared by a table"):format(name), 4)
    end
    for field in pairs(declarations[name]) do
      if not known[field] then
        error(("option '%s' has no field '%s'%s"):format(name, field,
          hint(tostring(field), sorted_names(known))), 4)
      end
    end
  end
end

-- The names of options by what stands on the command line, and whether it turns a switch off.
local function by_flag(declarations, names)
  local flags, offs, words = {}, {}, { "--help" }
  for _, name in ipairs(names) do
    local declaration = declarations[name]
    words[#words + 1] = flag(name)
    flags[flag(name)] = name
    if declaration.short then flags["-" .. declaration.short] = name end
    if is_switch(declaration) then
      flags[flag("no_" .. name)] = flags[flag("no_" .. name)] or name
      offs[flag("no_" .. name)] = flags[flag("no_" .. name)] == name
    end
  end
  return flags, offs, words
end

-- Gives the words that are no options to the positional arguments.
local function place(declarations, positional, words, values)
  local taken = 0
  for _, part in ipairs(positional) do
    local name = part[1]
    if part.rest then
      values[name] = {}
      for i = taken + 1, #words do
        values[name][i - taken] = converted(declarations, part, name, words[i])
      end
      taken = #words
    elseif taken < #words then
      taken = taken + 1
      values[name] = converted(declarations, part, name, words[taken])
    else
      values[name] = part.default
    end
    local missing = values[name] == nil or part.rest and #values[name] == 0
    if part.required and missing then fail(declarations, "%s is missing", name) end
  end
  if taken < #words then
    fail(declarations, "unknown argument '%s'; options start with --", words[taken + 1])
  end
end

-- Takes one option from the arguments; answers the place of its last word.
local function take(declarations, arguments, i, table_of_flags, values)
  local word, text = arguments[i], nil
  local head, tail = word:match "^(%-%-[^=]+)=(.*)$"
  if head then word, text = head, tail end
  local name = table_of_flags.flags[word]
  if not name then
    fail(declarations, "unknown option '%s'%s", word, hint(word, table_of_flags.words))
  end
  local declaration = declarations[name]
  if is_switch(declaration) then
    if text then fail(declarations, "%s takes no value, got '%s'", word, text) end
    values[name] = not table_of_flags.offs[word]
    return i
  end
  if not text then
    i = i + 1
    text = arguments[i]
  end
  if not text then fail(declarations, "%s needs a value", word) end
  values[name] = converted(declarations, declaration, word, text)
  return i
end

--- Reads the script's arguments (or the given list) as the declared options.
function cli.options(declarations, arguments)
  arguments = arguments or arg or {}
  local names = sorted_names(declarations)
  check(declarations, names)
  local values, words, table_of_flags = {}, {}, {}
  for _, name in ipairs(names) do values[name] = declarations[name].default end
  table_of_flags.flags, table_of_flags.offs, table_of_flags.words = by_flag(declarations, names)
  local i, only_words = 1, false
  while i <= #arguments do
    local word = arguments[i]
    if only_words or word == "-" or word:sub(1, 1) ~= "-" then
      words[#words + 1] = word
    elseif word == "--" then
      only_words = true
    elseif (word == "--help" or word == "-h") and not table_of_flags.flags[word] then
      print(cli.usage(declarations))
      os.exit(0, true)
    else
      i = take(declarations, arguments, i, table_of_flags, values)
    end
    i = i + 1
  end
  local _, positional = parts_of(declarations)
  place(declarations, positional, words, values)
  for _, name in ipairs(names) do
    if declarations[name].required and values[name] == nil then
      fail(declarations, "%s is missing", flag(name))
    end
  end
  return values
end

return cli
