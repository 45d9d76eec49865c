--- Any value as readable text: tables with their keys in order, of bounded size, cycles named.
--
--     local pretty = require "bilevel.pretty"
--     print(pretty { name = "foe", sizes = { 5, 7 } })     --> { name = "foe", sizes = { 5, 7 } }
--     print(pretty(answer, { depth = 2, items = 10 }))
--
-- What fits into a line stands in a line; otherwise there is a line for each entry. The options
-- bound its size: `width` of a line (80), `depth` of nesting (6), `items` of a table (40),
-- `characters` of a string (200), `total` of entries (1000). What is left out is a "…" with its
-- count.
local pretty = {}

local defaults = { width = 80, depth = 6, items = 40, characters = 200, total = 1000 }

local words = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch "%a+" do words[word] = true end

local function quoted(text, limit)
  local rest = ""
  if #text > limit then
    local cut = limit  -- not within a character
    while cut > 0 and text:byte(cut + 1) & 0xC0 == 0x80 do cut = cut - 1 end
    rest = (" … (%d bytes)"):format(#text)
    text = text:sub(1, cut)
  end
  return '"' .. text:gsub('[%c"\\]', function(letter)
    local names = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ['"'] = '\\"', ["\\"] = "\\\\" }
    return names[letter] or ("\\%03d"):format(letter:byte())
  end) .. '"' .. rest
end

local order = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local first, second = order[type(a)] or 4, order[type(b)] or 4
  if first ~= second then return first < second end
  if first <= 2 then return a < b end
  return tostring(a) < tostring(b)
end

-- The keys besides 1 … #list: numbers, names, the rest.
local function other_keys(list, count)
  local keys = {}
  for key in next, list do
    local is_element = math.type(key) == "integer" and key >= 1 and key <= count
    if not is_element then keys[#keys + 1] = key end
  end
  table.sort(keys, before)
  return keys
end

local text_of

local function key_text(key, state)
  if type(key) == "string" and key:match "^[%a_][%w_]*$" and not words[key] then return key end
  return "[" .. text_of(key, "", state) .. "]"
end

-- The entries of a table, at most as many as asked for.
local function entries(list, indent, state)
  local count = rawlen(list)
  local keys, texts = other_keys(list, count), {}
  local total, shown = count + #keys, 0
  for i = 1, math.min(total, state.items) do
    if state.total <= 0 then break end
    state.total, shown = state.total - 1, i
    if i <= count then
      texts[i] = text_of(rawget(list, i), indent, state)
    else
      local key = keys[i - count]
      texts[i] = key_text(key, state) .. " = " .. text_of(rawget(list, key), indent, state)
    end
  end
  if total > shown then texts[#texts + 1] = ("… %d more"):format(total - shown) end
  return texts
end

-- One entry a line, but short ones, as of a list of numbers, side by side.
local function lines_of(texts, indent, width)
  for _, text in ipairs(texts) do
    if #text > 12 then return table.concat(texts, ",\n" .. indent) end
  end
  local lines, line = {}, texts[1]
  for i = 2, #texts do
    if #indent + #line + #texts[i] + 3 > width then
      lines[#lines + 1], line = line, texts[i]
    else
      line = line .. ", " .. texts[i]
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, ",\n" .. indent)
end

local function table_text(list, indent, state)
  if state.open[list] then return "<the same table, " .. state.open[list] .. " up>" end
  if next(list) == nil then return "{}" end
  if state.level >= state.depth then return "{ … }" end
  for outer in next, state.open do state.open[outer] = state.open[outer] + 1 end
  state.open[list], state.level = 1, state.level + 1
  local inner = indent .. "  "
  local texts = entries(list, inner, state)
  state.open[list], state.level = nil, state.level - 1
  for outer in next, state.open do state.open[outer] = state.open[outer] - 1 end
  local line = "{ " .. table.concat(texts, ", ") .. " }"
  if #indent + #line <= state.width and not line:find("\n", 1, true) then return line end
  return "{\n" .. inner .. lines_of(texts, inner, state.width) .. ",\n" .. indent .. "}"
end

function text_of(value, indent, state)
  local kind = type(value)
  if kind == "string" then return quoted(value, state.characters) end
  if kind == "number" then return tostring(value) end
  local metatable = getmetatable(value)
  local shows_itself = type(metatable) == "table" and rawget(metatable, "__tostring")
  if kind == "table" and not shows_itself then return table_text(value, indent, state) end
  if kind == "function" or kind == "thread" then return "<" .. kind .. ">" end
  local _, text = pcall(tostring, value)  -- a closed object has no text, but a message
  return (tostring(text):gsub("\n", "\n" .. indent))
end

--- A value as text; `options` bound its size.
function pretty.text(value, options)
  local state = { open = {}, level = 0 }
  for name, default in next, defaults do state[name] = (options or {})[name] or default end
  for name in next, options or {} do
    if not defaults[name] then
      error(("pretty has no option '%s'; it has "
        .. "characters, depth, items, total and width"):format(name), 2)
    end
  end
  return text_of(value, "", state)
end

--- Prints values, one below the other.
function pretty.print(...)
  for i = 1, select("#", ...) do print(pretty.text((select(i, ...)))) end
end

return setmetatable(pretty, {
  __call = function(_, value, options) return pretty.text(value, options) end,
})
