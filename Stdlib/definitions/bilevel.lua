---@meta bilevel

---Bilevel learning of regularizers. help(bl.group) and help(bl.group.name) tell more.
---@class bilevel
local bl = {}

---@class bilevel.dataset

---@class bilevel.noise

---@class bilevel.operator

---@class bilevel.metric

---@class bilevel.regularizer

---@class bilevel.fidelity

---@class bilevel.energy

---@class bilevel.solver

---@class bilevel.linear_solver

---@class bilevel.hypergradient_method

---@class bilevel.loss

---@class bilevel.penalty

---@class bilevel.optimizer

do
---A dense array of numbers with any number of axes.
---@class bilevel.tensor
---@field [any] any t[i], t[{i, j}], t[{ {1, 3}, j }]: numbers or sub-tensors
---@operator add(any): bilevel.tensor
---@operator sub(any): bilevel.tensor
---@operator mul(any): bilevel.tensor
---@operator div(any): bilevel.tensor
---@operator pow(any): bilevel.tensor
---@operator unm: bilevel.tensor
---@operator len: integer
local class = {}

---The extents of the axes.
---@return integer[]
function class:shape() end

---The number of elements.
---@return integer
function class:size() end

---The element type.
---@return string # "float32" or "float64"
function class:dtype() end

---The elements as nested tables.
---@return table|number # a table, or a number
function class:table() end

---The only element.
---@return number
function class:item() end

---An independent copy.
---@return bilevel.tensor
function class:clone() end

---The same numbers in another element type.
---@param dtype "float32"|"float64" the element type
---@return bilevel.tensor
function class:to(dtype) end

---Writes a .npy file.
---@param path string name of the file
function class:save(path) end

---Whether shapes agree and no two elements differ by more than the tolerance.
---@param other bilevel.tensor the tensor to compare with
---@param tolerance? number largest difference
---@return boolean # true or false
function class:equals(other, tolerance) end

---Sets every element.
---@param value number the number
---@return bilevel.tensor # the object itself
function class:fill(value) end

---The smaller elements of two.
---@param other bilevel.tensor|number a tensor or a number
---@return bilevel.tensor
function class:minimum(other) end

---The larger elements of two.
---@param other bilevel.tensor|number a tensor or a number
---@return bilevel.tensor
function class:maximum(other) end

---1 where smaller than the other, 0 elsewhere.
---@param other bilevel.tensor|number a tensor or a number
---@return bilevel.tensor
function class:less(other) end

---1 where larger than the other, 0 elsewhere.
---@param other bilevel.tensor|number a tensor or a number
---@return bilevel.tensor
function class:greater(other) end

---Absolute values.
---@return bilevel.tensor
function class:abs() end

---Square roots; NaN of negative numbers.
---@return bilevel.tensor
function class:sqrt() end

---Exponentials.
---@return bilevel.tensor
function class:exp() end

---Natural logarithms; NaN of negative numbers.
---@return bilevel.tensor
function class:log() end

---Sines of radians.
---@return bilevel.tensor
function class:sin() end

---Cosines of radians.
---@return bilevel.tensor
function class:cos() end

---Hyperbolic tangents.
---@return bilevel.tensor
function class:tanh() end

---The largest whole numbers below.
---@return bilevel.tensor
function class:floor() end

---The smallest whole numbers above.
---@return bilevel.tensor
function class:ceil() end

---The nearest whole numbers, halves to even.
---@return bilevel.tensor
function class:round() end

----1, 0 or 1.
---@return bilevel.tensor
function class:sign() end

---The elements, moved into an interval.
---@param lo number lower end
---@param hi number upper end
---@return bilevel.tensor
function class:clamp(lo, hi) end

---Sums, accumulated in float64.
---@param axis? integer axis; all when absent
---@return number|bilevel.tensor # a number, or a tensor without that axis
function class:sum(axis) end

---Means.
---@param axis? integer axis; all when absent
---@return number|bilevel.tensor # a number, or a tensor without that axis
function class:mean(axis) end

---Smallest elements.
---@param axis? integer axis; all when absent
---@return number|bilevel.tensor # a number, or a tensor without that axis
function class:min(axis) end

---Largest elements.
---@param axis? integer axis; all when absent
---@return number|bilevel.tensor # a number, or a tensor without that axis
function class:max(axis) end

---(Σ |t|^p)^(1/p); the largest |t| for p = math.huge.
---@param p? number exponent
---@return number
function class:norm(p) end

---The inner product Σ t u.
---@param u bilevel.tensor of the same shape
---@return number
function class:dot(u) end

---The same elements, row by row, in another shape.
---@param ... integer|integer[] extents; one may be -1, what is left
---@return bilevel.tensor
function class:reshape(...) end

---The tensor with its axes in another order, reversed when none is given.
---@param ... integer|integer[] axis of t for each axis of the result
---@return bilevel.tensor
function class:transpose(...) end

---The matrix product {m, k} {k, n}; vectors are rows on the left, columns on the right.
---@param u bilevel.tensor the right factor
---@return bilevel.tensor|number # a tensor, or a number
function class:matmul(u) end

---@class bilevel.tensor.conv2d.options
---@field boundary? "zero"|"reflect"|"periodic" what lies outside of the image ("zero", "reflect" or "periodic"; default "zero")

---The cross-correlation with a kernel of odd extents, of the size of the image.
---@param kernel bilevel.tensor {k, k} for each channel, or {out, in, k, k}
---@param options? bilevel.tensor.conv2d.options named arguments
---@return bilevel.tensor
function class:conv2d(kernel, options) end
end

---A dense array of numbers with any number of axes.
---@param values number|table the elements, a table per axis
---@param dtype? "float32"|"float64" element type; that of bl.precision when absent
---@return bilevel.tensor
function bl.tensor(values, dtype) end

---@class bilevel.zeros.options
---@field [integer] integer extents (a list of values, each an integer >= 0)
---@field dtype? "float32"|"float64" element type; that of bl.precision when absent ("float32" or "float64")

---A tensor of zeros.
---@param shape? bilevel.zeros.options extents
---@return bilevel.tensor
function bl.zeros(shape) end

---@class bilevel.ones.options
---@field [integer] integer extents (a list of values, each an integer >= 0)
---@field dtype? "float32"|"float64" element type; that of bl.precision when absent ("float32" or "float64")

---A tensor of ones.
---@param shape? bilevel.ones.options extents
---@return bilevel.tensor
function bl.ones(shape) end

---@class bilevel.full.options
---@field [integer] integer extents (a list of values, each an integer >= 0)
---@field dtype? "float32"|"float64" element type; that of bl.precision when absent ("float32" or "float64")

---A tensor of one number.
---@param shape? bilevel.full.options extents
---@param value number the number
---@return bilevel.tensor
function bl.full(shape, value) end

---The identity matrix.
---@param n integer rows and columns
---@return bilevel.tensor
function bl.eye(n) end

---Equally spaced numbers by their step, the end included where it is met.
---@param a number first
---@param b number last
---@param step? number distance
---@return bilevel.tensor
function bl.arange(a, b, step) end

---Equally spaced numbers by their count, both ends included.
---@param a number first
---@param b number last
---@param n? integer how many
---@return bilevel.tensor
function bl.linspace(a, b, n) end

---@class bilevel.rand.options
---@field [integer] integer extents (a list of values, each an integer >= 0)
---@field dtype? "float32"|"float64" element type; that of bl.precision when absent ("float32" or "float64")
---@field seed? integer key of the numbers; drawn when absent (an integer)

---Random numbers, uniform on [0, 1).
---@param shape? bilevel.rand.options extents
---@return bilevel.tensor
function bl.rand(shape) end

---@class bilevel.randn.options
---@field [integer] integer extents (a list of values, each an integer >= 0)
---@field dtype? "float32"|"float64" element type; that of bl.precision when absent ("float32" or "float64")
---@field seed? integer key of the numbers; drawn when absent (an integer)

---Standard normal random numbers.
---@param shape? bilevel.randn.options extents
---@return bilevel.tensor
function bl.randn(shape) end

---Tensors of one shape, side by side along a new first axis.
---@param tensors bilevel.tensor[] the tensors
---@return bilevel.tensor
function bl.stack(tensors) end

---Tensors one after the other along an axis.
---@param tensors bilevel.tensor[] the tensors
---@param axis? integer the axis
---@return bilevel.tensor
function bl.concatenate(tensors, axis) end

---Sets or tells the element type of what is made from now on.
---@param dtype? "float32"|"float64" element type; unchanged when absent
---@return string # the element type
function bl.precision(dtype) end

---Sets the seed from which unseeded random objects draw theirs, in order of creation.
---@param n integer the seed
function bl.seed(n) end

---Reads tensors from a .npy, .npz, .safetensors or PyTorch (.pt) file.
---@param path string name of the file
---@return bilevel.tensor|table # a tensor; or a table of tensors by name, and one of the file's metadata
function bl.load(path) end

---@class bilevel.save.options
---@field compressed? boolean whether a .npz file is deflated (true or false; default false)
---@field metadata? table words by name for a .safetensors file (a table of strings by name; default {})

---Writes a tensor to a .npy file, or tensors by name to a .npz or .safetensors file.
---@param path string name of the file
---@param tensors bilevel.tensor|table what to write; names are sorted
---@param options? bilevel.save.options named arguments
function bl.save(path, tensors, options) end

---Writes a text file: as a whole or not at all, with the folders that it needs.
---@param path string name of the file
---@param text string what it is to hold
function bl.write(path, text) end

---Datasets: fixed sequences of images.
bl.data = {}

do
---Pictures from PNG and JPEG files, whole or cropped, in [0, 1].
---@class bilevel.data.images: bilevel.dataset
---@field [any] any the images, from 1
---@operator len: integer
local class = {}

---The file that an image is from.
---@param index integer from 1
---@return string
function class:file(index) end

---@class bilevel.data.images.observe.options
---@field operator? bilevel.operator A (an operator; default identity())
---@field noise? bilevel.noise what is added to A x (a noise; default none())
---@field redraw? boolean whether each epoch of a stochastic method has new noise (true or false; default false)

---What is measured of each image, for training and testing.
---@param options? bilevel.data.images.observe.options operator and noise
---@return bilevel.samples # samples with .truth and .observed
function class:observe(options) end

---The first n images; all if there are fewer.
---@param n integer how many
---@return bilevel.slice
function class:take(n) end

---All but the first n images.
---@param n integer how many
---@return bilevel.slice
function class:skip(n) end

---Two parts in order, as for training and testing.
---@param fraction number share of the first part
---@return any
function class:split(fraction) end

---@class bilevel.data.images.patches.options
---@field size? integer|integer[] extent of a part (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels; default 64)
---@field stride? integer|integer[] distance between neighbours; the size when absent (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels)

---Parts of each image on a regular grid, all that fit.
---@param options? bilevel.data.images.patches.options which parts
---@return bilevel.patches
function class:patches(options) end

---@class bilevel.data.images.augment.options
---@field flips? boolean whether images are mirrored left to right (true or false; default true)
---@field rotations? boolean whether images are turned by multiples of 90 degrees (true or false; default true)
---@field copies? integer versions of each image (an integer >= 1 and <= 1000000; default 1)
---@field seed? integer key of the choices; drawn when absent (an integer)

---Each image turned and mirrored at random.
---@param options? bilevel.data.images.augment.options how
---@return bilevel.augmented
function class:augment(options) end

---What a function makes of each image.
---@param f function from an image to an image {channels, height, width}
---@return bilevel.mapped
function class:map(f) end
end

---@class bilevel.data.images.options
---@field path string|string[] a file, a folder, or a list of them (a string or a list of values, each a string)
---@field grey? boolean whether colours become 0.2989 R + 0.587 G + 0.114 B (true or false; default false)
---@field crop? integer|integer[] extent of the crops; whole when absent (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels)
---@field anchor? "random"|"center" where crops are taken ("random" or "center"; default "random")
---@field resize? integer|integer|integer[] new length of the shorter side, or {height, width}, before cropping (an integer >= 1 and <= 16384 or an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels)
---@field count? integer number of images; one a file when absent; more than files are further random crops (an integer >= 1 and <= 1000000)
---@field seed? integer key of the crops; drawn when absent (an integer)

---Pictures from PNG and JPEG files, whole or cropped, in [0, 1].
---@param options bilevel.data.images.options named arguments
---@return bilevel.data.images
function bl.data.images(options) end

do
---Synthetic scenes of discs that hide each other.
---@class bilevel.data.dead_leaves: bilevel.dataset
---@field [any] any the images, from 1
---@operator len: integer
local class = {}

---@class bilevel.data.dead_leaves.observe.options
---@field operator? bilevel.operator A (an operator; default identity())
---@field noise? bilevel.noise what is added to A x (a noise; default none())
---@field redraw? boolean whether each epoch of a stochastic method has new noise (true or false; default false)

---What is measured of each image, for training and testing.
---@param options? bilevel.data.dead_leaves.observe.options operator and noise
---@return bilevel.samples # samples with .truth and .observed
function class:observe(options) end

---The first n images; all if there are fewer.
---@param n integer how many
---@return bilevel.slice
function class:take(n) end

---All but the first n images.
---@param n integer how many
---@return bilevel.slice
function class:skip(n) end

---Two parts in order, as for training and testing.
---@param fraction number share of the first part
---@return any
function class:split(fraction) end

---@class bilevel.data.dead_leaves.patches.options
---@field size? integer|integer[] extent of a part (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels; default 64)
---@field stride? integer|integer[] distance between neighbours; the size when absent (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels)

---Parts of each image on a regular grid, all that fit.
---@param options? bilevel.data.dead_leaves.patches.options which parts
---@return bilevel.patches
function class:patches(options) end

---@class bilevel.data.dead_leaves.augment.options
---@field flips? boolean whether images are mirrored left to right (true or false; default true)
---@field rotations? boolean whether images are turned by multiples of 90 degrees (true or false; default true)
---@field copies? integer versions of each image (an integer >= 1 and <= 1000000; default 1)
---@field seed? integer key of the choices; drawn when absent (an integer)

---Each image turned and mirrored at random.
---@param options? bilevel.data.dead_leaves.augment.options how
---@return bilevel.augmented
function class:augment(options) end

---What a function makes of each image.
---@param f function from an image to an image {channels, height, width}
---@return bilevel.mapped
function class:map(f) end
end

---@class bilevel.data.dead_leaves.options
---@field count? integer number of scenes (an integer >= 1 and <= 1000000; default 25)
---@field size? integer|integer[] rows and columns (an integer >= 1 and <= 4096 or a list of 2 values, each an integer >= 1 and <= 4096, in pixels; default 96)
---@field channels? integer 1 for grey, 3 for colours (1 or 3; default 1)
---@field min_radius? number smallest radius (a number >= 0.5, in pixels; default 8)
---@field max_radius? number largest radius; half of the longer side when absent (a number >= 0.5, in pixels)
---@field seed? integer key of the scenes; drawn when absent (an integer)

---Synthetic scenes of discs that hide each other.
---@param options? bilevel.data.dead_leaves.options named arguments
---@return bilevel.data.dead_leaves
function bl.data.dead_leaves(options) end

