-- A script's own options.
local cli = require "bilevel.cli"

local declared = {
  "Learns a denoiser.",
  { "input", help = "folder of images", required = true },
  { "others", help = "more folders", rest = true },
  count = { default = 25, integer = true, minimum = 1, help = "training images", short = "n" },
  rate = { default = 0.5, maximum = 1 },
  channels = { number = true, list = true },
  name = {},
  potential = { choices = { "huber", "log_cosh" }, default = "huber" },
  smoke = { default = false, group = "Testing", help = "a run of a few seconds" },
  save_pictures = { default = true, group = "Output" },
}

local function read(...) return cli.options(declared, { ... }) end

local function fails(words, ...)
  local done, message = pcall(read, ...)
  assert(not done and message:find(words, 1, true), tostring(message))
end

local opt = read "data"
assert(opt.input == "data" and #opt.others == 0 and opt.count == 25 and opt.rate == 0.5)
assert(opt.channels == nil and opt.smoke == false and opt.save_pictures == true)
opt = read("data", "--count=48", "--smoke", "b", "--no-save-pictures", "--rate", "-0.5", "c")
assert(opt.count == 48 and opt.smoke and not opt.save_pictures and opt.rate == -0.5)
assert(opt.others[1] == "b" and opt.others[2] == "c")
opt = read("-n", "3", "--channels", "4,8,64", "--name=a=b", "--", "--data", "--help")
assert(opt.count == 3 and math.type(opt.count) == "integer" and opt.name == "a=b")
assert(#opt.channels == 3 and opt.channels[3] == 64 and opt.input == "--data")
assert(opt.others[1] == "--help")
opt = read("x", "--smoke", "--no-smoke", "--count", "5e1", "-")
assert(opt.smoke == false and opt.count == 50 and opt.others[1] == "-")

fails "input is missing"
fails("unknown option '--cuont' (did you mean '--count'?)", "x", "--cuont", "3")
fails("unknown option '--potental' (did you mean '--potential'?)", "x", "--potental=huber")
fails("(did you mean '--save-pictures'?)", "x", "--save-picture")
fails("unknown option '-x'", "x", "-x")
fails("--count must be a whole number >= 1, got '2.5'", "x", "--count", "2.5")
fails("--count must be a whole number >= 1, got '0'", "x", "--count", "0")
fails("--rate must be a number <= 1, got 'nan'", "x", "--rate", "nan")
fails("--rate must be a number <= 1, got '2'", "x", "--rate", "2")
fails("--channels must be a number, got 'x'", "x", "--channels", "4,x")
fails("--count needs a value", "x", "--count")
fails("--smoke takes no value, got '1'", "x", "--smoke=1")
fails("must be one of huber, log_cosh, got 'hubr' (did you mean 'huber'?)", "x", "--potential=hubr")
fails("usage: bilevel-lua", "x", "--nonsense-far-away")

local text = cli.usage(declared)
for _, piece in ipairs {
  "[options] input [others …]\n", "\nLearns a denoiser.\n", "input", "folder of images (required)",
  "-n, --count N", "(default 25)", "--channels N,…", "--potential huber|log_cosh",
  "--no-save-pictures", "(default on)", "\nOutput:\n", "\nTesting:\n", "--help",
} do
  assert(text:find(piece, 1, true), piece .. "\nin\n" .. text)
end
for line in text:gmatch "[^\n]+" do assert(#line <= 100, line) end

local done, message = pcall(cli.options, { size = { hlep = "x" } }, {})
assert(not done and message:find("no field 'hlep' (did you mean 'help'?)", 1, true), message)
done, message = pcall(cli.options, { size = 5 }, {})
assert(not done and message:find "declared by a table", message)
done, message = pcall(cli.options, { size = { required = true } }, {})
assert(not done and message:find "--size is missing", message)
done, message = pcall(cli.options, { size = {} }, { "stray" })
assert(not done and message:find "unknown argument 'stray'", message)
