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

--- The regularizer that a file of parameters belongs to: as the file says, or of the given name and
--- arguments.
local function of(theta, options)
  if options.regularizer then
    return constructor(options.regularizer)(models.arguments(options.set))
  end
  if options.set then error("--set needs --regularizer", 0) end
  local told, regularizer = pcall(theta.regularizer, theta)
  if told then return regularizer end
  error(("--regularizer must say what the parameters in %s belong to: %s"):format(
    options.parameters, regularizer), 0)
end

--- The regularizer and the parameters of a model, from options: `parameters`, a file that
--- theta:save wrote, or `weights`, a file of another program for a constructor with an argument of
--- that name; `regularizer`, the constructor's name, and `set`, its arguments, both of which a
--- .safetensors file of parameters tells by itself. Without a file the regularizer's initial
--- parameters. The second result is a function of the problem, since only that has initial
--- parameters.
function models.load(options)
  if options.parameters and options.weights then
    error("give --parameters or --weights, not both", 0)
  end
  if options.parameters then
    local theta = bl.parameters.load(options.parameters)
    return of(theta, options), function() return theta end
  end
  local arguments, name = models.arguments(options.set), options.regularizer
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
