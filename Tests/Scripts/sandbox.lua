-- What a script that came by mail might try: each attempt must come to nothing.
-- Arguments: a folder outside of the working directory; within the latter, a link to that folder, a
-- link to a file there, and a link to a file there that does not exist.
local bl = require "bilevel"
local outside, link, file_link, dangling = arg[1], arg[2], arg[3], arg[4]
local attempts = {}

local function attempt(title, body)
  attempts[#attempts + 1] = { title = title, body = body }
end

-- Calls and answers the message of the error that there must be, which the pattern must match.
local function refused(pattern, body, ...)
  local done, message = pcall(body, ...)
  assert(not done, "not refused")
  message = tostring(message)
  assert(message:find(pattern), "refused, but with: " .. message)
  return message
end

-- As above, or nil and a message.
local function failing(pattern, body, ...)
  local done, first, message = pcall(body, ...)
  message = tostring(done and message or first)
  assert(not done or not first, "not refused")
  assert(message:find(pattern), "refused, but with: " .. message)
end

-- ---- Commands, bytecode, the inside of the machine

for _, call in ipairs {
  "os.execute('true')", "io.popen('true')", "os.tmpname()", "io.tmpfile()",
  "package.loadlib('libm.so.6', '*')", "string.dump(print)", "('').dump(function() end)",
  "os.setlocale('de_DE.UTF-8')",
} do
  attempt("refused: " .. call, function() refused("is not open to scripts", load(call)) end)
end

-- A function of Lua 5.4 as luac writes it, as far as its header.
local bytecode = "\27Lua\x54\0\x19\x93\r\n\x1a\n\4\8\8" .. ("\0"):rep(64)

attempt("load of bytecode", function() failing("binary chunk", load, bytecode) end)
attempt("load of bytecode as binary", function() failing("only text", load, bytecode, "x", "b") end)
attempt("load of bytecode as anything", function()
  failing("binary chunk", load, bytecode, "x", "bt")
end)
attempt("load of bytecode in an environment", function()
  failing("binary chunk", load, bytecode, "x", nil, {})
end)
attempt("load of bytecode in pieces", function()
  local pieces = { "\27", "Lua", bytecode:sub(5) }
  failing("binary chunk", load, function() return table.remove(pieces, 1) end)
end)
attempt("loadfile of bytecode", function()
  local file <close> = assert(io.open(link .. ".luac", "wb"))
  file:write(bytecode) file:flush()
  failing("binary chunk", loadfile, link .. ".luac")
  refused("binary chunk", dofile, link .. ".luac")
end)
attempt("require of bytecode", function()
  local path = package.path
  package.path = link .. ".luac"
  refused("binary chunk", require, "anything")
  package.path = path
  os.remove(link .. ".luac")
end)
attempt("load in an environment that leads back", function()
  local inner = load("return os.execute", "x", "t", setmetatable({}, { __index = _G }))()
  refused("not open", inner, "true")
end)
attempt("load does not leave its environment", function()
  local environment = {}
  load("x = 1; y = print", "x", "t", environment)()
  assert(environment.x == 1 and environment.y == nil and rawget(_G, "x") == nil)
end)

attempt("debug has a traceback only", function()
  for name in pairs(debug) do assert(name == "traceback", name) end
  for name in pairs(require "debug") do assert(name == "traceback", name) end
  assert(package.loaded.debug == debug)
end)
attempt("no registry by package", function()
  assert(package.loaded._G == _G and package.loaded.package == package)
  assert(package.cpath == "" and #package.searchers == 3)
  for _, searcher in ipairs(package.searchers) do pcall(searcher, "debug") end
end)
attempt("a C module by cpath", function()
  package.cpath = "/usr/lib/x86_64-linux-gnu/lua/5.4/?.so;./?.so"
  refused("module 'lfs' not found", require, "lfs")
  package.cpath = ""
end)
attempt("a C library as a module", function()
  local path = package.path
  package.path = "/lib/x86_64-linux-gnu/libm.so.6;/usr/lib/libSystem.dylib"
  refused(".", require, "libm")
  package.path = path
end)
attempt("a searcher of one's own gets no more", function()
  table.insert(package.searchers, 1, function() return function() return os.execute end end)
  refused("not open", require "sandbox_loader", "true")
  table.remove(package.searchers, 1)
  package.loaded.sandbox_loader = nil
end)
attempt("traceback of nonsense", function()
  assert(debug.traceback(nil) and debug.traceback({}, 1000000))
  refused("no integer representation", debug.traceback, "x", 1e300)
  debug.traceback(coroutine.create(print), "x", math.maxinteger)
end)

-- ---- Metatables, and objects of the library

attempt("the metatable of strings", function()
  local index = getmetatable("").__index
  getmetatable("").__index = function() return os.execute end
  local got = ("x").anything
  getmetatable("").__index = index
  refused("not open", got, "true")
  assert(tostring(bl.zeros { 2 }):find "Tensor")
end)
attempt("the metatable of files", function()
  local metatable = getmetatable(io.stdout)
  refused("FILE%*", metatable.__gc, {})
  refused("FILE%*", metatable.__gc, bl.zeros { 1 })
  refused("FILE%*", metatable.__index.write, bl.zeros { 1 }, "x")
end)
attempt("the metatable of objects", function()
  local t = bl.zeros { 2 }
  assert(getmetatable(t) == "tensor")
  refused("table expected", setmetatable, t, {})
  refused(".", rawset, t, "sum", 1)
  refused(".", rawget, t, "sum")
end)
attempt("methods without their object", function()
  local t = bl.zeros { 2 }
  refused("tensor:sum", t.sum, 1)
  refused("tensor:sum", t.sum, io.stdout)
  refused("tensor:sum", t.sum, bl.operator.identity())
  refused(".", t.sum)
end)
attempt("methods of objects of another type", function()
  local theta = bl.problem { data = bl.data.dead_leaves { count = 1, size = 8, seed = 1 }
    :observe { noise = bl.noise.none() }, regularizer = bl.regularizer.tikhonov() }:parameters()
  refused("parameters", theta.vector, bl.zeros { 1 })
end)
attempt("objects after they were closed", function()
  local kept
  do
    local t <close> = bl.ones { 4 }
    kept = t
  end
  refused("closed", function() return kept:sum() end)
  refused("closed", function() return kept + 1 end)
  refused("closed", function() return bl.stack { kept, kept } end)
  refused("closed", tostring, kept)
  refused("closed", function() kept[1] = 2 end)
end)
attempt("objects raised from the dead", function()
  local kept
  for _ = 1, 50 do
    setmetatable({ bl.ones { 4 } }, { __gc = function(dead) kept = dead[1] end })
  end
  collectgarbage()
  collectgarbage()
  local done, message = pcall(function() return kept:sum() end)
  assert(done and message == 4 or tostring(message):find "closed", tostring(message))
end)
attempt("an object changed while it is being changed", function()
  local t = bl.ones { 2 }
  pcall(function() t[{ setmetatable({}, { __index = function() t[1] = 5 end }) }] = 1 end)
  assert(t:size() == 2)
end)
attempt("the library's tables", function()
  local zeros = bl.zeros
  bl.zeros = function() return "mine" end
  assert(require("bilevel").zeros() == "mine" and bl.ones { 1 }:size() == 1)
  bl.zeros = zeros
  refused("has no 'nonsense'", function() return bl.nonsense end)
end)
attempt("foreign values for the library", function()
  refused("foreign", bl.stack, { coroutine.create(print) })
  refused("foreign", bl.tensor, io.stdout)
end)
attempt("tables that contain themselves, or are too deep", function()
  local loop = {}
  loop[1] = loop
  refused("nested too deeply", bl.tensor, loop)
  local deep = {}
  for _ = 1, 1000 do deep = { deep } end
  refused("nested too deeply", bl.tensor, deep)
end)
attempt("tables that lie about themselves", function()
  local liar = setmetatable({}, {
    __len = function() return 1 << 60 end, __index = function() return 1 end,
    __pairs = function() error "called" end,
  })
  refused("missing", bl.zeros, liar)  -- only what is in the table counts
  assert(#bl.data.dead_leaves(setmetatable({ size = 8 }, { __index = { count = 3 } })) == 25)
end)
attempt("a library's function as a coroutine", function()
  refused(".", coroutine.wrap(bl.zeros), { -1 })
  local step = coroutine.wrap(function()
    local ds = bl.data.dead_leaves { count = 1, size = 8, seed = 1 }
      :map(function(image) coroutine.yield(1) return image end)
    return ds[1]
  end)
  refused("yield", function() for _ = 1, 3 do step() end end)
end)

-- ---- Files

local samples = bl.data.dead_leaves { count = 1, size = 8, seed = 1 }
  :observe { noise = bl.noise.none() }
local problem = bl.problem { data = samples, regularizer = bl.regularizer.tikhonov() }
local theta = problem:parameters()
local steps = bl.optimizer.maid { eps = 0.1, delta = 0.1 }:steps(problem, theta,
  { max_iterations = 1 })
steps()

local writers = {
  ["io.open w"] = function(path) return assert(io.open(path, "w")) end,
  ["io.open a"] = function(path) return assert(io.open(path, "a")) end,
  ["io.open r+"] = function(path) return assert(io.open(path, "r+")) end,
  ["io.open w+b"] = function(path) return assert(io.open(path, "w+b")) end,
  ["io.output"] = function(path) io.output(path) end,
  ["os.remove"] = function(path) assert(os.remove(path)) end,
  ["os.rename from"] = function(path) assert(os.rename(path, link .. ".moved")) end,
  ["os.rename to"] = function(path)
    local file = assert(io.open(link .. ".here", "w"))
    file:close()
    assert(os.rename(link .. ".here", path))
  end,
  ["tensor:save"] = function(path) bl.ones { 2 }:save(path .. ".npy") end,
  ["bl.save npz"] = function(path) bl.save(path .. ".npz", { a = bl.ones { 2 } }) end,
  ["bl.save safetensors"] = function(path)
    bl.save(path .. ".safetensors", { a = bl.ones { 2 } })
  end,
  ["theta:save"] = function(path) theta:save(path .. ".safetensors") end,
  ["state:save"] = function(path) steps:state():save(path) end,
  ["picture:save"] = function(path) bl.plot.image(samples[1].truth):save(path .. ".png") end,
}

local working = os.getenv "PWD"
local paths = {
  ["an absolute path"] = outside .. "/escaped",
  ["a path through .."] = "../escaped",
  ["a path through a folder and .."] = "Tests/../../escaped",
  ["a path through a missing folder and .."] = "missing/../../escaped",
  ["a link to a folder"] = link .. "/escaped",
  ["a link to a folder, and a new folder"] = link .. "/new/escaped",
  ["a folder like the working one"] = working and working .. "x/escaped" or "../escaped",
}
-- Links to files have their own names, to which no writer may add an ending.
local link_paths = { ["a link to a file"] = file_link, ["a link to nowhere"] = dangling }
local plain = { "io.open w", "io.open a", "io.open r+", "io.open w+b", "io.output" }

for title, path in pairs(paths) do
  attempt("writing by " .. title, function()
    for name, write in pairs(writers) do
      local done, message = pcall(write, path)
      assert(not done, name)
      assert(tostring(message):find "is not below the working directory", name .. ": " .. message)
    end
  end)
end
for title, path in pairs(link_paths) do
  attempt("writing by " .. title, function()
    for _, name in ipairs(plain) do refused("is not below", writers[name], path) end
    refused("is not below", function() steps:state():save(path) end)
  end)
end
attempt("names with zero bytes", function()
  refused(".", bl.save, "out/x.npy\0/../../../escaped", bl.ones { 1 })
  refused(".", bl.load, "x\0y.npy")
  refused(".", writers["io.open w"], outside .. "/escaped\0.txt")
end)
attempt("empty, endless and odd names", function()
  for _, name in ipairs { "", "/", "..", ("x/"):rep(5000) .. "y", ("y"):rep(100000) } do
    refused(".", bl.save, name .. ".npy", nil)
    assert(not pcall(writers["io.open w"], name))
  end
end)
attempt("files of the system", function()
  for _, name in ipairs { "/proc/self/mem", "/dev/mem", "/proc/self/cwd/../x", "/dev/shm/x" } do
    refused("is not below", writers["io.open w"], name)
  end
end)
attempt("reading what is no file", function()
  for _, name in ipairs { "/dev/zero", "/dev/stdin", "/proc/self/fd/0", "/" } do
    refused(".", bl.load, name)
    refused(".", bl.parameters.load, name)
    refused(".", function() return bl.data.images { path = name }[1] end)
  end
end)
attempt("reading a file far larger than it is", function()
  local name = link .. ".npy"
  local file = assert(io.open(name, "w"))
  file:seek("set", 1 << 44)
  file:write "x"
  file:close()
  local done, message = pcall(bl.load, name)
  os.remove(name)
  assert(not done, tostring(message))
end)
attempt("a closed standard output", function()
  refused("closed", function()
    local file = assert(io.open(link .. ".txt", "w"))
    file:close()
    file:write "x"
  end)
  os.remove(link .. ".txt")
end)
attempt("reading stays open", function()
  assert(io.open("/etc/passwd")):close()
  assert(io.lines "/etc/passwd"())
end)

-- ---- Processes

attempt("programs as scripts", function()
  for _, name in ipairs { "/bin/true", "--trusted", "-e", "-", "/dev/null/x" } do
    local done, results = pcall(bl.processes,
      { { script = name, arguments = { "os.execute('true')" } }, time_limit = 20 })
    assert(not done or results[1].ended ~= "finished" or results[1].output == "", name)
  end
end)
attempt("processes of processes, and too many", function()
  refused("at_once", bl.processes, { { script = "x.lua" }, at_once = 1e9 })
  refused("script", bl.processes, { { arguments = {} } })
  refused(".", bl.processes, { { script = "x\0y" } })
end)

-- ---- Memory and recursion

local function endless() return 1 + endless() end
attempt("deep recursion", function() refused("stack overflow", endless) end)
attempt("deep recursion by pcall", function()
  local function down() return select(2, pcall(down)) end
  down()
end)
attempt("deep recursion by metamethods", function()
  local t = setmetatable({}, {})
  getmetatable(t).__index = function(_, key) return t[key + 1] end
  refused("stack overflow", function() return t[1] end)
  local chain = {}
  for _ = 1, 3000 do chain = setmetatable({}, { __index = chain }) end
  refused("__index.*chain", function() return chain.x end)
end)
attempt("deep recursion by C functions", function()
  local function down(text) return (text:gsub(".", down)) end
  refused("stack overflow", down, "x")
  local function sorting() table.sort({ 2, 1 }, sorting) end
  refused("stack overflow", sorting)
end)
attempt("deep recursion by coroutines", function()
  local function down() return coroutine.wrap(down)() end
  refused("stack overflow", down)
end)
attempt("deep recursion by tostring and concatenation", function()
  local t = setmetatable({}, {})
  getmetatable(t).__tostring = function() return tostring(t) end
  refused("stack overflow", tostring, t)
  getmetatable(t).__concat = function(a, b) return a .. b end
  refused("stack overflow", function() return t .. "x" end)
end)
attempt("deep recursion through maps of data", function()
  local first = bl.data.dead_leaves { count = 1, size = 8, seed = 1 }
  local function map(image) return first:map(map)[1] or image end
  refused(".", function() return first:map(map)[1] end)
end)
attempt("deep recursion through schedules", function()
  local schedule
  local function value(k) return bl.optimizer.isgd { step = value }:steps(problem, theta)() or k end
  schedule = value
  pcall(schedule, 1)
end)
attempt("source that is nested too deeply", function()
  failing("overflow", load, ("("):rep(100000) .. "1" .. (")"):rep(100000))
  failing(".", load, ("{"):rep(100000))
  failing(".", load, "return " .. ("- "):rep(100000) .. "1")
end)
attempt("strings that are too long", function()
  refused("too large", string.rep, "x", math.maxinteger)
  refused("too large", string.rep, "x", 1 << 33)
  refused("not enough memory", string.rep, "x", 1 << 30)
  refused("not enough memory", function()
    local text = "x"
    while true do text = text .. text end
  end)
end)
attempt("formats that are too long", function()
  refused(".", string.format, ("%s"):rep(100000))
  refused("invalid", string.format, "%1000d", 1)
  assert(#("%99.99f"):format(1e308) > 300)
  refused(".", string.pack, "!17 i17", 1)
  refused(".", string.pack, ("s%d"):format(1 << 40), "x")
end)
attempt("tables that are too large", function()
  refused("not enough memory", function()
    local t = {}
    for i = 1, math.maxinteger do t[i] = { i } end
    return t
  end)
  refused("not enough memory", function()
    local parts = {}
    for i = 1, 1 << 20 do parts[i] = "0123456789" end
    return table.concat(parts, ("x"):rep(1 << 10))
  end)
  refused(".", table.unpack, {}, 1, 1 << 30)
  refused(".", string.byte, ("x"):rep(1 << 22), 1, -1)
  refused(".", table.concat, setmetatable({}, { __len = function() return 1 << 53 end }))
end)
attempt("coroutines without end", function()
  refused("not enough memory", function()
    local all = {}
    while true do all[#all + 1] = coroutine.create(endless) end
  end)
end)
attempt("tensors without end", function()
  refused("not enough memory", function()
    local all = {}
    for i = 1, 1 << 20 do all[i] = bl.ones { 1000, 100 } end
    return all
  end)
end)
attempt("tensors that are too large", function()
  for _, shape in ipairs { { 1 << 40 }, { 1 << 31, 1 << 31, 4 }, { math.maxinteger, 2 } } do
    refused(".", bl.zeros, shape)
    refused(".", bl.rand, shape)
  end
  refused(".", bl.eye, 1 << 30)
  refused(".", bl.linspace, 0, 1, 1 << 45)
  refused(".", bl.arange, 0, 1e18, 1e-3)
end)
attempt("data that is too large", function()
  refused(".", bl.data.dead_leaves, { count = 1 << 40, size = 1 << 20 })
  refused(".", bl.data.phantom, { size = 1 << 40 })
  refused(".", bl.regularizer.fields_of_experts, { filters = 1 << 40, size = 3 })
  refused(".", bl.regularizer.fields_of_experts, { filters = 2, size = 3, channels = 1 << 62 })
  refused(".", bl.hypergradient.unrolled, { iterations = 1 << 40 })
  refused(".", bl.hypergradient.inexact_unrolled, { iterations = math.maxinteger })
  refused(".", bl.hypergradient.truncated, { terms = math.maxinteger })
  refused(".", bl.hypergradient.neumann, { terms = math.maxinteger })
  refused(".", bl.solver.lbfgs, { memory = math.maxinteger })
  refused(".", bl.linear.conjugate_gradient, { recycle = math.maxinteger })
  refused(".", bl.threads, math.maxinteger)
end)
attempt("garbage that is not collected", function()
  collectgarbage "stop"
  local done = pcall(function()
    for _ = 1, 600 do local _ = ("x"):rep(1 << 20) end
  end)
  collectgarbage "restart"
  collectgarbage()
  assert(done ~= nil)
  for _, option in ipairs { "nonsense", 5, {} } do assert(not pcall(collectgarbage, option)) end
  collectgarbage("setpause", 0)
  collectgarbage("setstepmul", math.maxinteger)
  collectgarbage("generational", 0, 0)
  collectgarbage("incremental", 200, 100, 13)
end)
attempt("finalizers that fail, and that make more", function()
  for _ = 1, 100 do setmetatable({}, { __gc = function() error "in a finalizer" end }) end
  collectgarbage()
  local function again() setmetatable({}, { __gc = again }) end
  again()
  collectgarbage()
  refused(".", setmetatable({}, { __gc = true }).x)
end)
attempt("closing that fails", function()
  refused("closing", function()
    local _ <close> = setmetatable({}, { __close = function() error "closing" end })
  end)
  refused("non%-closable", function() local _ <close> = {} end)
  local step = coroutine.wrap(function()
    local _ <close> = setmetatable({}, { __close = function() coroutine.yield(1) end })
    error "first"
  end)
  pcall(step) pcall(step)
end)
attempt("errors that are no text", function()
  for _, value in ipairs { {}, true, print, bl.zeros { 1 }, setmetatable({}, {
    __tostring = function() error "no text" end }) } do
    local done, got = pcall(error, value)
    assert(not done and rawequal(got, value))
    local ds = bl.data.dead_leaves { count = 1, size = 8, seed = 1 }
      :map(function() error(value) end)
    done, got = pcall(function() return ds[1] end)
    assert(not done and rawequal(got, value))
  end
end)
attempt("patterns that are too deep", function()
  refused("too complex", string.find, ("a"):rep(300000), ("a?"):rep(300000) .. "b")
  refused("malformed", string.find, "a", "%")
  refused(".", string.find, "a", ("("):rep(100))
end)
attempt("dates and times that are none", function()
  refused(".", os.date, "%Ez", 0)
  refused(".", os.date, "*t", 1 << 60)
  refused(".", os.time, { year = 1 << 40, month = 1, day = 1 })
end)
attempt("sorting by a function that lies", function()
  local t = {}
  for i = 1, 500 do t[i] = i % 7 end
  pcall(table.sort, t, function() return true end)
  pcall(table.sort, t, function(a) return a end)
end)
attempt("goods of warn and print", function()
  warn "@on"
  warn("@off")
  refused("must return a string", print, setmetatable({}, {
    __tostring = function() return {} end }))
end)

local contained = 0
for _, one in ipairs(attempts) do
  local done, message = xpcall(one.body, debug.traceback)
  if done then contained = contained + 1 else print("NOT CONTAINED: " .. one.title, message) end
end
for _, ending in ipairs { ".here", ".moved", ".npy", ".txt", ".luac" } do
  os.remove(link .. ending)
end
assert(#attempts >= 60, #attempts)
print(("%d of %d attempts contained"):format(contained, #attempts))
assert(contained == #attempts)