do
---Synthetic scenes of flat ellipses and polygons over a background.
---@class bilevel.data.piecewise_constant: bilevel.dataset
---@field [any] any the images, from 1
---@operator len: integer
local class = {}

---@class bilevel.data.piecewise_constant.observe.options
---@field operator? bilevel.operator A (an operator; default identity())
---@field noise? bilevel.noise what is added to A x (a noise; default none())
---@field redraw? boolean whether each epoch of a stochastic method has new noise (true or false; default false)

---What is measured of each image, for training and testing.
---@param options? bilevel.data.piecewise_constant.observe.options operator and noise
---@return bilevel.samples # samples with .truth and .observed
function class:observe(options) end

---The first n images; all if there are fewer.
---@param n integer how many
---@return bilevel.slice
function class:take(n) end

---All but the first n images.
---@param n integer how many
---@return bilevel.slice
function class:skip(n) end

---Two parts in order, as for training and testing.
---@param fraction number share of the first part
---@return any
function class:split(fraction) end

---@class bilevel.data.piecewise_constant.patches.options
---@field size? integer|integer[] extent of a part (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels; default 64)
---@field stride? integer|integer[] distance between neighbours; the size when absent (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels)

---Parts of each image on a regular grid, all that fit.
---@param options? bilevel.data.piecewise_constant.patches.options which parts
---@return bilevel.patches
function class:patches(options) end

---@class bilevel.data.piecewise_constant.augment.options
---@field flips? boolean whether images are mirrored left to right (true or false; default true)
---@field rotations? boolean whether images are turned by multiples of 90 degrees (true or false; default true)
---@field copies? integer versions of each image (an integer >= 1 and <= 1000000; default 1)
---@field seed? integer key of the choices; drawn when absent (an integer)

---Each image turned and mirrored at random.
---@param options? bilevel.data.piecewise_constant.augment.options how
---@return bilevel.augmented
function class:augment(options) end

---What a function makes of each image.
---@param f function from an image to an image {channels, height, width}
---@return bilevel.mapped
function class:map(f) end
end

---@class bilevel.data.piecewise_constant.options
---@field count? integer number of scenes (an integer >= 1 and <= 1000000; default 25)
---@field size? integer|integer[] rows and columns (an integer >= 1 and <= 4096 or a list of 2 values, each an integer >= 1 and <= 4096, in pixels; default 96)
---@field channels? integer 1 for grey, 3 for colours (1 or 3; default 1)
---@field regions? integer shapes in a scene (an integer >= 0 and <= 10000; default 12)
---@field seed? integer key of the scenes; drawn when absent (an integer)

---Synthetic scenes of flat ellipses and polygons over a background.
---@param options? bilevel.data.piecewise_constant.options named arguments
---@return bilevel.data.piecewise_constant
function bl.data.piecewise_constant(options) end

do
---The modified Shepp-Logan phantom, one image.
---@class bilevel.data.phantom: bilevel.dataset
---@field [any] any the images, from 1
---@operator len: integer
local class = {}

---@class bilevel.data.phantom.observe.options
---@field operator? bilevel.operator A (an operator; default identity())
---@field noise? bilevel.noise what is added to A x (a noise; default none())
---@field redraw? boolean whether each epoch of a stochastic method has new noise (true or false; default false)

---What is measured of each image, for training and testing.
---@param options? bilevel.data.phantom.observe.options operator and noise
---@return bilevel.samples # samples with .truth and .observed
function class:observe(options) end

---The first n images; all if there are fewer.
---@param n integer how many
---@return bilevel.slice
function class:take(n) end

---All but the first n images.
---@param n integer how many
---@return bilevel.slice
function class:skip(n) end

---Two parts in order, as for training and testing.
---@param fraction number share of the first part
---@return any
function class:split(fraction) end

---@class bilevel.data.phantom.patches.options
---@field size? integer|integer[] extent of a part (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels; default 64)
---@field stride? integer|integer[] distance between neighbours; the size when absent (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels)

---Parts of each image on a regular grid, all that fit.
---@param options? bilevel.data.phantom.patches.options which parts
---@return bilevel.patches
function class:patches(options) end

---@class bilevel.data.phantom.augment.options
---@field flips? boolean whether images are mirrored left to right (true or false; default true)
---@field rotations? boolean whether images are turned by multiples of 90 degrees (true or false; default true)
---@field copies? integer versions of each image (an integer >= 1 and <= 1000000; default 1)
---@field seed? integer key of the choices; drawn when absent (an integer)

---Each image turned and mirrored at random.
---@param options? bilevel.data.phantom.augment.options how
---@return bilevel.augmented
function class:augment(options) end

---What a function makes of each image.
---@param f function from an image to an image {channels, height, width}
---@return bilevel.mapped
function class:map(f) end
end

---@class bilevel.data.phantom.options
---@field size? integer rows and columns (an integer >= 2 and <= 4096, in pixels; default 128)

---The modified Shepp-Logan phantom, one image.
---@param options? bilevel.data.phantom.options named arguments
---@return bilevel.data.phantom
function bl.data.phantom(options) end

do
---Given tensors as images.
---@class bilevel.data.tensors: bilevel.dataset
---@field [any] any the images, from 1
---@operator len: integer
local class = {}

---@class bilevel.data.tensors.observe.options
---@field operator? bilevel.operator A (an operator; default identity())
---@field noise? bilevel.noise what is added to A x (a noise; default none())
---@field redraw? boolean whether each epoch of a stochastic method has new noise (true or false; default false)

---What is measured of each image, for training and testing.
---@param options? bilevel.data.tensors.observe.options operator and noise
---@return bilevel.samples # samples with .truth and .observed
function class:observe(options) end

---The first n images; all if there are fewer.
---@param n integer how many
---@return bilevel.slice
function class:take(n) end

---All but the first n images.
---@param n integer how many
---@return bilevel.slice
function class:skip(n) end

---Two parts in order, as for training and testing.
---@param fraction number share of the first part
---@return any
function class:split(fraction) end

---@class bilevel.data.tensors.patches.options
---@field size? integer|integer[] extent of a part (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels; default 64)
---@field stride? integer|integer[] distance between neighbours; the size when absent (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels)

---Parts of each image on a regular grid, all that fit.
---@param options? bilevel.data.tensors.patches.options which parts
---@return bilevel.patches
function class:patches(options) end

---@class bilevel.data.tensors.augment.options
---@field flips? boolean whether images are mirrored left to right (true or false; default true)
---@field rotations? boolean whether images are turned by multiples of 90 degrees (true or false; default true)
---@field copies? integer versions of each image (an integer >= 1 and <= 1000000; default 1)
---@field seed? integer key of the choices; drawn when absent (an integer)

---Each image turned and mirrored at random.
---@param options? bilevel.data.tensors.augment.options how
---@return bilevel.augmented
function class:augment(options) end

---What a function makes of each image.
---@param f function from an image to an image {channels, height, width}
---@return bilevel.mapped
function class:map(f) end
end

---@class bilevel.data.tensors.options
---@field [integer] bilevel.tensor images {channels, height, width} or {height, width} (a list of values, each a tensor)

---Given tensors as images.
---@param options? bilevel.data.tensors.options named arguments
---@return bilevel.data.tensors
function bl.data.tensors(options) end

do
---Parts of each image of a dataset on a regular grid.
---@class bilevel.patches: bilevel.dataset
---@field [any] any the images, from 1
---@operator len: integer
local class = {}

---@class bilevel.patches.observe.options
---@field operator? bilevel.operator A (an operator; default identity())
---@field noise? bilevel.noise what is added to A x (a noise; default none())
---@field redraw? boolean whether each epoch of a stochastic method has new noise (true or false; default false)

---What is measured of each image, for training and testing.
---@param options? bilevel.patches.observe.options operator and noise
---@return bilevel.samples # samples with .truth and .observed
function class:observe(options) end

---The first n images; all if there are fewer.
---@param n integer how many
---@return bilevel.slice
function class:take(n) end

---All but the first n images.
---@param n integer how many
---@return bilevel.slice
function class:skip(n) end

---Two parts in order, as for training and testing.
---@param fraction number share of the first part
---@return any
function class:split(fraction) end

---@class bilevel.patches.patches.options
---@field size? integer|integer[] extent of a part (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels; default 64)
---@field stride? integer|integer[] distance between neighbours; the size when absent (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels)

---Parts of each image on a regular grid, all that fit.
---@param options? bilevel.patches.patches.options which parts
---@return bilevel.patches
function class:patches(options) end

---@class bilevel.patches.augment.options
---@field flips? boolean whether images are mirrored left to right (true or false; default true)
---@field rotations? boolean whether images are turned by multiples of 90 degrees (true or false; default true)
---@field copies? integer versions of each image (an integer >= 1 and <= 1000000; default 1)
---@field seed? integer key of the choices; drawn when absent (an integer)

---Each image turned and mirrored at random.
---@param options? bilevel.patches.augment.options how
---@return bilevel.augmented
function class:augment(options) end

---What a function makes of each image.
---@param f function from an image to an image {channels, height, width}
---@return bilevel.mapped
function class:map(f) end
end

do
---The images of a dataset, turned and mirrored at random.
---@class bilevel.augmented: bilevel.dataset
---@field [any] any the images, from 1
---@operator len: integer
local class = {}

---@class bilevel.augmented.observe.options
---@field operator? bilevel.operator A (an operator; default identity())
---@field noise? bilevel.noise what is added to A x (a noise; default none())
---@field redraw? boolean whether each epoch of a stochastic method has new noise (true or false; default false)

---What is measured of each image, for training and testing.
---@param options? bilevel.augmented.observe.options operator and noise
---@return bilevel.samples # samples with .truth and .observed
function class:observe(options) end

---The first n images; all if there are fewer.
---@param n integer how many
---@return bilevel.slice
function class:take(n) end

---All but the first n images.
---@param n integer how many
---@return bilevel.slice
function class:skip(n) end

---Two parts in order, as for training and testing.
---@param fraction number share of the first part
---@return any
function class:split(fraction) end

---@class bilevel.augmented.patches.options
---@field size? integer|integer[] extent of a part (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels; default 64)
---@field stride? integer|integer[] distance between neighbours; the size when absent (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels)

---Parts of each image on a regular grid, all that fit.
---@param options? bilevel.augmented.patches.options which parts
---@return bilevel.patches
function class:patches(options) end

---@class bilevel.augmented.augment.options
---@field flips? boolean whether images are mirrored left to right (true or false; default true)
---@field rotations? boolean whether images are turned by multiples of 90 degrees (true or false; default true)
---@field copies? integer versions of each image (an integer >= 1 and <= 1000000; default 1)
---@field seed? integer key of the choices; drawn when absent (an integer)

---Each image turned and mirrored at random.
---@param options? bilevel.augmented.augment.options how
---@return bilevel.augmented
function class:augment(options) end

---What a function makes of each image.
---@param f function from an image to an image {channels, height, width}
---@return bilevel.mapped
function class:map(f) end
end

do
---Some consecutive images of a dataset, by take, skip or split.
---@class bilevel.slice: bilevel.dataset
---@field [any] any the images, from 1
---@operator len: integer
local class = {}

---@class bilevel.slice.observe.options
---@field operator? bilevel.operator A (an operator; default identity())
---@field noise? bilevel.noise what is added to A x (a noise; default none())
---@field redraw? boolean whether each epoch of a stochastic method has new noise (true or false; default false)

---What is measured of each image, for training and testing.
---@param options? bilevel.slice.observe.options operator and noise
---@return bilevel.samples # samples with .truth and .observed
function class:observe(options) end

---The first n images; all if there are fewer.
---@param n integer how many
---@return bilevel.slice
function class:take(n) end

---All but the first n images.
---@param n integer how many
---@return bilevel.slice
function class:skip(n) end

---Two parts in order, as for training and testing.
---@param fraction number share of the first part
---@return any
function class:split(fraction) end

---@class bilevel.slice.patches.options
---@field size? integer|integer[] extent of a part (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels; default 64)
---@field stride? integer|integer[] distance between neighbours; the size when absent (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels)

---Parts of each image on a regular grid, all that fit.
---@param options? bilevel.slice.patches.options which parts
---@return bilevel.patches
function class:patches(options) end

---@class bilevel.slice.augment.options
---@field flips? boolean whether images are mirrored left to right (true or false; default true)
---@field rotations? boolean whether images are turned by multiples of 90 degrees (true or false; default true)
---@field copies? integer versions of each image (an integer >= 1 and <= 1000000; default 1)
---@field seed? integer key of the choices; drawn when absent (an integer)

---Each image turned and mirrored at random.
---@param options? bilevel.slice.augment.options how
---@return bilevel.augmented
function class:augment(options) end

---What a function makes of each image.
---@param f function from an image to an image {channels, height, width}
---@return bilevel.mapped
function class:map(f) end
end

do
---What a function makes of each image of a dataset.
---@class bilevel.mapped: bilevel.dataset
---@field [any] any the images, from 1
---@operator len: integer
local class = {}

---@class bilevel.mapped.observe.options
---@field operator? bilevel.operator A (an operator; default identity())
---@field noise? bilevel.noise what is added to A x (a noise; default none())
---@field redraw? boolean whether each epoch of a stochastic method has new noise (true or false; default false)

---What is measured of each image, for training and testing.
---@param options? bilevel.mapped.observe.options operator and noise
---@return bilevel.samples # samples with .truth and .observed
function class:observe(options) end

---The first n images; all if there are fewer.
---@param n integer how many
---@return bilevel.slice
function class:take(n) end

---All but the first n images.
---@param n integer how many
---@return bilevel.slice
function class:skip(n) end

---Two parts in order, as for training and testing.
---@param fraction number share of the first part
---@return any
function class:split(fraction) end

---@class bilevel.mapped.patches.options
---@field size? integer|integer[] extent of a part (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels; default 64)
---@field stride? integer|integer[] distance between neighbours; the size when absent (an integer >= 1 and <= 16384 or a list of 2 values, each an integer >= 1 and <= 16384, in pixels)

---Parts of each image on a regular grid, all that fit.
---@param options? bilevel.mapped.patches.options which parts
---@return bilevel.patches
function class:patches(options) end

---@class bilevel.mapped.augment.options
---@field flips? boolean whether images are mirrored left to right (true or false; default true)
---@field rotations? boolean whether images are turned by multiples of 90 degrees (true or false; default true)
---@field copies? integer versions of each image (an integer >= 1 and <= 1000000; default 1)
---@field seed? integer key of the choices; drawn when absent (an integer)

---Each image turned and mirrored at random.
---@param options? bilevel.mapped.augment.options how
---@return bilevel.augmented
function class:augment(options) end

---What a function makes of each image.
---@param f function from an image to an image {channels, height, width}
---@return bilevel.mapped
function class:map(f) end
end

do
---Images with what was measured of them, made by ds:observe.
---@class bilevel.samples: bilevel.dataset
---@field [any] any the samples, from 1
---@operator len: integer
local class = {}

---The first n samples; all if there are fewer.
---@param n integer how many
---@return bilevel.samples
function class:take(n) end

---All but the first n samples.
---@param n integer how many
---@return bilevel.samples
function class:skip(n) end

