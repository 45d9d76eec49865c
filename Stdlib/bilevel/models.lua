--- Regularizers by name with arguments from the command line, and models from files: what was
--- learned here, or the weights of other people's programs.
local bl = require "bilevel"
local models = {}

local function converted(text)
  if text == "true" or text == "false" then return text == "true" end
  return tonumber(text) or text
end

--- The arguments in a text such as "filters=48,size=7,channels=4:8:64,potential=huber"; a colon
--- separates the elements of a list.
function models.arguments(text)
  local arguments = {}
  for part in (text or ""):gmatch("[^,]+") do
    local name, value = part:match("^%s*([%w_]+)%s*=%s*(.-)%s*$")
    if not name or value == "" then
      error(("--set must be name=value,name=value,..., got '%s'"):format(text), 0)
    end
    if value:find(":", 1, true) then
      local list = {}
      for element in value:gmatch("[^:]+") do list[#list + 1] = converted(element) end
      arguments[name] = list
    else
      arguments[name] = converted(value)
    end
  end
  return arguments
end

local function constructor(name)
  local found, make = pcall(function() return bl.regularizer[name] end)
  if found and make then return make end
  local names = {}
  for known in pairs(bl.regularizer) do names[#names + 1] = tostring(known) end
  table.sort(names)
  error(("--regularizer must be one of %s, got '%s'"):format(table.concat(names, ", "), name), 0)
end

--- The shape of a block of parameters; nil where there is none of that name.
local function shape_of(theta, name)
  local found, shape = pcall(function() return theta[name]:shape() end)
  return found and shape or nil
end

--- The regularizer that parameters belong to, from the names and shapes of their blocks; nil where
--- these do not say it.
local function guessed(theta, arguments)
  local filters = shape_of(theta, "filters")
  if filters and #filters == 4 and shape_of(theta, "log_smoothing") then
    arguments.filters = arguments.filters or filters[1]
    arguments.channels = arguments.channels or filters[2]
    arguments.size = arguments.size or filters[3]
    return "fields_of_experts"
  end
  if shape_of(theta, "log_weight") and shape_of(theta, "log_smoothing") then
    return "total_variation"
  end
  return nil
end

--- The regularizer and the parameters of a model, from options:
--- `parameters`, a file that theta:save wrote, or `weights`, a file of another program for a
--- constructor with an argument of that name; `regularizer`, the constructor's name, which
--- parameters of Fields of Experts and total variation need not give; `set`, its arguments.
--- Without a file the regularizer's initial parameters. The second result is a function of the
--- problem, since only that has initial parameters.
function models.load(options)
  if options.parameters and options.weights then
    error("give --parameters or --weights, not both", 0)
  end
  local arguments = models.arguments(options.set)
  local name = options.regularizer
  if options.parameters then
    local theta = bl.parameters.load(options.parameters)
    local found = guessed(theta, arguments)
    if not (name or found) then
      error(("--regularizer must say what the parameters in %s belong to"):format(
        options.parameters), 0)
    end
    return constructor(name or found)(arguments), function() return theta end
  end
  if options.weights then
    if not name then
      error("--weights needs --regularizer, such as convex_ridge or icnn", 0)
    end
    arguments.weights = bl.load(options.weights)
  end
  local make = constructor(name or "total_variation")
  return make(arguments), function(problem) return problem:parameters { seed = 3 } end
end

return models
