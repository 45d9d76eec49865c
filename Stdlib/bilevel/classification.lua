--- The recipe shared by the classification scripts: examples in three parts (training, validation,
--- test), made by the script or loaded, and corrupted labels.
local bl = require "bilevel"
local report = require "bilevel.report"
local classification = {}

--- Examples of classes with normal noise of deviation 1 around their centres, as a tensor
--- {count, features} and labels 1 ... classes. Centres are normal with deviation `spread` in the
--- first `informative` features and 0 in the others; they depend on `centres`, a seed, only.
function classification.blobs(options)
  local count, features, classes = options.count, options.features, options.classes
  local relevant = bl.zeros { features }
  relevant[{ { 1, options.informative or features } }] = options.spread or 1
  local centres = bl.randn { classes, features, seed = options.centres } * relevant
  local chosen = (bl.rand { count, seed = options.seed } * classes):floor() + 1
  local members = {}
  for i, label in ipairs(chosen:table()) do
    members[i] = {}
    for c = 1, classes do members[i][c] = c == label and 1 or 0 end
  end
  local noise = bl.randn { count, features, seed = options.seed + 1 }
  return bl.tensor(members):matmul(centres) + noise, chosen
end

--- The options of both scripts, with the script's own added.
function classification.options(own)
  local options = {
    data = { help = "an .npz file of features, labels, validation_features, validation_labels, "
      .. "test_features, test_labels; made by the script when absent" },
    classes = { default = 10, help = "classes of the examples that are made" },
    features = { default = 50, help = "features of the examples that are made" },
    validation = { default = 500, help = "validation examples" },
    test = { default = 2000, help = "test examples" },
    seed = { default = 1, help = "seed of the examples" },
    budget = { number = true, help = "stop at this cost: lower-level plus linear iterations" },
    minutes = { number = true, help = "stop after this many minutes" },
    steps = { number = true, help = "stop after this many steps" },
    threads = { number = true, help = "threads; all processors when absent" },
    smoke = { default = false, help = "a run of a few seconds" },
    no_record = report.no_record,
  }
  for name, option in pairs(own) do options[name] = option end
  return options
end

local function loaded(path)
  local arrays = bl.load(path)
  local function part(prefix)
    local features, labels = arrays[prefix .. "features"], arrays[prefix .. "labels"]
    if not features or not labels then
      error(("%s: needs arrays '%sfeatures' and '%slabels'"):format(path, prefix, prefix), 0)
    end
    return { features = features, labels = labels }
  end
  return { training = part "", validation = part "validation_", test = part "test_" }
end

--- { training, validation, test }, each { features, labels }.
function classification.data(opt)
  if opt.threads then bl.threads(opt.threads) end
  if opt.data then return loaded(opt.data) end
  local function part(count, key)
    local features, labels = classification.blobs {
      count = count, features = opt.features, informative = opt.informative, classes = opt.classes,
      spread = opt.spread, centres = 100 * opt.seed, seed = 100 * opt.seed + key,
    }
    return { features = features, labels = labels }
  end
  return {
    training = part(opt.count, 1), validation = part(opt.validation, 11), test = part(opt.test, 21),
  }
end

--- Labels of which each is replaced, with the given probability, by one drawn from all classes.
function classification.corrupted(labels, classes, probability, seed)
  local hit = bl.rand { #labels, seed = seed }:less(probability)
  local drawn = (bl.rand { #labels, seed = seed + 1 } * classes):floor() + 1
  return labels + hit * (drawn - labels)
end

return classification