---Two parts in order, as for training and testing.
---@param fraction number share of the first part
---@return any # two lists of samples
function class:split(fraction) end
end

do
---An image and what was measured of it.
---@class bilevel.sample: bilevel.dataset
---@field truth bilevel.tensor the image that should be found
---@field observed bilevel.tensor the noisy measurement of it
local class = {}
end

---What a measurement adds: a fixed function of (seed, index).
bl.noise = {}

do
---Independent normal noise, never clipped.
---@class bilevel.noise.gaussian: bilevel.noise
local class = {}
end

---@class bilevel.noise.gaussian.options
---@field sigma? number standard deviation (a number >= 0, in image units; default 0.1)
---@field seed? integer key of the noise; drawn when absent (an integer)

---Independent normal noise, never clipped.
---@param options? bilevel.noise.gaussian.options named arguments
---@return bilevel.noise.gaussian
function bl.noise.gaussian(options) end

do
---Counting noise: P/peak with P ~ Poisson(peak max(Ax, 0)).
---@class bilevel.noise.poisson: bilevel.noise
local class = {}
end

---@class bilevel.noise.poisson.options
---@field peak? number expected count where the measurement is 1 (a number > 0, in counts; default 100)
---@field seed? integer key of the noise; drawn when absent (an integer)

---Counting noise: P/peak with P ~ Poisson(peak max(Ax, 0)).
---@param options? bilevel.noise.poisson.options named arguments
---@return bilevel.noise.poisson
function bl.noise.poisson(options) end

do
---No noise at all.
---@class bilevel.noise.none: bilevel.noise
local class = {}
end

---No noise at all.
---@return bilevel.noise.none
function bl.noise.none() end

---Linear forward operators.
bl.operator = {}

do
---A x = x, for denoising.
---@class bilevel.operator.identity: bilevel.operator
---@overload fun(x: bilevel.tensor): bilevel.tensor
local class = {}

---The image A* y, with <A x, y> = <x, A* y>.
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:adjoint(y) end

---A true upper bound of the operator norm.
---@param shape? integer[] of the images; needed where the norm depends on it
---@return number
function class:norm(shape) end

---An image whose measurement is near y: where the operator has one, the pseudoinverse or what is used in its place (filtered back projection).
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:pinv(y) end
end

---A x = x, for denoising.
---@return bilevel.operator.identity
function bl.operator.identity() end

do
---A x = mask * x, for inpainting.
---@class bilevel.operator.mask: bilevel.operator
---@overload fun(x: bilevel.tensor): bilevel.tensor
local class = {}

---The image A* y, with <A x, y> = <x, A* y>.
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:adjoint(y) end

---A true upper bound of the operator norm.
---@param shape? integer[] of the images; needed where the norm depends on it
---@return number
function class:norm(shape) end

---An image whose measurement is near y: where the operator has one, the pseudoinverse or what is used in its place (filtered back projection).
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:pinv(y) end
end

---@class bilevel.operator.mask.options
---@field keep? number share of pixels that are kept (a number > 0 and <= 1)
---@field seed? integer of the random mask; drawn when absent (an integer)
---@field mask? bilevel.tensor {height, width} or {channels, height, width}, in the place of 'keep' (a tensor)

---A x = mask * x, for inpainting.
---@param options? bilevel.operator.mask.options named arguments
---@return bilevel.operator.mask
function bl.operator.mask(options) end

do
---Convolution with a point-spread function, for deblurring.
---@class bilevel.operator.blur: bilevel.operator
---@overload fun(x: bilevel.tensor): bilevel.tensor
local class = {}

---The block of theta that a learned kernel is.
---@return string
function class:describe() end

---The image A* y, with <A x, y> = <x, A* y>.
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:adjoint(y) end

---A true upper bound of the operator norm.
---@param shape? integer[] of the images; needed where the norm depends on it
---@return number
function class:norm(shape) end

---An image whose measurement is near y: where the operator has one, the pseudoinverse or what is used in its place (filtered back projection).
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:pinv(y) end
end

---@class bilevel.operator.blur.options
---@field kernel? bilevel.tensor|string the point-spread function ("gaussian" or a tensor {rows, columns})
---@field sigma? number standard deviation of a normal density (a number >= 0.05 and <= 256, in pixels)
---@field size? integer its extent; up to 4 sigma on either side when absent (an odd integer from 1 to 2049, in pixels)
---@field boundary? "zero"|"reflect"|"periodic" how the image goes on beyond its border ("zero", "reflect" or "periodic"; default "reflect")
---@field learnable? boolean whether the kernel is a block of theta, which starts as given (true or false; default false)
---@field constraint? "none"|"simplex" what a learned kernel must be ("none" or "simplex"; default "simplex")

---Convolution with a point-spread function, for deblurring.
---@param options? bilevel.operator.blur.options named arguments
---@return bilevel.operator.blur
function bl.operator.blur(options) end

do
---The Fourier transform, at all frequencies or at some.
---@class bilevel.operator.fourier: bilevel.operator
---@overload fun(x: bilevel.tensor): bilevel.tensor
local class = {}

---The mask, zero frequency first.
---@param size integer[] {height, width} of the images
---@return bilevel.tensor # a tensor {height, width}
function class:mask(size) end

---The image A* y, with <A x, y> = <x, A* y>.
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:adjoint(y) end

---A true upper bound of the operator norm.
---@param shape? integer[] of the images; needed where the norm depends on it
---@return number
function class:norm(shape) end

---An image whose measurement is near y: where the operator has one, the pseudoinverse or what is used in its place (filtered back projection).
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:pinv(y) end
end

---@class bilevel.operator.fourier.options
---@field mask? bilevel.tensor {height, width}, 1 where measured (a tensor)
---@field pattern? "cartesian"|"radial"|"variable_density" what is measured, where no mask is given ("cartesian", "radial" or "variable_density")
---@field acceleration? number of a pattern: one of so many lines or frequencies is measured; 4 when absent (a number >= 1 and <= 1000000)
---@field lines? integer lines of a radial pattern; from the acceleration when absent (an integer >= 1 and <= 100000)
---@field power? number of a pattern's density (1 - distance)^power; 3 when absent (a number >= 0 and <= 100)
---@field centre? number of a pattern: share of the frequencies' range that is measured fully in the middle; 0.08 when absent (a number >= 0 and <= 1)
---@field seed? integer of what is random; drawn when absent (an integer)

---The Fourier transform, at all frequencies or at some.
---@param options? bilevel.operator.fourier.options named arguments
---@return bilevel.operator.fourier
function bl.operator.fourier(options) end

do
---Line integrals along parallel rays, for tomography.
---@class bilevel.operator.radon: bilevel.operator
---@overload fun(x: bilevel.tensor): bilevel.tensor
local class = {}

---The image A* y, with <A x, y> = <x, A* y>.
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:adjoint(y) end

---A true upper bound of the operator norm.
---@param shape? integer[] of the images; needed where the norm depends on it
---@return number
function class:norm(shape) end

---An image whose measurement is near y: where the operator has one, the pseudoinverse or what is used in its place (filtered back projection).
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:pinv(y) end
end

---@class bilevel.operator.radon.options
---@field angles? integer|number[] how many, equally spaced over half a turn, or the list (an integer >= 1 and <= 10000 or a list of 1...10000 values, each a number >= -1000000 and <= 1000000, in radians; default 60)
---@field detectors? integer rays of an angle; as many as the diagonal has pixels when absent (an integer >= 1 and <= 16384)
---@field size? integer[] {height, width} of the images, needed for adjoint and pinv unless they are square and 'detectors' is absent (a list of 2 values, each an integer >= 1 and <= 16384)

---Line integrals along parallel rays, for tomography.
---@param options? bilevel.operator.radon.options named arguments
---@return bilevel.operator.radon
function bl.operator.radon(options) end

do
---Means over blocks of pixels, for super-resolution.
---@class bilevel.operator.downsample: bilevel.operator
---@overload fun(x: bilevel.tensor): bilevel.tensor
local class = {}

---The image A* y, with <A x, y> = <x, A* y>.
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:adjoint(y) end

---A true upper bound of the operator norm.
---@param shape? integer[] of the images; needed where the norm depends on it
---@return number
function class:norm(shape) end

---An image whose measurement is near y: where the operator has one, the pseudoinverse or what is used in its place (filtered back projection).
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:pinv(y) end
end

---@class bilevel.operator.downsample.options
---@field factor? integer side of a block (an integer >= 1 and <= 1024, in pixels; default 2)

---Means over blocks of pixels, for super-resolution.
---@param options? bilevel.operator.downsample.options named arguments
---@return bilevel.operator.downsample
function bl.operator.downsample(options) end

do
---A x = M x for a dense matrix, x in row-major order.
---@class bilevel.operator.matrix: bilevel.operator
---@overload fun(x: bilevel.tensor): bilevel.tensor
local class = {}

---The image A* y, with <A x, y> = <x, A* y>.
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:adjoint(y) end

---A true upper bound of the operator norm.
---@param shape? integer[] of the images; needed where the norm depends on it
---@return number
function class:norm(shape) end

---An image whose measurement is near y: where the operator has one, the pseudoinverse or what is used in its place (filtered back projection).
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:pinv(y) end
end

---A x = M x for a dense matrix, x in row-major order.
---@param matrix bilevel.tensor {rows, columns}
---@param shape? integer[] of the images, {1, 1, columns} when absent
---@return bilevel.operator.matrix
function bl.operator.matrix(matrix, shape) end

do
---A x = outer(inner(x)).
---@class bilevel.operator.compose: bilevel.operator
---@overload fun(x: bilevel.tensor): bilevel.tensor
local class = {}

---The image A* y, with <A x, y> = <x, A* y>.
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:adjoint(y) end

---A true upper bound of the operator norm.
---@param shape? integer[] of the images; needed where the norm depends on it
---@return number
function class:norm(shape) end

---An image whose measurement is near y: where the operator has one, the pseudoinverse or what is used in its place (filtered back projection).
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:pinv(y) end
end

---A x = outer(inner(x)).
---@param outer bilevel.operator applied second
---@param inner bilevel.operator applied first
---@return bilevel.operator.compose
function bl.operator.compose(outer, inner) end

do
---Learned samples of the Fourier transform.
---@class bilevel.operator.sampling: bilevel.operator
---@overload fun(x: bilevel.tensor): bilevel.tensor
local class = {}

---The blocks of theta: name, shape, transform, count.
---@return string
function class:describe() end

---The image A* y, with <A x, y> = <x, A* y>.
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:adjoint(y) end

---A true upper bound of the operator norm.
---@param shape? integer[] of the images; needed where the norm depends on it
---@return number
function class:norm(shape) end

---An image whose measurement is near y: where the operator has one, the pseudoinverse or what is used in its place (filtered back projection).
---@param y bilevel.tensor a measurement
---@return bilevel.tensor
function class:pinv(y) end
end

---@class bilevel.operator.sampling.options
---@field size integer[] {height, width} of the images (a list of 2 values, each an integer >= 1 and <= 16384)
---@field weights? "lines"|"entries" what has a weight of its own ("lines" or "entries"; default "lines")
---@field initial? number the weight of all at first (a number >= 0 and <= 1; default 0.5)

---Learned samples of the Fourier transform.
---@param options bilevel.operator.sampling.options named arguments
---@return bilevel.operator.sampling
function bl.operator.sampling(options) end

---Measures of how near an image is to the truth.
bl.metric = {}

do
---The peak signal-to-noise ratio in dB, over the whole image.
---@class bilevel.metric.psnr: bilevel.metric
---@overload fun(image: bilevel.tensor, truth: bilevel.tensor): number
local class = {}
end

---@class bilevel.metric.psnr.options
---@field peak? number largest value an image can have (a number > 0, in image units; default 1)

---The peak signal-to-noise ratio in dB, over the whole image.
---@param options? bilevel.metric.psnr.options named arguments
---@return bilevel.metric.psnr
function bl.metric.psnr(options) end

do
---The structural similarity, averaged over all windows inside of the image.
---@class bilevel.metric.ssim: bilevel.metric
---@overload fun(image: bilevel.tensor, truth: bilevel.tensor): number
local class = {}
end

---@class bilevel.metric.ssim.options
---@field window? "uniform"|"gaussian" how pixels are weighted ("uniform" or "gaussian"; default "uniform")
---@field peak? number range of values (a number > 0, in image units; default 1)

---The structural similarity, averaged over all windows inside of the image.
---@param options? bilevel.metric.ssim.options named arguments
---@return bilevel.metric.ssim
function bl.metric.ssim(options) end

do
---The mean of squared differences.
---@class bilevel.metric.mse: bilevel.metric
---@overload fun(image: bilevel.tensor, truth: bilevel.tensor): number
local class = {}
end

---The mean of squared differences.
---@return bilevel.metric.mse
function bl.metric.mse() end

---Plots and pictures, to be saved or shown.
bl.plot = {}

---@class bilevel.plot.image.options
---@field magnify? integer pixels along a side of an image's pixel (an integer >= 1 and <= 64; default 1)

---A picture of one image; 0 is black, 1 is white.
---@param image bilevel.tensor {1 or 3, height, width} or {height, width}
---@param options? bilevel.plot.image.options how it is shown
---@return any
function bl.plot.image(image, options) end

---@class bilevel.plot.images.options
---@field [integer] bilevel.tensor the images in order (a list of values, each a tensor)
---@field captions? string[] a line of text below each (a list of values, each a string; default {})
---@field truth? bilevel.tensor what each is compared with: the PSNR is added to captions (a tensor)
---@field columns? integer images in a row; all when absent (an integer >= 1)
---@field magnify? integer pixels along a side of an image's pixel (an integer >= 1 and <= 64; default 1)
---@field gap? integer between images (an integer >= 0 and <= 1000, in pixels; default 4)

---A sheet of images with captions.
---@param sheet? bilevel.plot.images.options images and options
---@return any
function bl.plot.images(sheet) end

---@class bilevel.plot.filters.options
---@field weights? number[]|bilevel.tensor one a filter; equal when absent (a list of values, each a finite number or a tensor)
---@field columns? integer filters in a row; about as many as rows when absent (an integer >= 1)
---@field magnify? integer pixels along a side of an element (an integer >= 1 and <= 64)

---A sheet of filters, largest weight times norm first.
---@param filters bilevel.tensor {filters, channels, height, width}
---@param options? bilevel.plot.filters.options how they are shown
---@return any
function bl.plot.filters(filters, options) end

---@class bilevel.plot.lines.options
---@field [integer] any tables { x =, y =, lower =, upper =, label =, style = }, or numbers or a tensor for y alone (a list of values, each a list of numbers, a tensor or a table of named arguments)
---@field title? string above the plot (a string; default "")
---@field x_label? string below the horizontal axis (a string; default "")
---@field y_label? string beside the vertical axis (a string; default "")
---@field log? "x"|"y"|"xy" which axes are logarithmic; values <= 0 are left out there ("x", "y" or "xy")
---@field width? integer of the file (an integer >= 100 and <= 10000, in pixels; default 800)
---@field height? integer of the file (an integer >= 100 and <= 10000, in pixels; default 500)

