-- Any value as readable text.
local bl = require "bilevel"
local pretty = require "bilevel.pretty"

local function equal(got, expected)
  assert(got == expected, ("got\n%s\nexpected\n%s"):format(got, expected))
end

equal(pretty(1), "1")
equal(pretty(nil), "nil")
equal(pretty "a\n\"\\\0b", '"a\\n\\"\\\\\\000b"')
equal(pretty {}, "{}")
equal(pretty { name = "foe", sizes = { 5, 7 }, ["end"] = true, [10] = 1 },
  '{ [10] = 1, ["end"] = true, name = "foe", sizes = { 5, 7 } }')
equal(pretty(print), "<function>")
assert(pretty(bl.zeros { 2 }):find "Tensor")
equal(pretty(bl.loss.squared_l2()), "squared_l2()")

local loop = { 1 }
loop.self, loop.inner = loop, { up = loop }
equal(pretty(loop), "{ 1, inner = { up = <the same table, 2 up> }, self = <the same table, 1 up> }")

-- Of bounded size, whatever comes.
local long = {}
for i = 1, 100000 do long[i] = i end
assert(#pretty(long) < 400 and pretty(long):find("… 99960 more", 1, true))
equal(pretty(("x"):rep(1000), { characters = 3 }), '"xxx" … (1000 bytes)')
equal(pretty("ü", { characters = 1 }), '"" … (2 bytes)')
local deep = {}
for _ = 1, 1000 do deep = { deep } end
equal(pretty(deep, { depth = 2 }), "{ { { … } } }")
local wide = {}
for i = 1, 40 do
  wide[i] = {}
  for j = 1, 40 do wide[i][j] = { i, j } end
end
assert(#pretty(wide) < 40000)
equal(pretty({ { 1, 2 }, { 3, 4 } }, { width = 12 }), "{\n  { 1, 2 },\n  { 3, 4 },\n}")
assert(not pcall(pretty, 1, { nonsense = 1 }))

local closed
do
  local t <close> = bl.ones { 1 }
  closed = t
end
assert(pretty { closed }:find "closed")
local broken = setmetatable({}, { __tostring = function() error "no text" end })
assert(pretty(broken):find "no text")
