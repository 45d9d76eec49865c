--- A script's own command-line options, declared once.
--
--     local opt = require "bilevel.cli".options {
--       images = { help = "folder of PNG or JPEG images" },
--       count  = { default = 25, help = "training images" },
--       smoke  = { default = false, help = "a run of a few seconds" },
--     }
--
-- An option takes the type of its default: a number, a string, or a switch when it is `false`.
-- Without a default it is a string, and nil when absent; `number = true` makes it a number.
-- `choices` lists the strings allowed. `--help` prints the options and ends the script; a wrong
-- option is an error that lists the right ones. Underscores in names are dashes on the command
-- line.
local cli = {}

local function flag(name)
  return "--" .. name:gsub("_", "-")
end

local function is_number(declaration)
  return declaration.number or type(declaration.default) == "number"
end

local function is_switch(declaration)
  return type(declaration.default) == "boolean"
end

local function sorted_names(declarations)
  local names = {}
  for name in pairs(declarations) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function describe(name, declaration)
  local kind = " TEXT"
  if declaration.choices then
    kind = " " .. table.concat(declaration.choices, "|")
  elseif is_number(declaration) then
    kind = " N"
  elseif is_switch(declaration) then
    kind = ""
  end
  local text = declaration.help or ""
  if declaration.default ~= nil and declaration.default ~= false then
    text = text .. (" (default %s)"):format(declaration.default)
  end
  local head = flag(name) .. kind
  if #head > 26 then return ("  %s\n  %26s  %s"):format(head, "", text) end
  return ("  %-26s  %s"):format(head, text)
end

--- The text that `--help` prints.
function cli.usage(declarations)
  local lines = { ("usage: bilevel-lua %s [options]"):format(arg and arg[0] or "script.lua") }
  for _, name in ipairs(sorted_names(declarations)) do
    lines[#lines + 1] = describe(name, declarations[name])
  end
  lines[#lines + 1] = ("  %-26s  %s"):format("--help", "this text")
  return table.concat(lines, "\n")
end

local function fail(declarations, message, ...)
  error(message:format(...) .. "\n" .. cli.usage(declarations), 0)
end

local function converted(declarations, name, text)
  local declaration = declarations[name]
  if is_number(declaration) then
    local number = tonumber(text)
    if not number then fail(declarations, "%s must be a number, got '%s'", flag(name), text) end
    return number
  end
  if not declaration.choices then return text end
  for _, choice in ipairs(declaration.choices) do
    if choice == text then return text end
  end
  fail(declarations, "%s must be one of %s, got '%s'", flag(name),
    table.concat(declaration.choices, ", "), text)
end

--- Reads the script's arguments (or the given list) as the declared options.
function cli.options(declarations, arguments)
  arguments = arguments or arg or {}
  local values, by_flag = {}, {}
  for name, declaration in pairs(declarations) do
    values[name] = declaration.default
    by_flag[flag(name)] = name
  end
  local i = 1
  while i <= #arguments do
    local word, text = arguments[i], nil
    if word == "--help" or word == "-h" then
      print(cli.usage(declarations))
      os.exit(0, true)
    end
    local head, tail = word:match("^(%-%-[^=]+)=(.*)$")
    if head then word, text = head, tail end
    local name = by_flag[word]
    if not name then fail(declarations, "unknown option '%s'", word) end
    if is_switch(declarations[name]) then
      if text then fail(declarations, "%s takes no value, got '%s'", word, text) end
      values[name] = true
    else
      if not text then
        i = i + 1
        text = arguments[i]
      end
      if not text then fail(declarations, "%s needs a value", word) end
      values[name] = converted(declarations, name, text)
    end
    i = i + 1
  end
  return values
end

return cli