---Curves over one pair of axes, with bands for the spread.
---@param plot? bilevel.plot.lines.options curves and options
---@return bilevel.plot
function bl.plot.lines(plot) end

---@class bilevel.plot.histogram.options
---@field bins? integer number of intervals; by the rule of Freedman and Diaconis when absent (an integer >= 1 and <= 10000)
---@field title? string above the plot (a string; default "")
---@field x_label? string below the horizontal axis (a string; default "")
---@field y_label? string beside the vertical axis (a string; default "")
---@field log? "x"|"y"|"xy" which axes are logarithmic; values <= 0 are left out there ("x", "y" or "xy")
---@field width? integer of the file (an integer >= 100 and <= 10000, in pixels; default 800)
---@field height? integer of the file (an integer >= 100 and <= 10000, in pixels; default 500)

---How often values fall into intervals of equal width.
---@param values any the values; those that are not finite are left out
---@param options? bilevel.plot.histogram.options how they are counted and shown
---@return bilevel.plot
function bl.plot.histogram(values, options) end

do
---A plot made by bl.plot, to be saved or shown.
---@class bilevel.plot
---@field title string the words above it
local class = {}

---Writes an SVG, PNG or PDF file, whole or not at all.
---@param path string its name, ending in .svg, .png or .pdf
---@return bilevel.plot
function class:save(path) end

---Draws it in the terminal.
---@return bilevel.plot
function class:show() end
end

---@class bilevel.plot.schedule.options
---@field steps? integer from step 0 on (an integer >= 2 and <= 10000000; default 1000)
---@field title? string above the plot (a string; default "")
---@field x_label? string below the horizontal axis (a string; default "")
---@field y_label? string beside the vertical axis (a string; default "")
---@field log? "x"|"y"|"xy" which axes are logarithmic; values <= 0 are left out there ("x", "y" or "xy")
---@field width? integer of the file (an integer >= 100 and <= 10000, in pixels; default 800)
---@field height? integer of the file (an integer >= 100 and <= 10000, in pixels; default 500)

---The values of a schedule, or of several, over the steps.
---@param schedules bilevel.schedule,_as_bl.schedule.polynomial_{_…_}|bilevel.schedule,_as_bl.schedule.polynomial_{_…_}[] what is shown
---@param options? bilevel.plot.schedule.options how it is shown
---@return bilevel.plot
function bl.plot.schedule(schedules, options) end

---What is learned: R(x; theta), with parameters theta.
bl.regularizer = {}

do
---Smoothed total variation.
---@class bilevel.regularizer.total_variation: bilevel.regularizer
local class = {}

---The blocks of theta: name, shape, transform, count.
---@return string
function class:describe() end
end

---@class bilevel.regularizer.total_variation.options
---@field coupling? "isotropic"|"anisotropic" whether both differences stand under one root ("isotropic" or "anisotropic"; default "isotropic")
---@field initial_log_weight? number log alpha at first (a finite number; default -3)
---@field initial_log_smoothing? number log nu at first (a finite number; default -3)

---Smoothed total variation.
---@param options? bilevel.regularizer.total_variation.options named arguments
---@return bilevel.regularizer.total_variation
function bl.regularizer.total_variation(options) end

do
---A sum of smoothed absolute values of learned filters' responses.
---@class bilevel.regularizer.fields_of_experts: bilevel.regularizer
local class = {}

---The blocks of theta: name, shape, transform, count.
---@return string
function class:describe() end
end

---@class bilevel.regularizer.fields_of_experts.options
---@field filters? integer number of filters (an integer >= 1 and <= 4096; default 30)
---@field size? integer extent of the filters (an odd integer from 3 to 13, in pixels; default 7)
---@field boundary? "zero"|"reflect"|"periodic" what the filters see outside of the image ("zero", "reflect" or "periodic"; default "reflect")
---@field potential? "smoothed_absolute"|"huber"|"log_cosh" phi ("smoothed_absolute", "huber" or "log_cosh"; default "smoothed_absolute")
---@field channels? integer channels of the images (an integer >= 1 and <= 512; default 1)
---@field initialization? "random"|"dct" where the filters start ("random" or "dct"; default "random")
---@field initial_log_weight? number log beta at first; log(0.22 / filters) when absent (a finite number)
---@field initial_log_smoothing? number log nu at first, for filters of norm 1 (a finite number; default -4.5)
---@field initial_filter_norm? number norm of the initial filters; the larger, the less a step moves them beside the logarithms (a number > 0; default 100)

---A sum of smoothed absolute values of learned filters' responses.
---@param options? bilevel.regularizer.fields_of_experts.options named arguments
---@return bilevel.regularizer.fields_of_experts
function bl.regularizer.fields_of_experts(options) end

do
---A convex function of learned filters in several layers.
---@class bilevel.regularizer.convex_ridge: bilevel.regularizer
local class = {}

---The blocks of theta: name, shape, transform, count.
---@return string
function class:describe() end
end

---@class bilevel.regularizer.convex_ridge.options
---@field channels? integer[] channels that each layer makes (a list of 1...8 values, each an integer >= 1 and <= 1024; default {4, 8, 64})
---@field sizes? integer[] extent of each layer's filters (a list of 1...8 values, each an odd integer from 3 to 13, in pixels; default {5, 5, 5})
---@field potential? "smoothed_absolute"|"huber"|"log_cosh" phi ("smoothed_absolute", "huber" or "log_cosh"; default "huber")
---@field boundary? "zero"|"reflect"|"periodic" what each layer sees outside of its input ("zero", "reflect" or "periodic"; default "zero")
---@field image_channels? integer channels of the images (an integer >= 1 and <= 16; default 1)
---@field normalization? "fourier"|"power" how the norm of W is measured: by Fourier transform, or on images with borders ("fourier" or "power"; default "fourier")
---@field normalization_size? integer extent of these images (an integer >= 8 and <= 256, in pixels; default 32)
---@field weights? table a trained model, which says channels and sizes and where to start (a table of tensors by name, as bl.load returns it)
---@field initial_scaling? number scaling at first (a finite number; default 2.995732273553991)
---@field initial_beta? number beta at first (a finite number; default 4)

---A convex function of learned filters in several layers.
---@param options? bilevel.regularizer.convex_ridge.options named arguments
---@return bilevel.regularizer.convex_ridge
function bl.regularizer.convex_ridge(options) end

do
---A weakly convex function of learned filters in several layers.
---@class bilevel.regularizer.weakly_convex_ridge: bilevel.regularizer
local class = {}

---The blocks of theta: name, shape, transform, count.
---@return string
function class:describe() end
end

---@class bilevel.regularizer.weakly_convex_ridge.options
---@field channels? integer[] channels that each layer makes (a list of 1...8 values, each an integer >= 1 and <= 1024; default {4, 8, 64})
---@field sizes? integer[] extent of each layer's filters (a list of 1...8 values, each an odd integer from 3 to 13, in pixels; default {5, 5, 5})
---@field potential? "smoothed_absolute"|"huber"|"log_cosh" phi ("smoothed_absolute", "huber" or "log_cosh"; default "huber")
---@field boundary? "zero"|"reflect"|"periodic" what each layer sees outside of its input ("zero", "reflect" or "periodic"; default "zero")
---@field image_channels? integer channels of the images (an integer >= 1 and <= 16; default 1)
---@field normalization? "fourier"|"power" how the norm of W is measured: by Fourier transform, or on images with borders ("fourier" or "power"; default "fourier")
---@field normalization_size? integer extent of these images (an integer >= 8 and <= 256, in pixels; default 32)
---@field weights? table a trained model, which says channels and sizes and where to start (a table of tensors by name, as bl.load returns it)
---@field initial_scaling? number scaling at first (a finite number; default 2.995732273553991)
---@field initial_beta? number beta at first (a finite number; default 4)
---@field largest_concavity? number the projection keeps e^alpha at most here, below what the rest of the lower level brings (a number > 0; default 0.9)

---A weakly convex function of learned filters in several layers.
---@param options? bilevel.regularizer.weakly_convex_ridge.options named arguments
---@return bilevel.regularizer.weakly_convex_ridge
function bl.regularizer.weakly_convex_ridge(options) end

do
---Smoothed total variation of first and second order.
---@class bilevel.regularizer.higher_order_variation: bilevel.regularizer
local class = {}

---The filters, which are not learned.
---@return bilevel.tensor # a tensor {filters, channels, size, size}
function class:filters() end

---The blocks of theta: name, shape, transform, count.
---@return string
function class:describe() end
end

---@class bilevel.regularizer.higher_order_variation.options
---@field boundary? "zero"|"reflect"|"periodic" what the differences see outside of the image ("zero", "reflect" or "periodic"; default "reflect")
---@field channels? integer channels of the images (an integer >= 1 and <= 16; default 1)
---@field initial_log_weights? number[] log beta_1 and log beta_2 at first (a list of 2 values, each a finite number; default {-3.5, -3.5})
---@field initial_log_smoothing? number log nu of both orders at first (a finite number; default -4)

---Smoothed total variation of first and second order.
---@param options? bilevel.regularizer.higher_order_variation.options named arguments
---@return bilevel.regularizer.higher_order_variation
function bl.regularizer.higher_order_variation(options) end

do
---An undecimated wavelet frame with a learned weight for each band.
---@class bilevel.regularizer.wavelet_frame: bilevel.regularizer
local class = {}

---The filters, which are not learned.
---@return bilevel.tensor # a tensor {filters, channels, size, size}
function class:filters() end

---The blocks of theta: name, shape, transform, count.
---@return string
function class:describe() end
end

---@class bilevel.regularizer.wavelet_frame.options
---@field wavelet? "haar"|"linear_spline" the family ("haar" or "linear_spline"; default "haar")
---@field levels? integer number of levels (an integer >= 1 and <= 3; default 2)
---@field boundary? "zero"|"reflect"|"periodic" what the filters see outside of the image ("zero", "reflect" or "periodic"; default "reflect")
---@field channels? integer channels of the images (an integer >= 1 and <= 16; default 1)
---@field initial_log_weight? number log beta at first, of all bands (a finite number; default -2.5)
---@field initial_log_smoothing? number log nu at first (a finite number; default -5)

---An undecimated wavelet frame with a learned weight for each band.
---@param options? bilevel.regularizer.wavelet_frame.options named arguments
---@return bilevel.regularizer.wavelet_frame
function bl.regularizer.wavelet_frame(options) end

do
---Half the squared norm of the image, with a weight.
---@class bilevel.regularizer.tikhonov: bilevel.regularizer
local class = {}

---The blocks of theta: name, shape, transform, count.
---@return string
function class:describe() end
end

---@class bilevel.regularizer.tikhonov.options
---@field initial_log_weight? number log weight at first (a finite number; default -4)

---Half the squared norm of the image, with a weight.
---@param options? bilevel.regularizer.tikhonov.options named arguments
---@return bilevel.regularizer.tikhonov
function bl.regularizer.tikhonov(options) end

do
---An input-convex neural network of two convolutional layers.
---@class bilevel.regularizer.icnn: bilevel.regularizer
local class = {}

---The blocks of theta: name, shape, transform, count.
---@return string
function class:describe() end
end

---@class bilevel.regularizer.icnn.options
---@field channels? integer maps of either layer (an integer >= 1 and <= 512; default 32)
---@field size? integer extent of the filters (an odd integer from 3 to 13, in pixels; default 5)
---@field potential? "smoothed_relu"|"softplus" the activation a ("smoothed_relu" or "softplus"; default "smoothed_relu")
---@field image_channels? integer channels of the images (an integer >= 1 and <= 16; default 1)
---@field initial_log_hidden_weight? number mean of log Wz at first (a number <= 10; default -10)
---@field initial_scaling? number scaling at first (a number <= 50; default -6.907755278982137)
---@field initial_smoothing? number log tau at first (a number >= -50 and <= 50; default -4.605170185988091)
---@field weights? table what was trained, to start from, under the names of its PyTorch module or of theta:save; sets the extents (a table of tensors by name, as bl.load returns it)
---@field layers? integer layers of activations (2, the depth there is; default 2)

---An input-convex neural network of two convolutional layers.
---@param options? bilevel.regularizer.icnn.options named arguments
---@return bilevel.regularizer.icnn
function bl.regularizer.icnn(options) end

do
---A difference of two input-convex neural networks: weakly convex.
---@class bilevel.regularizer.idcnn: bilevel.regularizer
local class = {}

---The blocks of theta: name, shape, transform, count.
---@return string
function class:describe() end
end

---@class bilevel.regularizer.idcnn.options
---@field channels? integer maps of either layer (an integer >= 1 and <= 512; default 32)
---@field size? integer extent of the filters (an odd integer from 3 to 13, in pixels; default 5)
---@field potential? "smoothed_relu"|"softplus" the activation a ("smoothed_relu" or "softplus"; default "smoothed_relu")
---@field image_channels? integer channels of the images (an integer >= 1 and <= 16; default 1)
---@field initial_log_hidden_weight? number mean of log Wz at first (a number <= 10; default -10)
---@field initial_scaling? number scaling at first (a number <= 50; default -6.907755278982137)
---@field initial_smoothing? number log tau at first (a number >= -50 and <= 50; default -4.605170185988091)
---@field weights? table what was trained, to start from, under the names of its PyTorch module or of theta:save; sets the extents (a table of tensors by name, as bl.load returns it)

---A difference of two input-convex neural networks: weakly convex.
---@param options? bilevel.regularizer.idcnn.options named arguments
---@return bilevel.regularizer.idcnn
function bl.regularizer.idcnn(options) end

do
---Several regularizers at once, each with parameters of its own.
---@class bilevel.regularizer.sum: bilevel.regularizer
local class = {}

---The blocks of theta: name, shape, transform, count.
---@return string
function class:describe() end
end

---@class bilevel.regularizer.sum.options
---@field [integer] bilevel.regularizer the summands (a list of values, each a regularizer)

---Several regularizers at once, each with parameters of its own.
---@param options? bilevel.regularizer.sum.options named arguments
---@return bilevel.regularizer.sum
function bl.regularizer.sum(options) end

---How far a prediction is from the data.
bl.fidelity = {}

do
---weight/2 |Ax - y|^2, for Gaussian noise.
---@class bilevel.fidelity.squared_l2: bilevel.fidelity
local class = {}
end

---@class bilevel.fidelity.squared_l2.options
---@field weight? number weight of the data term (a number > 0; default 1)

---weight/2 |Ax - y|^2, for Gaussian noise.
---@param options? bilevel.fidelity.squared_l2.options named arguments
---@return bilevel.fidelity.squared_l2
function bl.fidelity.squared_l2(options) end

do
---1/2 sum_p weights_p (Ax - y)_p^2, for Gaussian noise that differs from pixel to pixel.
---@class bilevel.fidelity.weighted_squared_l2: bilevel.fidelity
local class = {}
end

---@class bilevel.fidelity.weighted_squared_l2.options
---@field weights bilevel.tensor of the shape of the observations, >= 0; 1/sigma^2 for noise of deviation sigma (a tensor)

---1/2 sum_p weights_p (Ax - y)_p^2, for Gaussian noise that differs from pixel to pixel.
---@param options bilevel.fidelity.weighted_squared_l2.options named arguments
---@return bilevel.fidelity.weighted_squared_l2
function bl.fidelity.weighted_squared_l2(options) end

