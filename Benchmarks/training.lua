-- bilevel-lua's side of training.py: data and first parameters for both sides, the true loss of
-- parameters that the other side learned, and learning until that loss is reached.
-- Every answer is one JSON object per line. Seeds: crops or scenes 1, noise 2, parameters 3.
local bl = require "bilevel"
local opt = require "bilevel.cli".options {
  images = { help = "folder of PNG or JPEG images; synthetic scenes when absent" },
  count = { default = 25, help = "images" },
  size = { default = 96, help = "size of the crops, pixels" },
  sigma = { default = 0.1, help = "standard deviation of the noise; images are in [0, 1]" },
  regularizer = { default = "fields_of_experts",
    choices = { "fields_of_experts", "total_variation" }, help = "what is learned" },
  filters = { default = 48, help = "number of filters" },
  filter_size = { default = 7, help = "extent of the filters" },
  precision = { default = "float64", choices = { "float32", "float64" },
    help = "element type of the images" },
  threads = { default = 1, help = "threads" },
  export = { help = "write data and first parameters to this .npz file" },
  reference = { help = "with --export: loss and hypergradient of so many samples, accurately",
    default = 0 },
  evaluate = { help = "true loss at the array theta of this .npz file" },
  target = { number = true, help = "learn until the true loss is at most this" },
  rules = { default = "default", choices = { "default", "published" },
    help = "MAID as it comes; with first trials and directions as published" },
  seconds = { default = 3600, help = "give up after so many seconds" },
}
bl.threads(opt.threads)

-- The same crops and the same noise in either element type.
local function make(precision)
  bl.precision(precision)
  local images = opt.images
    and bl.data.images {
      path = opt.images, grey = true, crop = opt.size, count = opt.count, seed = 1,
    }
    or bl.data.dead_leaves { count = opt.count, size = opt.size, seed = 1 }
  local data = images:observe { noise = bl.noise.gaussian { sigma = opt.sigma, seed = 2 } }
  return data, bl.problem {
    data = data,
    regularizer = opt.regularizer == "total_variation" and bl.regularizer.total_variation()
      or bl.regularizer.fields_of_experts {
        filters = opt.filters, size = opt.filter_size, initialization = "dct",
      },
  }
end

local data, accurate = make("float64")
local first = accurate:parameters { seed = 3 }

local function say(fields)
  local names = {}
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local text = type(fields[name]) == "number" and "%.17g" or "%q"
    names[i] = ('"%s": ' .. text):format(name, fields[name])
  end
  print("{" .. table.concat(names, ", ") .. "}")
end

local function export()
  local truth, observed = {}, {}
  for i = 1, #data do
    truth[i], observed[i] = data[i].truth, data[i].observed
  end
  local arrays = {
    truth = bl.stack(truth), observed = bl.stack(observed), theta = first:vector(),
  }
  if opt.reference > 0 then
    local settings = { eps = 1e-7, delta = 1e-7, indices = {} }
    for i = 1, opt.reference do settings.indices[i] = i end
    arrays.loss = bl.tensor { (accurate:loss(first, settings)) }
    settings.method = bl.hypergradient.implicit { bound = "none" }
    arrays.hypergradient = accurate:hypergradient(first, settings):vector()
  end
  bl.save(opt.export, arrays)
end

-- The loss at points that are within 1e-4 of the minimisers, which tells it to some 1e-4 of itself.
local function true_loss(theta)
  return (accurate:loss(theta, { eps = 1e-4 }))
end

local function learn()
  local _, problem = make(opt.precision)
  local maid = opt.rules == "default" and bl.optimizer.maid()
    or bl.optimizer.maid { first_trial = "growth", direction = "gradient" }
  say { method = tostring(maid) }
  local steps = maid:steps(problem, first, { seconds = opt.seconds })
  local processor, reached = 0, false
  while not reached do
    local begin = os.clock()
    local step = steps()
    processor = processor + os.clock() - begin
    if not step then break end
    -- Outside of the clock that counts: the computed loss may lie below the true one.
    local loss = step.loss
    if loss <= opt.target then
      loss = true_loss(step.theta)
      reached = loss <= opt.target
    end
    local ledger = step.ledger
    say {
      k = step.k, loss = loss, eps = step.eps, step = step.step_size, processor = processor,
      wall = ledger.gradient_seconds + ledger.line_search_seconds,
      lower = ledger.lower_iterations, linear = ledger.linear_iterations,
      gradients = ledger.gradients, products = ledger.hessian_products,
    }
  end
  say { ended = reached and "target" or steps.advice }
end

if opt.export then export() end
if opt.evaluate then
  say { loss = true_loss(first:with(bl.load(opt.evaluate).theta)) }
end
if opt.target then learn() end
