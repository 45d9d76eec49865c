"""Lower levels h_i(x) = 1/2 ||x - y_i||^2 + R(x; theta) in PyTorch, all images at once.

theta is one Float64 vector, in the order of bilevel-lua's blocks; its logarithms are undone here.
Images are N x 1 x H x W. An energy offers

    gradient(x)          dh/dx
    curvature(x)         v -> d2h/dx2 v, prepared at x
    mixed_product(x, q)  d/dtheta <sum_i dh_i/dx, q_i>, a Float64 vector
    smoothness           an upper bound of d2h/dx2 over all x; the strong convexity is 1
    first_smoothness     an L to begin with
    select(keep)         the same for some of the images

in two ways: `Autograd` writes R and lets PyTorch differentiate, the classes `ByHand…` have the
calculus written out, without a graph.
"""

import math

import numpy as np
import torch
import torch.nn.functional as functional


class FieldsOfExperts:
    """R(x) = sum_k beta_k sum_p sqrt((c_k * x)_p^2 + nu_k^2), borders reflected.

    theta: the filters c, log beta, log nu.
    """

    def __init__(self, filters, size):
        self.filters, self.size = filters, size

    def blocks(self, theta):
        """c, log beta and log nu, views of theta."""
        taps = self.filters * self.size**2
        coefficients = theta[:taps].view(self.filters, 1, self.size, self.size)
        return coefficients, theta[taps : taps + self.filters], theta[taps + self.filters :]

    def padded(self, x):
        return functional.pad(x, [self.size // 2] * 4, mode="reflect")

    def penalty(self, x, theta):
        coefficients, weights, smoothing = self.blocks(theta)
        responses = functional.conv2d(self.padded(x), coefficients)
        weights, smoothing = weights.exp().view(1, -1, 1, 1), smoothing.exp().view(1, -1, 1, 1)
        return (weights * torch.sqrt(responses**2 + smoothing**2)).sum()

    def smoothness(self, theta):
        """sup of sum_k beta_k/nu_k |c_k(omega)|^2 and a bound: at a corner a pixel is seen 4 times.

        Between the points of the grid the symbol exceeds its largest value there by less than the
        margin (M. Riesz 1914).
        """
        points, degree = 96, self.size - 1
        coefficients, weights, smoothing = self.blocks(theta.double())
        symbol = torch.fft.fft2(coefficients[:, 0], s=(points, points)).abs() ** 2
        total = torch.einsum("k,kij->ij", (weights - smoothing).exp(), symbol)
        supremum = total.max().item() / math.cos(math.pi * degree / (2 * points)) ** 4
        return supremum, 4 * supremum


class TotalVariation:
    """R(x) = alpha sum_p sqrt(|(Dx)_p|^2 + nu^2), isotropic, D zero in the last row and column.

    theta: log alpha, log nu.
    """

    def differences(self, x):
        along_rows = functional.pad(x[..., :, 1:] - x[..., :, :-1], (0, 1))
        along_columns = functional.pad(x[..., 1:, :] - x[..., :-1, :], (0, 0, 0, 1))
        return along_rows, along_columns

    def adjoint(self, along_rows, along_columns):
        out = torch.zeros_like(along_rows)
        out[..., :, 1:] += along_rows[..., :, :-1]
        out[..., :, :-1] -= along_rows[..., :, :-1]
        out[..., 1:, :] += along_columns[..., :-1, :]
        out[..., :-1, :] -= along_columns[..., :-1, :]
        return out

    def penalty(self, x, theta):
        weight, smoothing = theta.exp()
        a, b = self.differences(x)
        return weight * torch.sqrt(a**2 + b**2 + smoothing**2).sum()

    def smoothness(self, theta):
        bound = 8 * math.exp(theta[0] - theta[1])
        return bound, bound


class Energy:
    """What all formulations share: the data, the constants, and some of the images."""

    strong_convexity = 1.0

    def __init__(self, regularizer, theta, observed):
        self.regularizer = regularizer
        self.observed = observed
        vector = torch.from_numpy(np.asarray(theta))
        self.theta = vector.to(observed.dtype)
        first, bound = regularizer.smoothness(vector)
        self.first_smoothness, self.smoothness = 1 + first, 1 + bound
        self.prepare()

    def prepare(self):
        pass

    def select(self, keep):
        part = object.__new__(type(self))
        part.__dict__.update(self.__dict__)
        part.observed = self.observed[keep]
        return part


class Autograd(Energy):
    """The energy as one writes it, differentiated by PyTorch.

    Hessian products go backward through the retained graph of the gradient, the cheapest way for
    many products at one x.
    """

    def value(self, x, theta):
        return 0.5 * ((x - self.observed) ** 2).sum() + self.regularizer.penalty(x, theta)

    def gradient(self, x):
        x = x.detach().requires_grad_(True)
        return torch.autograd.grad(self.value(x, self.theta), x)[0]

    def curvature(self, x):
        x = x.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(self.value(x, self.theta), x, create_graph=True)
        return lambda v: torch.autograd.grad(gradient, x, v, retain_graph=True)[0]

    def mixed_product(self, x, q):
        x = x.detach().requires_grad_(True)
        theta = self.theta.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(self.value(x, theta), x, create_graph=True)
        (product,) = torch.autograd.grad((gradient * q).sum(), theta)
        return product.double().numpy()


class ByHandFieldsOfExperts(Energy):
    """Convolutions and their adjoints; 1/nu and beta are folded into the filters."""

    def prepare(self):
        coefficients, weights, smoothing = self.regularizer.blocks(self.theta)
        self.weights, self.smoothing = weights.exp(), smoothing.exp()
        self.plain = coefficients.contiguous()
        self.scaled = coefficients / self.smoothing.view(-1, 1, 1, 1)
        self.weighted = coefficients * self.weights.view(-1, 1, 1, 1)

    def respond(self, x, filters):
        return functional.conv2d(self.regularizer.padded(x), filters)

    def adjoint(self, maps, filters):
        """The transposed convolution, its frame folded back."""
        frame = functional.conv_transpose2d(maps, filters)
        padding = [self.regularizer.size // 2] * 4
        like = maps.new_empty(len(maps), 1, *maps.shape[2:])
        return torch.ops.aten.reflection_pad2d_backward(frame, like, padding)

    def correlation(self, image, maps):
        """sum_p maps[k, p] image[p + a]: what a convolution's backward gives its filters."""
        return torch.ops.aten.convolution_backward(
            maps, self.regularizer.padded(image), self.plain, None, [1, 1], [0, 0], [1, 1],
            False, [0, 0], 1, [False, True, False],
        )[1]

    @torch.no_grad()
    def gradient(self, x):
        t = self.respond(x, self.scaled)
        slope = t.mul_((t * t).add_(1).rsqrt_())
        return self.adjoint(slope, self.weighted).add_(x).sub_(self.observed)

    def bend(self, t):
        """(1 + t^2)^(-3/2), in the memory of t."""
        s = t.mul_(t).add_(1).rsqrt_()
        return s.mul_(s * s)

    @torch.no_grad()
    def curvature(self, x):
        scale = (self.weights / self.smoothing).view(1, -1, 1, 1)
        stored = self.bend(self.respond(x, self.scaled)).mul_(scale)

        @torch.no_grad()
        def product(v):
            return self.adjoint(self.respond(v, self.plain).mul_(stored), self.plain).add_(v)

        return product

    @torch.no_grad()
    def mixed_product(self, x, q):
        t, e = self.respond(x, self.scaled), self.respond(q, self.plain)
        slope = t * (t * t).add_(1).rsqrt_()
        weights = (slope * e).sum((0, 2, 3)) * self.weights
        bent = self.bend(t.clone()).mul_(e)
        smoothing = -(t * bent).sum((0, 2, 3)) * self.weights
        filters = self.correlation(q, slope)
        filters += self.correlation(x, bent) / self.smoothing.view(-1, 1, 1, 1)
        filters *= self.weights.view(-1, 1, 1, 1)
        return torch.cat([filters.flatten(), weights, smoothing]).double().numpy()


class ByHandTotalVariation(Energy):
    """Differences, their adjoint, and the roots in between."""

    def prepare(self):
        self.weight, self.smoothing = (value.item() for value in self.theta.exp())

    def root(self, a, b):
        return (a * a + b * b + self.smoothing**2).sqrt_()

    @torch.no_grad()
    def gradient(self, x):
        a, b = self.regularizer.differences(x)
        scale = self.weight / self.root(a, b)
        return self.regularizer.adjoint(a * scale, b * scale) + x - self.observed

    @torch.no_grad()
    def curvature(self, x):
        a, b = self.regularizer.differences(x)
        root = self.root(a, b)
        scale, cube = self.weight / root, self.weight / root**3

        @torch.no_grad()
        def product(v):
            c, d = self.regularizer.differences(v)
            inner = (a * c + b * d) * cube
            return self.regularizer.adjoint(c * scale - a * inner, d * scale - b * inner) + v

        return product

    @torch.no_grad()
    def mixed_product(self, x, q):
        a, b = self.regularizer.differences(x)
        c, d = self.regularizer.differences(q)
        root, inner = self.root(a, b), a * c + b * d
        weight = self.weight * (inner / root).sum().item()
        smoothing = -self.weight * self.smoothing**2 * (inner / root**3).sum().item()
        return np.array([weight, smoothing])


BY_HAND = {
    FieldsOfExperts: ByHandFieldsOfExperts,
    TotalVariation: ByHandTotalVariation,
}