do
---weight sum_p phi((Ax - y)_p), quadratic up to a width and linear beyond, for outliers.
---@class bilevel.fidelity.huber: bilevel.fidelity
local class = {}
end

---@class bilevel.fidelity.huber.options
---@field width? number residuals beyond it count linearly (a number > 0, in units of the data; default 0.1)
---@field weight? number weight of the data term (a number > 0; default 1)

---weight sum_p phi((Ax - y)_p), quadratic up to a width and linear beyond, for outliers.
---@param options? bilevel.fidelity.huber.options named arguments
---@return bilevel.fidelity.huber
function bl.fidelity.huber(options) end

do
---weight sum_p KL(y_p; (Ax)_p + background), for Poisson noise.
---@class bilevel.fidelity.poisson: bilevel.fidelity
local class = {}
end

---@class bilevel.fidelity.poisson.options
---@field background? number b (a number > 0, in units of the data; default 0.1)
---@field largest? number no observation is larger; bounds the curvature (a number > 0, in units of the data; default 2)
---@field weight? number weight of the data term (a number > 0; default 1)

---weight sum_p KL(y_p; (Ax)_p + background), for Poisson noise.
---@param options? bilevel.fidelity.poisson.options named arguments
---@return bilevel.fidelity.poisson
function bl.fidelity.poisson(options) end

---Parameters theta, and how they are read.
bl.parameters = {}

do
---The parameters theta: one flat vector with named blocks.
---@class bilevel.parameters
---@field [string] any blocks
---@field [any] any theta[i]: one coordinate; theta.name = t: one block
---@operator add(any): bilevel.parameters
---@operator sub(any): bilevel.parameters
---@operator mul(any): bilevel.parameters
---@operator div(any): bilevel.parameters
---@operator unm: bilevel.parameters
---@operator len: integer
local class = {}

---The stored coordinates, block after block.
---@return bilevel.tensor
function class:vector() end

---The same blocks with other coordinates.
---@param vector bilevel.tensor as many coordinates
---@return bilevel.parameters
function class:with(vector) end

---Writes a .safetensors or .npz file, one array per block.
---@param path string name of the file
function class:save(path) end

---The regularizer that they belong to, with its arguments.
---@return bilevel.regularizer
function class:regularizer() end

---An independent copy.
---@return bilevel.parameters
function class:clone() end

---The blocks: name, shape, transform, count.
---@return string
function class:describe() end

---The inner product of the coordinates.
---@param other bilevel.parameters parameters with the same blocks
---@return number
function class:dot(other) end

---The Euclidean norm of the coordinates.
---@return number
function class:norm() end
end

---Reads parameters from a .safetensors or .npz file.
---@param path string name of the file
---@return bilevel.parameters
function bl.parameters.load(path) end

---Lower levels with data of their own: g(x, theta).
bl.energy = {}

do
---g(x, theta) = 1/2 |matrix x + parameter_matrix theta - target|^2, with a known solution.
---@class bilevel.energy.quadratic: bilevel.energy
local class = {}
end

---@class bilevel.energy.quadratic.options
---@field matrix bilevel.tensor {rows, n}, with independent columns (a tensor)
---@field parameter_matrix bilevel.tensor {rows, p} (a tensor)
---@field target bilevel.tensor {rows} (a tensor)
---@field start? bilevel.tensor where x starts, {n}; 0 when absent (a tensor)

---g(x, theta) = 1/2 |matrix x + parameter_matrix theta - target|^2, with a known solution.
---@param options bilevel.energy.quadratic.options named arguments
---@return bilevel.energy.quadratic
function bl.energy.quadratic(options) end

do
---Mean cross-entropy of linear scores plus a ridge penalty whose weights are learned.
---@class bilevel.energy.logistic_regression: bilevel.energy
local class = {}
end

---@class bilevel.energy.logistic_regression.options
---@field features bilevel.tensor {count, features}, an example per row (a tensor)
---@field labels bilevel.tensor {count}: -1 and 1, or 1 ... C (a tensor)
---@field classes? integer C; the largest label when absent (an integer >= 2 and <= 10000)
---@field penalty? "each"|"class"|"all" what has a weight of its own ("each", "class" or "all"; default "each")
---@field initial_log_weight? number log weight at first (a finite number; default -3)

---Mean cross-entropy of linear scores plus a ridge penalty whose weights are learned.
---@param options bilevel.energy.logistic_regression.options named arguments
---@return bilevel.energy.logistic_regression
function bl.energy.logistic_regression(options) end

do
---Cross-entropy of training examples with learned weights, to find those that are corrupted.
---@class bilevel.energy.hypercleaning: bilevel.energy
local class = {}
end

---@class bilevel.energy.hypercleaning.options
---@field features bilevel.tensor {count, features}, an example per row (a tensor)
---@field labels bilevel.tensor {count}: -1 and 1, or 1 ... C (a tensor)
---@field classes? integer C; the largest label when absent (an integer >= 2 and <= 10000)
---@field ridge? number lambda of lambda |x|^2, without a half (a number > 0; default 0.2)

---Cross-entropy of training examples with learned weights, to find those that are corrupted.
---@param options bilevel.energy.hypercleaning.options named arguments
---@return bilevel.energy.hypercleaning
function bl.energy.hypercleaning(options) end

---Solvers of the lower level.
bl.solver = {}

do
---Gradient descent.
---@class bilevel.solver.gradient_descent: bilevel.solver
local class = {}
end

---@class bilevel.solver.gradient_descent.options
---@field max_iterations? integer most iterations of one solve (an integer >= 1; default 10000)
---@field step? "certified"|"adaptive" how the step size is found ("certified" or "adaptive"; default "adaptive")

---Gradient descent.
---@param options? bilevel.solver.gradient_descent.options named arguments
---@return bilevel.solver.gradient_descent
function bl.solver.gradient_descent(options) end

do
---Gradient descent with Polyak's momentum, guarded against growth.
---@class bilevel.solver.heavy_ball: bilevel.solver
local class = {}
end

---@class bilevel.solver.heavy_ball.options
---@field max_iterations? integer most iterations of one solve (an integer >= 1; default 10000)
---@field step? "certified"|"adaptive" how the step size is found ("certified" or "adaptive"; default "certified")

---Gradient descent with Polyak's momentum, guarded against growth.
---@param options? bilevel.solver.heavy_ball.options named arguments
---@return bilevel.solver.heavy_ball
function bl.solver.heavy_ball(options) end

do
---Accelerated gradient descent for strongly convex energies.
---@class bilevel.solver.fista: bilevel.solver
local class = {}
end

---@class bilevel.solver.fista.options
---@field max_iterations? integer most iterations of one solve (an integer >= 1; default 10000)
---@field step? "certified"|"adaptive" how the step size is found ("certified" or "adaptive"; default "adaptive")
---@field restart? "none"|"gradient"|"function" when the momentum is dropped ("none", "gradient" or "function"; default "none")

---Accelerated gradient descent for strongly convex energies.
---@param options? bilevel.solver.fista.options named arguments
---@return bilevel.solver.fista
function bl.solver.fista(options) end

do
---Nonmonotone accelerated gradient descent with Barzilai-Borwein steps.
---@class bilevel.solver.nmapg: bilevel.solver
local class = {}
end

---@class bilevel.solver.nmapg.options
---@field max_iterations? integer most iterations of one solve (an integer >= 1; default 1500)
---@field stop? "certified"|"relative_change" which test ends a solve ("certified" or "relative_change"; default "certified")
---@field memory? number eta, the weight of past energies (a number >= 0 and <= 1; default 0.8)
---@field decrease? number delta, the decrease asked for (a number > 0; default 0.1)
---@field shrinking? number rho, the step's factor in a line search (a number > 0 and < 1; default 0.9)
---@field first_smoothness? number L of the first step (a number > 0; default 10)
---@field max_trials? integer most trials of one line search (an integer >= 1; default 150)

---Nonmonotone accelerated gradient descent with Barzilai-Borwein steps.
---@param options? bilevel.solver.nmapg.options named arguments
---@return bilevel.solver.nmapg
function bl.solver.nmapg(options) end

do
---Limited-memory BFGS with a line search for the Wolfe conditions.
---@class bilevel.solver.lbfgs: bilevel.solver
local class = {}
end

---@class bilevel.solver.lbfgs.options
---@field max_iterations? integer most iterations of one solve (an integer >= 1; default 10000)
---@field memory? integer pairs of changes that are remembered (an integer >= 0 and <= 1000; default 5)
---@field decrease? number c1, the share of the slope's promise that a step must keep (a number > 0 and < 1; default 0.0001)
---@field curvature? number c2, the share of the slope that may be left (a number > 0 and < 1; default 0.9)

---Limited-memory BFGS with a line search for the Wolfe conditions.
---@param options? bilevel.solver.lbfgs.options named arguments
---@return bilevel.solver.lbfgs
function bl.solver.lbfgs(options) end

---Solvers of symmetric linear systems.
bl.linear = {}

do
---Conjugate gradients for symmetric positive definite systems.
---@class bilevel.linear.conjugate_gradient: bilevel.linear_solver
local class = {}
end

---@class bilevel.linear.conjugate_gradient.options
---@field max_iterations? integer most iterations of one solve (an integer >= 1; default 2000)
---@field recycle? integer Ritz vectors carried from one solve of a sample to the next (an integer >= 0 and <= 1000; default 0)

---Conjugate gradients for symmetric positive definite systems.
---@param options? bilevel.linear.conjugate_gradient.options named arguments
---@return bilevel.linear.conjugate_gradient
function bl.linear.conjugate_gradient(options) end

do
---The minimal residual method for symmetric systems.
---@class bilevel.linear.minres: bilevel.linear_solver
local class = {}
end

---@class bilevel.linear.minres.options
---@field max_iterations? integer most iterations of one solve (an integer >= 1; default 2000)

---The minimal residual method for symmetric systems.
---@param options? bilevel.linear.minres.options named arguments
---@return bilevel.linear.minres
function bl.linear.minres(options) end

do
---Gradient descent with Polyak's momentum.
---@class bilevel.linear.heavy_ball: bilevel.linear_solver
local class = {}
end

---@class bilevel.linear.heavy_ball.options
---@field max_iterations? integer most iterations of one solve (an integer >= 1; default 10000)
---@field step? number step size; 4 / (sqrt(L) + sqrt(mu))^2 when absent (a number > 0)
---@field momentum? number momentum; ((sqrt(L) - sqrt(mu)) / (sqrt(L) + sqrt(mu)))^2 when absent (a number >= 0 and < 1)

---Gradient descent with Polyak's momentum.
---@param options? bilevel.linear.heavy_ball.options named arguments
---@return bilevel.linear.heavy_ball
function bl.linear.heavy_ball(options) end

do
---Gradient descent on the quadratic.
---@class bilevel.linear.gradient_descent: bilevel.linear_solver
local class = {}
end

---@class bilevel.linear.gradient_descent.options
---@field max_iterations? integer most iterations of one solve (an integer >= 1; default 10000)
---@field step? number step size; 2 / (L + mu) when absent (a number > 0)

---Gradient descent on the quadratic.
---@param options? bilevel.linear.gradient_descent.options named arguments
---@return bilevel.linear.gradient_descent
function bl.linear.gradient_descent(options) end

---Ways to compute hypergradients.
bl.hypergradient = {}

do
---The hypergradient by the implicit function theorem: solve, adjoint solve, mixed product.
---@class bilevel.hypergradient.implicit: bilevel.hypergradient_method
local class = {}
end

---@class bilevel.hypergradient.implicit.options
---@field solver? bilevel.solver lower-level solver (a solver; default fista { max_iterations = 10000, step = "adaptive", restart = "none" })
---@field linear? bilevel.linear_solver solver of the adjoint equation (a linear solver; default conjugate_gradient { max_iterations = 2000, recycle = 0 })
---@field bound? "estimated"|"certified"|"none" how the error is judged ("estimated", "certified" or "none"; default "estimated")
---@field correct? boolean subtract the estimated errors from z and the loss (true or false; default false)
---@field estimate_iterations? integer most CG iterations for each of the two systems of an estimate (an integer >= 1; default 5)

---The hypergradient by the implicit function theorem: solve, adjoint solve, mixed product.
---@param options? bilevel.hypergradient.implicit.options named arguments
---@return bilevel.hypergradient.implicit
function bl.hypergradient.implicit(options) end

do
---The exact derivative of the loss after a fixed number of iterations, by reverse mode.
---@class bilevel.hypergradient.unrolled: bilevel.hypergradient_method
local class = {}
end

---@class bilevel.hypergradient.unrolled.options
---@field iterations? integer iterations that are differentiated (an integer >= 1 and <= 100000; default 100)
---@field solver? "gradient_descent"|"heavy_ball"|"fista" which iteration ("gradient_descent", "heavy_ball" or "fista"; default "fista")
---@field start? "initial"|"warm" where it starts: the observation, or the last point of the same image, held constant ("initial" or "warm"; default "initial")
---@field lower_solver? bilevel.solver who solves the lower level to eps (a solver; default fista { max_iterations = 10000, step = "adaptive", restart = "none" })
---@field bound? "estimated"|"certified"|"none" how the error is judged ("estimated", "certified" or "none"; default "estimated")

---The exact derivative of the loss after a fixed number of iterations, by reverse mode.
---@param options? bilevel.hypergradient.unrolled.options named arguments
---@return bilevel.hypergradient.unrolled
function bl.hypergradient.unrolled(options) end

do
---Reverse mode through a fixed number of iterations, as if all were at the solution.
---@class bilevel.hypergradient.inexact_unrolled: bilevel.hypergradient_method
local class = {}
end

---@class bilevel.hypergradient.inexact_unrolled.options
---@field iterations? integer adjoint iterations (an integer >= 1 and <= 100000; default 100)
---@field solver? "gradient_descent"|"heavy_ball"|"fista" whose recursion ("gradient_descent", "heavy_ball" or "fista"; default "heavy_ball")
---@field lower_solver? bilevel.solver who solves the lower level to eps (a solver; default fista { max_iterations = 10000, step = "adaptive", restart = "none" })
---@field bound? "estimated"|"certified"|"none" how the error is judged ("estimated", "certified" or "none"; default "estimated")

---Reverse mode through a fixed number of iterations, as if all were at the solution.
---@param options? bilevel.hypergradient.inexact_unrolled.options named arguments
---@return bilevel.hypergradient.inexact_unrolled
function bl.hypergradient.inexact_unrolled(options) end

do
---Reverse mode through the last steps only.
---@class bilevel.hypergradient.truncated: bilevel.hypergradient_method
local class = {}
end

---@class bilevel.hypergradient.truncated.options
---@field terms? integer steps that are differentiated (an integer >= 1 and <= 100000; default 10)
---@field solver? bilevel.solver lower-level solver (a solver; default fista { max_iterations = 10000, step = "adaptive", restart = "none" })
---@field bound? "estimated"|"certified"|"none" how the error is judged ("estimated", "certified" or "none"; default "none")

