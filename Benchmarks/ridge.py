"""The ridge energy R(x) = sum_k w_k sum_p sqrt((f_k * x)_p^2 + nu_k^2) in PyTorch.

Three operations, zero boundary, images N x C x H x W, all N at once, no data term:

    gradient         dR/dx
    hessian_product  d2R/dx2 v with whatever depends on x alone prepared beforehand
    mixed_product    d/d(coefficients f, weights w, smoothing nu) <dR/dx, q>, from x and q

`Autograd` writes the energy and lets PyTorch differentiate; `recipes` has the calculus by hand.
"""

import numpy as np
import torch
import torch.nn.functional as functional

OPERATIONS = ("gradient", "hessian_product", "mixed_product")


class Problem:
    """Images and parameters of one precision."""

    def __init__(self, precision, **arrays):
        self.precision = precision
        for name in ("x", "q", "v", "coefficients", "weights", "smoothing"):
            array = np.ascontiguousarray(arrays[name])
            setattr(self, name, torch.from_numpy(array).to(dtype(precision)))

    @classmethod
    def standard(cls, precision, images=25, height=96, width=96, filters=48, size=7):
        """The problem that `bilevel-bench` measures, number by number."""
        numbers = Numbers(seed=1)
        return cls(
            precision,
            coefficients=numbers.array(filters, 1, size, size),
            weights=1 + 0.1 * numbers.array(filters),
            smoothing=0.5 + 0.1 * numbers.array(filters),
            x=numbers.array(images, 1, height, width),
            v=(directions := numbers.array(images, 1, height, width)),
            q=directions,
        )

    @property
    def padding(self):
        return self.coefficients.shape[-1] // 2

    def per_filter(self, vector):
        return vector.view(1, -1, 1, 1)


def dtype(precision):
    return {"float32": torch.float32, "float64": torch.float64}[precision]


class Numbers:
    """s <- 1664525 s + 1013904223 modulo 2^32, scaled to -1..1: the numbers of `bilevel-bench`."""

    def __init__(self, seed):
        self.state = seed

    def array(self, *shape):
        numbers = np.empty(int(np.prod(shape)))
        for i in range(numbers.size):
            self.state = (1664525 * self.state + 1013904223) % 2**32
            numbers[i] = self.state / 2**31 - 1
        return numbers.reshape(shape)


# As people run it.


class Autograd:
    """The energy as one writes it, differentiated by PyTorch.

    The Hessian product goes backward through the retained graph of the gradient, which is the
    cheapest thing automatic differentiation offers for many products at one x.
    """

    name = "autograd"

    def __init__(self, problem):
        self.problem = problem

    def energy(self, x, coefficients, weights, smoothing):
        t = functional.conv2d(x, coefficients, padding=self.problem.padding)
        weights, smoothing = map(self.problem.per_filter, (weights, smoothing))
        return (weights * torch.sqrt(t**2 + smoothing**2)).sum()

    def parameters(self):
        p = self.problem
        return p.coefficients, p.weights, p.smoothing

    def gradient(self):
        def run():
            x = self.problem.x.detach().requires_grad_(True)
            return torch.autograd.grad(self.energy(x, *self.parameters()), x)

        return run

    def hessian_product(self):
        x = self.problem.x.detach().requires_grad_(True)
        energy = self.energy(x, *self.parameters())
        (gradient,) = torch.autograd.grad(energy, x, create_graph=True)
        return lambda: torch.autograd.grad(gradient, x, self.problem.v, retain_graph=True)

    def mixed_product(self):
        def run():
            x = self.problem.x.detach().requires_grad_(True)
            theta = [parameter.detach().requires_grad_(True) for parameter in self.parameters()]
            (gradient,) = torch.autograd.grad(self.energy(x, *theta), x, create_graph=True)
            return torch.autograd.grad((gradient * self.problem.q).sum(), theta)

        return run
