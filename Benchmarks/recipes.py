"""The calculus of `ridge` by hand, out of exchangeable parts.

Which part is fastest depends on the machine and on the precision; `peer.py` tries them all.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as functional


def native(convolution):
    """The same convolution by PyTorch's own kernels (im2col and GEMM) in place of oneDNN's."""

    def run(*arguments):
        with torch.backends.mkldnn.flags(enabled=False):
            return convolution(*arguments)

    return run


def correlate(x, filters):
    return functional.conv2d(x, filters, padding=filters.shape[-1] // 2)


def transpose(maps, filters):
    return functional.conv_transpose2d(maps, filters, padding=filters.shape[-1] // 2)


def shifted_sum(maps, filters):
    """The adjoint as one GEMM to size^2 maps, added up with their shifts."""
    images, count, height, width = maps.shape
    _, channels, size, _ = filters.shape
    rows = torch.matmul(filters.reshape(count, -1).t(), maps.reshape(images, count, -1))
    rows = rows.view(images, channels, size, size, height, width)
    out = maps.new_zeros(images, channels, height + size - 1, width + size - 1)
    for a in range(size):
        for b in range(size):
            out[:, :, a : a + height, b : b + width] += rows[:, :, a, b]
    r = size // 2
    return out[:, :, r : r + height, r : r + width]


def filter_gradient(x, maps, filters):
    """sum_p maps[k, p] x[c, p + (a, b)]: what a convolution's backward gives its weights."""
    padding = [filters.shape[-1] // 2] * 2
    return torch.ops.aten.convolution_backward(
        maps, x, filters, None, [1, 1], padding, [1, 1], False, [0, 0], 1, [False, True, False]
    )[1]


def shifted_products(x, maps, filters):
    """The same as one GEMM with the size^2 shifted copies of the image."""
    images, channels, height, width = x.shape
    count, _, size, _ = filters.shape
    r = size // 2
    copies = functional.pad(x, (r, r, r, r)).unfold(2, height, 1).unfold(3, width, 1)
    copies = copies.reshape(images, channels * size * size, height * width)
    products = torch.matmul(maps.reshape(images, count, -1), copies.transpose(1, 2))
    return products.sum(0).view_as(filters)


# Pointwise parts, with t = f_k * x / smoothing[k] and s = 1/sqrt(1 + t^2): phi' = t s and
# phi'' = s^3/smoothing.


def slope(t):
    return t.mul_((t * t).add_(1).rsqrt_())


def weighted(maps, curvature):
    return maps.mul_(curvature)


def mixed_parts(t, b):
    """What the filters' gradients are correlated from, and both sums over pixels; b = f_k * q.

    b comes divided by the smoothing. d phi'/d smoothing = -t s^3/smoothing = -(t s) s^2/smoothing.
    """
    s = (t * t).add_(1).rsqrt_()
    slopes, square = t.mul_(s), s * s
    both = slopes * b
    weights, smoothing = both.sum((0, 2, 3)), both.mul_(square).sum((0, 2, 3))
    return slopes, square.mul_(s).mul_(b), weights, -smoothing


@dataclass(frozen=True)
class Recipe:
    """The calculus by hand, without a graph, some images at a time.

    The smoothing is folded into the filters once, the weights into the adjoint's filters.
    """

    name: str
    forward: object = correlate
    adjoint: object = transpose
    filters: object = filter_gradient
    # Images at a time; None: all of them.
    chunk: int | None = None
    channels_last: bool = False
    # What torch.compile sees: nothing, the "pointwise" parts or the "whole" function of a chunk.
    compiled: str | None = None

    def on(self, problem):
        return Calculus(self, problem)


class Calculus:
    """A recipe with the data of one problem, packed."""

    def __init__(self, recipe, problem):
        self.recipe = recipe
        self.name = recipe.name
        self.smoothing, self.weights = problem.smoothing, problem.weights
        nu, beta = (p.view(-1, 1, 1, 1) for p in (problem.smoothing, problem.weights))
        self.plain = self.laid_out(problem.coefficients)
        self.scaled = self.laid_out(problem.coefficients / nu)
        self.weighted = self.laid_out(problem.coefficients * beta)
        self.x, self.q, self.v = map(self.chunks, (problem.x, problem.q, problem.v))
        self.slope = self.ready("pointwise", slope)
        self.weigh = self.ready("pointwise", weighted)
        self.mixed_parts = self.ready("pointwise", mixed_parts)

    def laid_out(self, tensor):
        layout = torch.channels_last if self.recipe.channels_last else torch.contiguous_format
        return tensor.contiguous(memory_format=layout)

    def chunks(self, images):
        size = self.recipe.chunk or len(images)
        return [self.laid_out(chunk) for chunk in images.split(size)]

    def ready(self, extent, function):
        chosen = self.recipe.compiled == extent
        return torch.compile(function, dynamic=False) if chosen else function

    # One chunk each.

    def slopes(self, x):
        t = self.recipe.forward(x, self.scaled)
        return self.recipe.adjoint(self.slope(t), self.weighted)

    def curvature(self, x):
        t = self.recipe.forward(x, self.scaled)
        scale = (self.weights / self.smoothing).view(1, -1, 1, 1)
        return (t * t).add_(1).pow_(-1.5).mul_(scale)

    def product(self, v, curvature):
        maps = self.recipe.forward(v, self.plain)
        return self.recipe.adjoint(self.weigh(maps, curvature), self.plain)

    def mixed(self, x, q):
        t, b = self.recipe.forward(x, self.scaled), self.recipe.forward(q, self.scaled)
        slopes, cubes, weights, smoothing = self.mixed_parts(t, b)
        filters = self.recipe.filters(x, cubes, self.plain)
        filters = filters + self.recipe.filters(q, slopes, self.plain)
        return filters, weights, smoothing

    # All images.

    def gradient(self):
        slopes = self.ready("whole", self.slopes)
        return without_graph(lambda: (torch.cat([slopes(x) for x in self.x]),))

    def hessian_product(self):
        product = self.ready("whole", self.product)
        with torch.no_grad():
            stored = [self.curvature(x) for x in self.x]
        return without_graph(lambda: (torch.cat([product(*pair) for pair in zip(self.v, stored)]),))

    def mixed_product(self):
        mixed = self.ready("whole", self.mixed)

        def run():
            parts = [mixed(x, q) for x, q in zip(self.x, self.q)]
            filters, weights, smoothing = (sum(part[i] for part in parts) for i in range(3))
            filters = filters * self.weights.view(-1, 1, 1, 1)
            return filters, weights * self.smoothing, smoothing * self.weights

        return without_graph(run)


def without_graph(function):
    def run():
        with torch.no_grad():
            return function()

    return run


# Convolutions as PyTorch offers them: what a careful author writes.
CONVOLUTIONS = (
    Recipe("convolutions"),
    Recipe("convolutions, channels last", channels_last=True),
    Recipe("convolutions, compiled", compiled="whole"),
)

# Whatever else was found to help: PyTorch's own convolutions where oneDNN's are slow, one image at
# a time, GEMM with shifts. Tried without gain: F.unfold and F.fold, seven vertical convolutions
# with shifted sums, more than one but not all images at a time.
NATIVE = dict(adjoint=native(transpose), filters=native(filter_gradient))
SHIFTS = dict(adjoint=shifted_sum, filters=shifted_products)
BEYOND = (
    Recipe("native, 1 image", native(correlate), **NATIVE, chunk=1),
    Recipe("native adjoint", **NATIVE),
    Recipe("native adjoint, 1 image", **NATIVE, chunk=1),
    Recipe("shifts", **SHIFTS),
    Recipe("shifts, pointwise compiled", **SHIFTS, compiled="pointwise"),
    Recipe("shifts, 1 image", **SHIFTS, chunk=1),
    Recipe("shifts, 1 image, pointwise compiled", **SHIFTS, chunk=1, compiled="pointwise"),
)