---Reverse mode through the last steps only.
---@param options? bilevel.hypergradient.truncated.options named arguments
---@return bilevel.hypergradient.truncated
function bl.hypergradient.truncated(options) end

do
---The derivative of one gradient step at the solution.
---@class bilevel.hypergradient.jacobian_free: bilevel.hypergradient_method
local class = {}
end

---@class bilevel.hypergradient.jacobian_free.options
---@field step_factor? number the step in units of 1/L (a number > 0 and < 2; default 1)
---@field solver? bilevel.solver lower-level solver (a solver; default fista { max_iterations = 10000, step = "adaptive", restart = "none" })
---@field bound? "estimated"|"certified"|"none" how the error is judged ("estimated", "certified" or "none"; default "none")

---The derivative of one gradient step at the solution.
---@param options? bilevel.hypergradient.jacobian_free.options named arguments
---@return bilevel.hypergradient.jacobian_free
function bl.hypergradient.jacobian_free(options) end

do
---The inverse Hessian replaced by terms of its Neumann series.
---@class bilevel.hypergradient.neumann: bilevel.hypergradient_method
local class = {}
end

---@class bilevel.hypergradient.neumann.options
---@field terms? integer terms of the series (an integer >= 1 and <= 100000; default 10)
---@field solver? bilevel.solver lower-level solver (a solver; default fista { max_iterations = 10000, step = "adaptive", restart = "none" })
---@field bound? "estimated"|"certified"|"none" how the error is judged ("estimated", "certified" or "none"; default "none")

---The inverse Hessian replaced by terms of its Neumann series.
---@param options? bilevel.hypergradient.neumann.options named arguments
---@return bilevel.hypergradient.neumann
function bl.hypergradient.neumann(options) end

---Losses of the upper level.
bl.loss = {}

do
---The sum of squared errors of one image, |x - truth|^2.
---@class bilevel.loss.squared_l2: bilevel.loss
local class = {}
end

---The sum of squared errors of one image, |x - truth|^2.
---@return bilevel.loss.squared_l2
function bl.loss.squared_l2() end

do
---The sum over pixels of squared errors, linear beyond a width.
---@class bilevel.loss.huber: bilevel.loss
local class = {}
end

---@class bilevel.loss.huber.options
---@field width? number errors beyond it count linearly (a number > 0, in image units; default 0.1)

---The sum over pixels of squared errors, linear beyond a width.
---@param options? bilevel.loss.huber.options named arguments
---@return bilevel.loss.huber
function bl.loss.huber(options) end

do
---The structural dissimilarity, summed over all windows of one image.
---@class bilevel.loss.ssim: bilevel.loss
local class = {}
end

---@class bilevel.loss.ssim.options
---@field window? "uniform"|"gaussian" how pixels are weighted ("uniform" or "gaussian"; default "uniform")
---@field peak? number range of values (a number > 0, in image units; default 1)
---@field weight? number factor of the sum (a number > 0; default 1)

---The structural dissimilarity, summed over all windows of one image.
---@param options? bilevel.loss.ssim.options named arguments
---@return bilevel.loss.ssim
function bl.loss.ssim(options) end

do
---weight |matrix x - target|^2, without a truth.
---@class bilevel.loss.least_squares: bilevel.loss
local class = {}
end

---@class bilevel.loss.least_squares.options
---@field matrix bilevel.tensor {rows, n} for an x of n elements (a tensor)
---@field target bilevel.tensor {rows} (a tensor)
---@field weight? number 1, or 0.5 for half the squared norm (a number > 0; default 1)

---weight |matrix x - target|^2, without a truth.
---@param options bilevel.loss.least_squares.options named arguments
---@return bilevel.loss.least_squares
function bl.loss.least_squares(options) end

do
---The mean cross-entropy of linear scores on validation data, without a truth.
---@class bilevel.loss.cross_entropy: bilevel.loss
local class = {}

---The mean cross-entropy.
---@param x bilevel.tensor what is learned
---@return number
function class:value(x) end

---The share of examples whose largest score is not their label's.
---@param x bilevel.tensor what is learned
---@return number # a number from 0 to 1
function class:error_rate(x) end
end

---@class bilevel.loss.cross_entropy.options
---@field features bilevel.tensor {count, features}, an example per row (a tensor)
---@field labels bilevel.tensor {count}: -1 and 1, or 1 ... C (a tensor)

---The mean cross-entropy of linear scores on validation data, without a truth.
---@param options bilevel.loss.cross_entropy.options named arguments
---@return bilevel.loss.cross_entropy
function bl.loss.cross_entropy(options) end

---Sets the number of threads that work on samples, and tells it.
---@param n? integer number of threads; unchanged when absent
---@return integer # the number of threads
function bl.threads(n) end

do
---A bilevel problem: data, lower level, upper level.
---@class bilevel.problem
---@field regularizer any R
---@field lower any the energy; nil for problems over images
---@operator len: integer
local class = {}

---@class bilevel.problem.parameters.options
---@field seed? integer of what is random (an integer >= 0; default 0)

---Initial parameters theta.
---@param options? bilevel.problem.parameters.options where they start
---@return bilevel.parameters
function class:parameters(options) end

---@class bilevel.problem.solve.options
---@field eps? number distance to the minimiser (a number > 0; default 0.001)
---@field index? integer which sample (an integer >= 1; default 1)
---@field solver? bilevel.solver the method (a solver; default fista { max_iterations = 10000, step = "adaptive", restart = "none" })

---The lower level of one sample.
---@param theta bilevel.parameters the parameters
---@param options? bilevel.problem.solve.options accuracy, sample, solver
---@return any x
---@return table info
function class:solve(theta, options) end

---@class bilevel.problem.loss.options
---@field eps? number distance to each minimiser (a number > 0; default 0.001)
---@field delta? number residual of each linear system; like eps when absent (a number > 0)
---@field method? bilevel.hypergradient_method how it is computed (a hypergradient method; default implicit { solver = fista { max_iterations = 10000, step = "adaptive", restart = "none" }, linear = conjugate_gradient { max_iterations = 2000, recycle = 0 }, bound = "estimated", correct = false, estimate_iterations = 5 })
---@field indices? integer[] which samples; all when absent (a list of values, each an integer >= 1)

---The mean loss with its bounds.
---@param theta bilevel.parameters the parameters
---@param options? bilevel.problem.loss.options accuracies, method, samples
---@return any value
---@return table info
function class:loss(theta, options) end

---@class bilevel.problem.hypergradient.options
---@field eps? number distance to each minimiser (a number > 0; default 0.001)
---@field delta? number residual of each linear system; like eps when absent (a number > 0)
---@field method? bilevel.hypergradient_method how it is computed (a hypergradient method; default implicit { solver = fista { max_iterations = 10000, step = "adaptive", restart = "none" }, linear = conjugate_gradient { max_iterations = 2000, recycle = 0 }, bound = "estimated", correct = false, estimate_iterations = 5 })
---@field indices? integer[] which samples; all when absent (a list of values, each an integer >= 1)

---The gradient of the mean loss with respect to theta.
---@param theta bilevel.parameters the parameters
---@param options? bilevel.problem.hypergradient.options accuracies, method, samples
---@return any z
---@return table info
function class:hypergradient(theta, options) end

---@class bilevel.problem.evaluate.options
---@field data? bilevel.samples those of the problem when absent (observed data)
---@field metrics? bilevel.metric[] what is measured (a list of values, each a metric; default {psnr { peak = 1 }})
---@field eps? number distance to each minimiser (a number > 0; default 0.01)
---@field images? boolean whether the restored images are kept (true or false; default false)
---@field solver? bilevel.solver the method (a solver; default fista { max_iterations = 10000, step = "adaptive", restart = "none" })
---@field indices? integer[] which images; all when absent (a list of values, each an integer >= 1)

---Restores images with the given parameters and measures them.
---@param theta bilevel.parameters the parameters
---@param options? bilevel.problem.evaluate.options data, metrics, accuracy
---@return table # a table: loss and each metric's mean, and images, a list of the same for each
function class:evaluate(theta, options) end

---@class bilevel.problem.check.options
---@field theta? bilevel.parameters initial parameters when absent (a parameters)
---@field seed? integer of the random directions (an integer >= 0; default 0)

---Tries derivatives, laws, certificates and the hypergradient on a toy crop.
---@param options? bilevel.problem.check.options where
---@return bilevel.report # a report, which prints as a table with a verdict
function class:check(options) end

---The blocks of theta: name, shape, transform, count.
---@return string
function class:describe() end
end

---@class bilevel.problem.options
---@field data? bilevel.samples from dataset:observe; needed unless 'lower' is given (observed data)
---@field operator? bilevel.operator A: that of the data when absent (an operator)
---@field fidelity? bilevel.fidelity the data term (a fidelity; default squared_l2 { weight = 1 })
---@field regularizer? bilevel.regularizer R(x; theta); needed unless 'lower' is given (a regularizer)
---@field strong_convexity? number mu of an extra mu/2 ||x||^2 (a number >= 0; default 0)
---@field assumed_convexity? number mu that the lower level is taken to have where less is certified (a number > 0)
---@field lower? bilevel.energy g(x, theta), in the place of all above (an energy)
---@field loss? bilevel.loss the loss of the upper level (a loss; default squared_l2)
---@field penalty? bilevel.penalty|function J(theta), if any (a penalty, or a function of theta that answers a number and a gradient)

---A bilevel problem: data, lower level, upper level.
---@param options? bilevel.problem.options named arguments
---@return bilevel.problem
function bl.problem(options) end

do
---A run of an optimizer, one step at each call.
---@class bilevel.steps
---@field stopped_because string why the run ended; nil while it goes on
---@field advice string what the end means and what to try
---@overload fun(): any
local class = {}

---Where the run stands: resume goes on from there.
---@return bilevel.state
function class:state() end
end

do
---One accepted step of an optimizer; step 0 is the start.
---@class bilevel.step
---@field k integer number of the step
---@field theta bilevel.parameters the parameters after the step
---@field loss number the mean loss there, over the batch if there is one
---@field loss_bound number how far that is from the true loss at most
---@field loss_bound_kind string how loss_bound was obtained: certified, estimated
---@field loss_samples integer how many samples loss, psnr and gradient are means of
---@field full_loss number the mean loss of all samples, where it was evaluated
---@field full_loss_bound number how far that is from the true one at most
---@field epoch integer whole passes through the mini-batches so far
---@field psnr number mean PSNR of the solutions (dB)
---@field gradient bilevel.parameters z at theta; nil if the run ended before it was formed
---@field gradient_norm number ||z||
---@field gradient_bound number omega, the error of z
---@field bound string how omega was obtained: estimated, certified, none
---@field eps number accuracy of the lower level
---@field delta number accuracy of the linear system
---@field step_size number alpha of this step; 0 at the start
---@field next_step_size number first trial of the next step
---@field lower_iterations integer of this step, over all samples
---@field linear_iterations integer of this step, over all samples
---@field cost integer lower-level plus linear iterations so far
---@field ledger any everything spent so far, with seconds of each part and peak_memory
---@field spent any the same for this step alone
---@field outcomes string how the solves of this step ended
---@field worst_sample any the sample whose solve ended worst: index, outcome, error_bound
---@field seconds number since the start of the run (s)
---@field accepted boolean whether theta moved
local class = {}
end

---Penalties of the parameters.
bl.penalty = {}

do
---J(theta) = weight/2 ||theta||^2 in stored coordinates.
---@class bilevel.penalty.squared_l2: bilevel.penalty
local class = {}
end

---@class bilevel.penalty.squared_l2.options
---@field weight? number w (a number >= 0; default 1)
---@field blocks? string[] names of the penalised blocks; all when absent (a list of values, each a string)

---J(theta) = weight/2 ||theta||^2 in stored coordinates.
---@param options? bilevel.penalty.squared_l2.options named arguments
---@return bilevel.penalty.squared_l2
function bl.penalty.squared_l2(options) end

do
---J(theta) = weight sum_i (sqrt(theta_i^2 + smoothing^2) - smoothing) in stored coordinates.
---@class bilevel.penalty.l1: bilevel.penalty
local class = {}
end

---@class bilevel.penalty.l1.options
---@field weight? number w (a number >= 0; default 1)
---@field smoothing? number s (a number > 0; default 0.001)
---@field blocks? string[] names of the penalised blocks; all when absent (a list of values, each a string)

---J(theta) = weight sum_i (sqrt(theta_i^2 + smoothing^2) - smoothing) in stored coordinates.
---@param options? bilevel.penalty.l1.options named arguments
---@return bilevel.penalty.l1
function bl.penalty.l1(options) end

do
---J(theta) = weight (L/mu)^2 with the lower level's constants L and mu.
---@class bilevel.penalty.condition_number: bilevel.penalty
local class = {}
end

---@class bilevel.penalty.condition_number.options
---@field weight? number w (a number >= 0; default 1e-06)

---J(theta) = weight (L/mu)^2 with the lower level's constants L and mu.
---@param options? bilevel.penalty.condition_number.options named arguments
---@return bilevel.penalty.condition_number
function bl.penalty.condition_number(options) end

do
---J(theta) = weight max(threshold, |d2R/dx2 v|^2), v the direction of steepest curvature.
---@class bilevel.penalty.curvature: bilevel.penalty
local class = {}
end

---@class bilevel.penalty.curvature.options
---@field weight? number w (a number >= 0; default 1e-06)
---@field threshold? number t, of the squared norm (a number >= 0; default 200)
---@field images? integer so many of the problem's images (an integer >= 1; default 4)
---@field iterations? integer most power iterations (an integer >= 1; default 200)
---@field tolerance? number relative change of the norm that ends them (a number >= 0; default 1e-08)
---@field seed? integer of the signs that they start from (an integer >= 0; default 0)

---J(theta) = weight max(threshold, |d2R/dx2 v|^2), v the direction of steepest curvature.
---@param options? bilevel.penalty.curvature.options named arguments
---@return bilevel.penalty.curvature
function bl.penalty.curvature(options) end

do
---The mean of linear S + concave S (1 - S) over weights S.
---@class bilevel.penalty.sampling: bilevel.penalty
local class = {}
end

---@class bilevel.penalty.sampling.options
---@field linear? number b1 (a number >= 0; default 0.1)
---@field concave? number b2 (a number >= 0; default 0)
---@field block? string name of the block of weights (a string; default "sampling")

---The mean of linear S + concave S (1 - S) over weights S.
---@param options? bilevel.penalty.sampling.options named arguments
---@return bilevel.penalty.sampling
function bl.penalty.sampling(options) end

---Methods of the upper level.
bl.optimizer = {}

do
---The method of adaptive inexact descent.
---@class bilevel.optimizer.maid: bilevel.optimizer
local class = {}

---@class bilevel.optimizer.maid.steps.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.maid.steps.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.maid.steps.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Iterates: first the start (k = 0), then each accepted step.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.maid.steps.options batches, and when to stop
---@return bilevel.steps
function class:steps(problem, theta, options) end

---@class bilevel.optimizer.maid.resume.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.maid.resume.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.maid.resume.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Goes on exactly where steps:state() was taken, through the same mini-batches.
---@param problem bilevel.problem what to minimise
---@param state bilevel.state from steps:state()
---@param options? bilevel.optimizer.maid.resume.options batches, and when to stop
---@return bilevel.steps
function class:resume(problem, state, options) end

---@class bilevel.optimizer.maid.minimize.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.maid.minimize.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.maid.minimize.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Runs the optimizer to its end: 1000 steps unless a limit is given.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.maid.minimize.options batches, and when to stop
---@return table # a table: theta, loss (of the last batch, if any), steps, stopped_because, state
function class:minimize(problem, theta, options) end
end

---@class bilevel.optimizer.maid.options
---@field eps? number first accuracy of the lower level; chosen when absent (a number > 0)
---@field delta? number first accuracy of the linear system; chosen when absent (a number > 0)
---@field step_size? number first trial step; chosen when absent (a number > 0)
---@field descent? number eta: omega <= (1 - eta) ||z|| (a number > 0 and < 1; default 0.0001)
---@field sufficient_decrease? number lambda: a step decreases the loss by lambda alpha ||z||^2 (a number > 0 and < 1; default 1e-08)
---@field rho? number factor of the step from trial to trial (a number > 0 and < 1; default 0.5)
---@field step_growth? number factor of the step after an accepted one (a number >= 1; default 1.1111111111111112)
---@field first_trial? "growth"|"barzilai_borwein" first trial step after the first one: grown from the last, or from the curvature met ("growth" or "barzilai_borwein"; default "barzilai_borwein")
---@field direction? "gradient"|"lbfgs" along which direction: z, or z by limited-memory BFGS ("gradient" or "lbfgs"; default "lbfgs")
---@field metric? "euclidean"|"adagrad" in which diagonal metric: none, or by the z met so far ("euclidean" or "adagrad"; default "euclidean")
---@field acceptance? "monotone"|"non_monotone" what a new loss is compared with: the last one, or a mean of the last ones ("monotone" or "non_monotone"; default "monotone")
---@field memory? integer moves that lbfgs remembers (an integer >= 1 and <= 1000; default 10)
---@field accuracy_shrink? number factor of eps and delta at a refinement (a number > 0 and < 1; default 0.5)
---@field accuracy_growth? number factor of eps and delta after an accepted step (a number >= 1; default 1.05)
---@field max_trials? integer trials of a first line search (an integer >= 1; default 10)
---@field max_refinements? integer refinements in one step (an integer >= 0; default 40)
---@field min_eps? number floor of eps (a number > 0; default 1e-12)
---@field min_delta? number floor of delta (a number > 0; default 1e-12)
---@field relative_tolerance? number without a tolerance: converged where ||z|| and omega are at most this part of the first ||z|| (a number >= 0; default 1e-05)
---@field adaptive? boolean whether eps and delta adapt (true or false; default true)
---@field hypergradient? bilevel.hypergradient_method how z is computed (a hypergradient method; default implicit { solver = fista { max_iterations = 10000, step = "adaptive", restart = "none" }, linear = conjugate_gradient { max_iterations = 2000, recycle = 0 }, bound = "estimated", correct = false, estimate_iterations = 5 })
---@field on_failure? "tighten"|"warn"|"error"|"skip" what a failed solve leads to ("tighten", "warn", "error" or "skip"; default "tighten")

---The method of adaptive inexact descent.
---@param options? bilevel.optimizer.maid.options named arguments
---@return bilevel.optimizer.maid
function bl.optimizer.maid(options) end

do
---Hyperparameter optimization with approximate gradients.
---@class bilevel.optimizer.hoag: bilevel.optimizer
local class = {}

---@class bilevel.optimizer.hoag.steps.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.hoag.steps.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.hoag.steps.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Iterates: first the start (k = 0), then each accepted step.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.hoag.steps.options batches, and when to stop
---@return bilevel.steps
function class:steps(problem, theta, options) end

---@class bilevel.optimizer.hoag.resume.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.hoag.resume.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.hoag.resume.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Goes on exactly where steps:state() was taken, through the same mini-batches.
---@param problem bilevel.problem what to minimise
---@param state bilevel.state from steps:state()
---@param options? bilevel.optimizer.hoag.resume.options batches, and when to stop
---@return bilevel.steps
function class:resume(problem, state, options) end

---@class bilevel.optimizer.hoag.minimize.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.hoag.minimize.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.hoag.minimize.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Runs the optimizer to its end: 1000 steps unless a limit is given.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.hoag.minimize.options batches, and when to stop
---@return table # a table: theta, loss (of the last batch, if any), steps, stopped_because, state
function class:minimize(problem, theta, options) end
end

---@class bilevel.optimizer.hoag.options
---@field eps? number|function|bilevel.schedule accuracy at the k-th gradient (a number > 0, a schedule or a function of the step; default geometric { initial = 0.1, ratio = 0.9 })
---@field min_eps? number floor of eps (a number > 0; default 1e-12)
---@field step_size? number first step; from the gradient when absent (a number > 0)
---@field slack? number C in the test of sufficient decrease (a number >= 0; default 0.25)
---@field relaxation? number factor of 1 / step after a sufficient decrease (a number > 0 and <= 1; default 0.95)
---@field largest_increase? number ratio of losses from which a step is taken back (a number > 1; default 1.2)
---@field max_rejections? integer steps taken back in a row before it ends as stalled (an integer >= 1; default 60)
---@field hypergradient? bilevel.hypergradient_method how z is computed (a hypergradient method; default implicit { solver = fista { max_iterations = 10000, step = "adaptive", restart = "none" }, linear = conjugate_gradient { max_iterations = 2000, recycle = 0 }, bound = "none", correct = false, estimate_iterations = 5 })
---@field on_failure? "tighten"|"warn"|"error"|"skip" what a failed solve leads to ("tighten", "warn", "error" or "skip"; default "tighten")

---Hyperparameter optimization with approximate gradients.
---@param options? bilevel.optimizer.hoag.options named arguments
---@return bilevel.optimizer.hoag
function bl.optimizer.hoag(options) end

do
---Inexact stochastic gradient descent, with mini-batches and schedules.
---@class bilevel.optimizer.isgd: bilevel.optimizer
local class = {}

---@class bilevel.optimizer.isgd.steps.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.isgd.steps.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.isgd.steps.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Iterates: first the start (k = 0), then each accepted step.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.isgd.steps.options batches, and when to stop
---@return bilevel.steps
function class:steps(problem, theta, options) end

---@class bilevel.optimizer.isgd.resume.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.isgd.resume.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.isgd.resume.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Goes on exactly where steps:state() was taken, through the same mini-batches.
---@param problem bilevel.problem what to minimise
---@param state bilevel.state from steps:state()
---@param options? bilevel.optimizer.isgd.resume.options batches, and when to stop
---@return bilevel.steps
function class:resume(problem, state, options) end

---@class bilevel.optimizer.isgd.minimize.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.isgd.minimize.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.isgd.minimize.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Runs the optimizer to its end: 1000 steps unless a limit is given.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.isgd.minimize.options batches, and when to stop
---@return table # a table: theta, loss (of the last batch, if any), steps, stopped_because, state
function class:minimize(problem, theta, options) end
end

---@class bilevel.optimizer.isgd.options
---@field step_size? number|function|bilevel.schedule alpha at step k (a number > 0, a schedule or a function of the step; default polynomial { initial = 0.001, power = 0.55 })
---@field eps? number|function|bilevel.schedule accuracy of the lower level at step k (a number > 0, a schedule or a function of the step; default polynomial { initial = 1, power = 0.5 })
---@field delta? number|function|bilevel.schedule accuracy of the linear system; eps times the loss's smoothness when absent (a number > 0, a schedule or a function of the step)
---@field hypergradient? bilevel.hypergradient_method how z is computed (a hypergradient method; default implicit { solver = fista { max_iterations = 10000, step = "adaptive", restart = "none" }, linear = conjugate_gradient { max_iterations = 2000, recycle = 0 }, bound = "none", correct = false, estimate_iterations = 5 })
---@field on_failure? "tighten"|"warn"|"error"|"skip" what a failed solve leads to ("tighten", "warn", "error" or "skip"; default "tighten")
---@field warm_start? boolean start each solve at the sample's last solution; keeps two images a sample (true or false; default true)

---Inexact stochastic gradient descent, with mini-batches and schedules.
---@param options? bilevel.optimizer.isgd.options named arguments
---@return bilevel.optimizer.isgd
function bl.optimizer.isgd(options) end

do
---Adam with inexact stochastic gradients, mini-batches and schedules.
---@class bilevel.optimizer.iadam: bilevel.optimizer
local class = {}

---@class bilevel.optimizer.iadam.steps.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.iadam.steps.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.iadam.steps.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Iterates: first the start (k = 0), then each accepted step.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.iadam.steps.options batches, and when to stop
---@return bilevel.steps
function class:steps(problem, theta, options) end

---@class bilevel.optimizer.iadam.resume.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.iadam.resume.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.iadam.resume.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Goes on exactly where steps:state() was taken, through the same mini-batches.
---@param problem bilevel.problem what to minimise
---@param state bilevel.state from steps:state()
---@param options? bilevel.optimizer.iadam.resume.options batches, and when to stop
---@return bilevel.steps
function class:resume(problem, state, options) end

---@class bilevel.optimizer.iadam.minimize.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.iadam.minimize.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.iadam.minimize.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Runs the optimizer to its end: 1000 steps unless a limit is given.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.iadam.minimize.options batches, and when to stop
---@return table # a table: theta, loss (of the last batch, if any), steps, stopped_because, state
function class:minimize(problem, theta, options) end
end

---@class bilevel.optimizer.iadam.options
---@field step_size? number|function|bilevel.schedule alpha at step k (a number > 0, a schedule or a function of the step; default polynomial { initial = 0.01, power = 0.25 })
---@field eps? number|function|bilevel.schedule accuracy of the lower level at step k (a number > 0, a schedule or a function of the step; default polynomial { initial = 1, power = 0.5 })
---@field delta? number|function|bilevel.schedule accuracy of the linear system; eps times the loss's smoothness when absent (a number > 0, a schedule or a function of the step)
---@field hypergradient? bilevel.hypergradient_method how z is computed (a hypergradient method; default implicit { solver = fista { max_iterations = 10000, step = "adaptive", restart = "none" }, linear = conjugate_gradient { max_iterations = 2000, recycle = 0 }, bound = "none", correct = false, estimate_iterations = 5 })
---@field on_failure? "tighten"|"warn"|"error"|"skip" what a failed solve leads to ("tighten", "warn", "error" or "skip"; default "tighten")
---@field warm_start? boolean start each solve at the sample's last solution; keeps two images a sample (true or false; default true)
---@field beta1? number memory of the mean gradient (a number >= 0 and < 1; default 0.9)
---@field beta2? number memory of the mean square (a number >= 0 and < 1; default 0.999)
---@field stabilizer? number added to the root of the mean square (a number > 0; default 1e-08)

---Adam with inexact stochastic gradients, mini-batches and schedules.
---@param options? bilevel.optimizer.iadam.options named arguments
---@return bilevel.optimizer.iadam
function bl.optimizer.iadam(options) end

do
---Gradient descent on all samples, by default with fixed accuracies and a fixed step.
---@class bilevel.optimizer.gradient_descent: bilevel.optimizer
local class = {}

---@class bilevel.optimizer.gradient_descent.steps.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.gradient_descent.steps.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.gradient_descent.steps.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Iterates: first the start (k = 0), then each accepted step.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.gradient_descent.steps.options batches, and when to stop
---@return bilevel.steps
function class:steps(problem, theta, options) end

---@class bilevel.optimizer.gradient_descent.resume.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.gradient_descent.resume.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.gradient_descent.resume.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Goes on exactly where steps:state() was taken, through the same mini-batches.
---@param problem bilevel.problem what to minimise
---@param state bilevel.state from steps:state()
---@param options? bilevel.optimizer.gradient_descent.resume.options batches, and when to stop
---@return bilevel.steps
function class:resume(problem, state, options) end

---@class bilevel.optimizer.gradient_descent.minimize.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.gradient_descent.minimize.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.gradient_descent.minimize.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Runs the optimizer to its end: 1000 steps unless a limit is given.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.gradient_descent.minimize.options batches, and when to stop
---@return table # a table: theta, loss (of the last batch, if any), steps, stopped_because, state
function class:minimize(problem, theta, options) end
end

---@class bilevel.optimizer.gradient_descent.options
---@field step_size? number|function|bilevel.schedule alpha at step k (a number > 0, a schedule or a function of the step; default 0.001)
---@field eps? number|function|bilevel.schedule accuracy of the lower level at step k (a number > 0, a schedule or a function of the step; default 0.01)
---@field delta? number|function|bilevel.schedule accuracy of the linear system; eps times the loss's smoothness when absent (a number > 0, a schedule or a function of the step)
---@field hypergradient? bilevel.hypergradient_method how z is computed (a hypergradient method; default implicit { solver = fista { max_iterations = 10000, step = "adaptive", restart = "none" }, linear = conjugate_gradient { max_iterations = 2000, recycle = 0 }, bound = "none", correct = false, estimate_iterations = 5 })
---@field on_failure? "tighten"|"warn"|"error"|"skip" what a failed solve leads to ("tighten", "warn", "error" or "skip"; default "tighten")

---Gradient descent on all samples, by default with fixed accuracies and a fixed step.
---@param options? bilevel.optimizer.gradient_descent.options named arguments
---@return bilevel.optimizer.gradient_descent
function bl.optimizer.gradient_descent(options) end

do
---Adam on the gradient of all samples, by default with fixed accuracies.
---@class bilevel.optimizer.adam: bilevel.optimizer
local class = {}

---@class bilevel.optimizer.adam.steps.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.adam.steps.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.adam.steps.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Iterates: first the start (k = 0), then each accepted step.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.adam.steps.options batches, and when to stop
---@return bilevel.steps
function class:steps(problem, theta, options) end

---@class bilevel.optimizer.adam.resume.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.adam.resume.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.adam.resume.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Goes on exactly where steps:state() was taken, through the same mini-batches.
---@param problem bilevel.problem what to minimise
---@param state bilevel.state from steps:state()
---@param options? bilevel.optimizer.adam.resume.options batches, and when to stop
---@return bilevel.steps
function class:resume(problem, state, options) end

---@class bilevel.optimizer.adam.minimize.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.adam.minimize.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.adam.minimize.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Runs the optimizer to its end: 1000 steps unless a limit is given.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.adam.minimize.options batches, and when to stop
---@return table # a table: theta, loss (of the last batch, if any), steps, stopped_because, state
function class:minimize(problem, theta, options) end
end

---@class bilevel.optimizer.adam.options
---@field step_size? number|function|bilevel.schedule alpha at step k (a number > 0, a schedule or a function of the step; default 0.01)
---@field eps? number|function|bilevel.schedule accuracy of the lower level at step k (a number > 0, a schedule or a function of the step; default 0.01)
---@field delta? number|function|bilevel.schedule accuracy of the linear system; eps times the loss's smoothness when absent (a number > 0, a schedule or a function of the step)
---@field hypergradient? bilevel.hypergradient_method how z is computed (a hypergradient method; default implicit { solver = fista { max_iterations = 10000, step = "adaptive", restart = "none" }, linear = conjugate_gradient { max_iterations = 2000, recycle = 0 }, bound = "none", correct = false, estimate_iterations = 5 })
---@field on_failure? "tighten"|"warn"|"error"|"skip" what a failed solve leads to ("tighten", "warn", "error" or "skip"; default "tighten")
---@field beta1? number memory of the mean gradient (a number >= 0 and < 1; default 0.9)
---@field beta2? number memory of the mean square (a number >= 0 and < 1; default 0.999)
---@field stabilizer? number added to the root of the mean square (a number > 0; default 1e-08)

---Adam on the gradient of all samples, by default with fixed accuracies.
---@param options? bilevel.optimizer.adam.options named arguments
---@return bilevel.optimizer.adam
function bl.optimizer.adam(options) end

do
---Derivative-free least squares with dynamic accuracy, for few parameters.
---@class bilevel.optimizer.dfols: bilevel.optimizer
local class = {}

---@class bilevel.optimizer.dfols.steps.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.dfols.steps.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.dfols.steps.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Iterates: first the start (k = 0), then each accepted step.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.dfols.steps.options batches, and when to stop
---@return bilevel.steps
function class:steps(problem, theta, options) end

---@class bilevel.optimizer.dfols.resume.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.dfols.resume.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.dfols.resume.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Goes on exactly where steps:state() was taken, through the same mini-batches.
---@param problem bilevel.problem what to minimise
---@param state bilevel.state from steps:state()
---@param options? bilevel.optimizer.dfols.resume.options batches, and when to stop
---@return bilevel.steps
function class:resume(problem, state, options) end

---@class bilevel.optimizer.dfols.minimize.options.batch
---@field size? number|function|bilevel.schedule samples of a step, at most all (a number > 0, a schedule or a function of the step; default 8)
---@field seed? integer key of the order; drawn when absent (an integer)

---@class bilevel.optimizer.dfols.minimize.options
---@field budget? integer most lower-level plus linear iterations, over all samples (an integer >= 1)
---@field max_iterations? integer most steps (an integer >= 0)
---@field tolerance? number stop when ||z|| and omega are at most this (a number >= 0; default 0)
---@field seconds? number most time (a number > 0, in s)
---@field batch? bilevel.optimizer.dfols.minimize.options.batch mini-batches of isgd and iadam (a table of named arguments)
---@field full_loss_every? integer steps between evaluations of step.full_loss, which no budget counts (an integer >= 1)
---@field callback? function called with each step by minimize; answering false ends the run (a function)
---@field log? any the run whose record takes down each step and keeps checkpoints (a run, from bl.run)

---Runs the optimizer to its end: 1000 steps unless a limit is given.
---@param problem bilevel.problem what to minimise
---@param theta bilevel.parameters where to start
---@param options? bilevel.optimizer.dfols.minimize.options batches, and when to stop
---@return table # a table: theta, loss (of the last batch, if any), steps, stopped_because, state
function class:minimize(problem, theta, options) end
end

---@class bilevel.optimizer.dfols.options
---@field lower? number|table|bilevel.parameters lower bounds; -7 log(10) for blocks stored as logarithms when absent (a number, a table of numbers by block, or parameters)
---@field upper? number|table|bilevel.parameters upper bounds; 7 log(10) for blocks stored as logarithms when absent (a number, a table of numbers by block, or parameters)
---@field blocks? string[] names of the blocks that are varied; all when absent (a list of values, each a string)
---@field initial_radius? number rho at first, a part of the box (a number > 0 and <= 0.5; default 0.1)
---@field final_radius? number rho at the end, a part of the box (a number > 0; default 1e-06)
---@field accuracy? "dynamic"|"fixed" whether the accuracy of solves adapts ("dynamic" or "fixed"; default "dynamic")
---@field eps? number accuracy of all solves where it is fixed; 0 spends max_iterations of the solver (a number >= 0; default 0)
---@field accuracy_factor? number dynamic solves are at least as accurate as this times the squared radius (a number > 0; default 10)
---@field max_evaluations? integer most evaluations of the loss; without a limit when absent (an integer >= 1)
---@field solver? bilevel.solver lower-level solver (a solver; default fista { max_iterations = 10000, step = "adaptive", restart = "none" })
---@field on_failure? "tighten"|"warn"|"error"|"skip" what a failed solve leads to ("tighten", "warn", "error" or "skip"; default "tighten")

---Derivative-free least squares with dynamic accuracy, for few parameters.
---@param options? bilevel.optimizer.dfols.options named arguments
---@return bilevel.optimizer.dfols
function bl.optimizer.dfols(options) end

---Quantities that change from step to step: accuracies, step sizes, batch sizes.
bl.schedule = {}

do
---The same value at every step; a plain number means it too.
---@class bilevel.schedule.constant: bilevel.schedule
---@operator mul(any): bilevel.schedule
---@operator div(any): bilevel.schedule
---@overload fun(k: integer): number
local class = {}

---max(s(k), v).
---@param v number least value
---@return bilevel.schedule
function class:floor(v) end

---min(s(k), v).
---@param v number largest value
---@return bilevel.schedule
function class:ceiling(v) end

---Its values over the steps.
---@param steps? integer from step 0 on
---@return bilevel.plot
function class:plot(steps) end
end

---The same value at every step; a plain number means it too.
---@param v number the value
---@return bilevel.schedule.constant
function bl.schedule.constant(v) end

do
---initial (k + 1)^-power.
---@class bilevel.schedule.polynomial: bilevel.schedule
---@operator mul(any): bilevel.schedule
---@operator div(any): bilevel.schedule
---@overload fun(k: integer): number
local class = {}

---max(s(k), v).
---@param v number least value
---@return bilevel.schedule
function class:floor(v) end

---min(s(k), v).
---@param v number largest value
---@return bilevel.schedule
function class:ceiling(v) end

---Its values over the steps.
---@param steps? integer from step 0 on
---@return bilevel.plot
function class:plot(steps) end
end

---@class bilevel.schedule.polynomial.options
---@field initial? number value at step 0 (a number > 0; default 1)
---@field power? number how fast it falls (a number >= 0; default 0.5)

---initial (k + 1)^-power.
---@param options? bilevel.schedule.polynomial.options named arguments
---@return bilevel.schedule.polynomial
function bl.schedule.polynomial(options) end

do
---initial (log(k + 2) / log 2)^-power.
---@class bilevel.schedule.logarithmic: bilevel.schedule
---@operator mul(any): bilevel.schedule
---@operator div(any): bilevel.schedule
---@overload fun(k: integer): number
local class = {}

---max(s(k), v).
---@param v number least value
---@return bilevel.schedule
function class:floor(v) end

---min(s(k), v).
---@param v number largest value
---@return bilevel.schedule
function class:ceiling(v) end

---Its values over the steps.
---@param steps? integer from step 0 on
---@return bilevel.plot
function class:plot(steps) end
end

---@class bilevel.schedule.logarithmic.options
---@field initial? number value at step 0 (a number > 0; default 1)
---@field power? number how fast it falls (a number >= 0; default 1)

---initial (log(k + 2) / log 2)^-power.
---@param options? bilevel.schedule.logarithmic.options named arguments
---@return bilevel.schedule.logarithmic
function bl.schedule.logarithmic(options) end

do
---initial ratio^k.
---@class bilevel.schedule.geometric: bilevel.schedule
---@operator mul(any): bilevel.schedule
---@operator div(any): bilevel.schedule
---@overload fun(k: integer): number
local class = {}

---max(s(k), v).
---@param v number least value
---@return bilevel.schedule
function class:floor(v) end

---min(s(k), v).
---@param v number largest value
---@return bilevel.schedule
function class:ceiling(v) end

---Its values over the steps.
---@param steps? integer from step 0 on
---@return bilevel.plot
function class:plot(steps) end
end

---@class bilevel.schedule.geometric.options
---@field initial? number value at step 0 (a number > 0; default 1)
---@field ratio? number factor from step to step (a number > 0; default 0.9)

---initial ratio^k.
---@param options? bilevel.schedule.geometric.options named arguments
---@return bilevel.schedule.geometric
function bl.schedule.geometric(options) end

do
---One value after the other.
---@class bilevel.schedule.piecewise: bilevel.schedule
---@operator mul(any): bilevel.schedule
---@operator div(any): bilevel.schedule
---@overload fun(k: integer): number
local class = {}

---max(s(k), v).
---@param v number least value
---@return bilevel.schedule
function class:floor(v) end

---min(s(k), v).
---@param v number largest value
---@return bilevel.schedule
function class:ceiling(v) end

---Its values over the steps.
---@param steps? integer from step 0 on
---@return bilevel.plot
function class:plot(steps) end
end

---@class bilevel.schedule.piecewise.options
---@field values number[] the values (a list of values, each a number > 0)
---@field changes? integer[] the steps at which the second, third, … value begins (a list of values, each an integer >= 1; default {})

---One value after the other.
---@param options bilevel.schedule.piecewise.options named arguments
---@return bilevel.schedule.piecewise
function bl.schedule.piecewise(options) end

do
---A schedule times a number, or held above or below one.
---@class bilevel.schedule
---@operator mul(any): bilevel.schedule
---@operator div(any): bilevel.schedule
---@overload fun(k: integer): number
local class = {}

---max(s(k), v).
---@param v number least value
---@return bilevel.schedule
function class:floor(v) end

---min(s(k), v).
---@param v number largest value
---@return bilevel.schedule
function class:ceiling(v) end

---Its values over the steps.
---@param steps? integer from step 0 on
---@return bilevel.plot
function class:plot(steps) end
end

---States of optimizers, and how they are read.
bl.state = {}

do
---What an optimizer remembers between two steps.
---@class bilevel.state
---@field k integer steps taken
---@field theta bilevel.parameters the parameters
---@field cost integer lower-level plus linear iterations so far
local class = {}

---Writes a .safetensors file from which another process can go on.
---@param path string name of the file
function class:save(path) end
end

---Reads the state of an optimizer from a .safetensors file.
---@param path string name of the file
---@return bilevel.state # a state for optimizer:resume
function bl.state.load(path) end

---Derivatives and laws on a small image, in Float64: a report that prints as a table with a verdict.
bl.check = {}

---<Ax, y> = <x, A*y>, linearity, A*A in one pass, and that the norm is a bound.
---@param operator bilevel.operator A
---@param shape? integer[] {channels, height, width} of the images; a small one that fits when absent
---@param seed? integer of random images and directions; the same seed, the same numbers
---@return bilevel.report # a report, which prints as a table with a verdict
function bl.check.adjoint(operator, shape, seed) end

---First derivatives by x and by theta against differences.
---@param regularizer bilevel.regularizer R
---@param theta? bilevel.parameters initial parameters when absent
---@param seed? integer of random images and directions; the same seed, the same numbers
---@return bilevel.report # a report, which prints as a table with a verdict
function bl.check.gradient(regularizer, theta, seed) end

---Second and third derivatives against differences; curvature within its bounds.
---@param regularizer bilevel.regularizer R
---@param theta? bilevel.parameters initial parameters when absent
---@param seed? integer of random images and directions; the same seed, the same numbers
---@return bilevel.report # a report, which prints as a table with a verdict
function bl.check.hessian(regularizer, theta, seed) end

---Whether the Hessian is positive: its smallest Ritz value at five points.
---@param regularizer bilevel.regularizer R
---@param theta? bilevel.parameters initial parameters when absent
---@param seed? integer of random images and directions; the same seed, the same numbers
---@return bilevel.report # a report, which prints as a table with a verdict
function bl.check.convexity(regularizer, theta, seed) end

---Every estimator on a toy crop against differences of accurate losses, and a slope test.
---@param problem bilevel.problem a problem
---@param theta? bilevel.parameters initial parameters when absent
---@param seed? integer of random images and directions; the same seed, the same numbers
---@return bilevel.report # a report, which prints as a table with a verdict
function bl.check.hypergradient(problem, theta, seed) end

do
---Derivatives and laws that were tried on numbers.
---@class bilevel.report
---@field passed boolean whether all laws hold
---@field error number the error of the law nearest to its tolerance, or furthest beyond it
---@field verdict string what it all says, in words
---@field values table what was measured besides, by name
---@field laws table[] a list of { name, error, tolerance, passed }
---@field estimators table[] a list of { method, error, estimated, certified, verdict }, relative to the true gradient
local class = {}
end

do
---A record of what a script does: its steps, numbers and files.
---@class bilevel.run
---@field id string the run's own name among all runs
---@field name string what the script calls it
---@field directory string the folder of its files
---@field lines integer how many lines were logged
local class = {}

---Adds a line to the log: a step of an optimizer, or numbers and words by name.
---@param line any a step, or a table; tables inside are flattened: 'test.psnr'
function class:log(line) end

---Adds facts that the numbers depend on: options, descriptions.
---@param facts any by name; objects are kept as the call that made them
function class:note(facts) end

---Keeps an image as a PNG file.
---@param name string what it is called
---@param image bilevel.tensor {1 or 3, height, width} or {height, width}
function class:image(name, image) end

---Keeps parameters as a .safetensors file.
---@param theta bilevel.parameters the parameters
---@param name? string what they are called
function class:parameters(theta, name) end

---Keeps a plot or a picture as a file.
---@param plot any from bl.plot
---@param name? string what it is called
function class:plot(plot, name) end

---Writes one HTML page about the run that needs no other file and no network.
---@param path? string where to; report.html in its folder when absent
---@return string # the path of the page
function class:report(path) end

---Writes a checkpoint of an optimizer now, beside the scheduled ones.
---@param steps bilevel.steps from optimizer:steps(…, { log = run })
function class:checkpoint(steps) end

---Ends the run; nothing more can be added.
---@param outcome? string how it ended
function class:finish(outcome) end
end

---@class bilevel.run.options
---@field name? string what it is called; as the script when absent (a string)
---@field directory? string the folder of the record (the path of a file to write; default "runs")
---@field notes? any what else the numbers depend on, by name (a table of named values; default {})
---@field checkpoint_every? number time from one checkpoint of the optimizers that log to it to the next (a number > 0, in s; default 60)
---@field checkpoint_steps? integer steps from one checkpoint to the next, whatever the time (an integer >= 1)
---@field resume? boolean go on with the newest run of this script and its arguments that is not completed (true or false; default false)

---A record of what a script does: its steps, numbers and files.
---@param options? bilevel.run.options named arguments
---@return bilevel.run
function bl.run(options) end

---@class bilevel.processes.options
---@field [integer] table the scripts, in order of their starts (a list of values, each a table of named arguments; default {})
---@field at_once? integer how many run at a time; as many as there are processors when absent (an integer >= 1 and <= 256)
---@field watch? function called with the place of a script in the list and each line that it prints; true ends it (a function)
---@field time_limit? number a process is ended after this (a number > 0, in seconds)

---Runs scripts in processes of their own, some at a time, and waits for them all.
---@param options? bilevel.processes.options named arguments
---@return table[] # a list of { script, arguments, ended, status, output, errors, seconds } in the order given
function bl.processes(options) end

---Prints the page of anything that is bound; without an argument the list of all groups.
---@param x? any
function help(x) end

return bl
