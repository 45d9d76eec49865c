#!/usr/bin/env python3
"""One upper-level step of the convex ridge regularizer in PyTorch, a child of convex_ridge.py.

    convex_ridge_peer.py DATA.npz --way autograd|hand --threads 2 --precision float32 --repeats 3

A step solves the lower level 1/2 ||x - y_i||^2 + R(x; theta) of every image of a batch by nmAPG to a
relative change, then the linear systems by MINRES, then forms the mixed product: the hypergradient
of the mean of ||x_i - truth_i||^2. All images are one batch with scalars of their own; images that
are done leave it. One JSON line per repetition.

Ways: `autograd` writes R and differentiates it, energies and gradients in passes of their own, as the
published code runs; `hand` filters once for value and gradient, without a graph, and keeps phi'' for
the Hessian products.
"""

import argparse
import json
import time

import numpy as np
import torch
import torch.nn.functional as functional

from solvers import dots, each, norms


class ConvexRidge:
    """R~(x) = e^(alpha - 2 s) R(e^s x), R(x) = sum_k e^(-sigma_k) Huber(W x / sqrt(lip))_k summed.

    W is three convolutions, each with zero padding, the first one's kernels of mean zero; lip is the
    largest value of the 256 x 256 DFT of W'W's impulse response. theta: a dict of tensors.
    """

    def __init__(self, theta):
        self.theta = theta
        first = theta["layer_0"]
        first = first - first.mean(dim=(1, 2, 3), keepdim=True)
        self.layers = [first] + [theta[f"layer_{i}"] for i in (1, 2)]
        self.norm = self.spectral_norm()

    def filtered(self, x):
        for weights in self.layers:
            x = functional.conv2d(x, weights, padding=weights.shape[-1] // 2)
        return x

    def adjoint(self, z):
        for weights in reversed(self.layers):
            z = functional.conv_transpose2d(z, weights, padding=weights.shape[-1] // 2)
        return z

    def spectral_norm(self):
        reach = sum(weights.shape[-1] // 2 for weights in self.layers)
        impulse = torch.zeros(1, 1, 4 * reach + 1, 4 * reach + 1, dtype=self.layers[0].dtype)
        impulse[..., 2 * reach, 2 * reach] = 1
        response = self.adjoint(self.filtered(impulse))
        return torch.fft.fft2(response, s=(256, 256)).abs().max().sqrt()

    def scales(self):
        """Factor of the responses and of the sum, and the width: all of R as one Huber function.

        e^(-2 sigma - beta) phi(e^(beta + sigma) t) with phi of width 1.
        """
        theta = self.theta
        sigma = theta["scaling"].view(1, -1, 1, 1)
        inner = torch.exp(theta["beta"] + sigma + theta["scale"]) / self.norm
        outer = torch.exp(theta["alpha"] - 2 * theta["scale"] - 2 * sigma - theta["beta"])
        return inner, outer

    @staticmethod
    def huber(t):
        size = t.abs()
        return torch.where(size <= 1, 0.5 * t * t, size - 0.5)

    def penalty(self, x):
        """One number per image."""
        inner, outer = self.scales()
        return (outer * self.huber(inner * self.filtered(x))).sum((1, 2, 3))


class Autograd:
    """Energies and gradients in passes of their own; Hessian products through a retained graph."""

    def __init__(self, theta, observed):
        self.ridge, self.observed = ConvexRidge(theta), observed

    def select(self, keep):
        part = object.__new__(type(self))
        part.__dict__.update(self.__dict__)
        part.observed = self.observed[keep]
        return part

    def energy(self, x):
        return 0.5 * ((x - self.observed) ** 2).sum((1, 2, 3)) + self.ridge.penalty(x)

    @torch.no_grad()
    def value(self, x):
        return self.energy(x).double()

    def gradient(self, x):
        x = x.detach().requires_grad_(True)
        return torch.autograd.grad(self.energy(x).sum(), x)[0]

    def value_and_gradient(self, x):
        return self.value(x), self.gradient(x)

    def curvature(self, x):
        x = x.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(self.energy(x).sum(), x, create_graph=True)
        return lambda v: torch.autograd.grad(gradient, x, v, retain_graph=True)[0]


class ByHand(Autograd):
    """Filters once for value and gradient; no graph."""

    def __init__(self, theta, observed):
        super().__init__(theta, observed)
        inner, outer = self.ridge.scales()
        self.inner, self.outer, self.slope = inner, outer, inner * outer

    @torch.no_grad()
    def value_and_gradient(self, x):
        t = self.ridge.filtered(x).mul_(self.inner)
        clipped = t.clamp(-1, 1)
        # Huber(t) = c (t - c/2) with c = clip(t).
        penalty = (t.sub_(clipped, alpha=0.5).mul_(clipped).mul_(self.outer)).sum((1, 2, 3))
        difference = x - self.observed
        value = 0.5 * (difference**2).sum((1, 2, 3)) + penalty
        return value.double(), self.ridge.adjoint(clipped.mul_(self.slope)).add_(difference)

    @torch.no_grad()
    def gradient(self, x):
        clipped = self.ridge.filtered(x).mul_(self.inner).clamp_(-1, 1).mul_(self.slope)
        return self.ridge.adjoint(clipped).add_(x - self.observed)

    @torch.no_grad()
    def curvature(self, x):
        inside = self.ridge.filtered(x).mul_(self.inner).abs_() <= 1
        bend = inside * (self.inner * self.slope)

        @torch.no_grad()
        def product(v):
            return self.ridge.adjoint(self.ridge.filtered(v).mul_(bend)).add_(v)

        return product


WAYS = {"autograd": Autograd, "hand": ByHand}


def nmapg(energy, x0, tolerance, counts, limit=1500):
    """Li & Lin 2015, supplement, Algorithm 4, until ||x+ - x|| <= tolerance ||x+||."""
    eta, delta, rho, first = 0.8, 0.1, 0.9, 10.0
    out = x0.clone()
    index = torch.arange(len(x0))
    x, previous, z = x0.clone(), x0.clone(), x0.clone()
    t, t_old, weight = 1.0, 0.0, 1.0
    c = energy.value(x0)
    smoothness = torch.full((len(x0),), first, dtype=torch.float64)
    old = None
    for k in range(limit):
        counts["lower"] += len(x)
        y = x + (t_old / t) * (z - x) + ((t_old - 1) / t) * (x - previous)
        value, gradient = energy.value_and_gradient(y)
        if old is not None:
            smoothness = barzilai_borwein(y - old[0], gradient - old[1])
        level = torch.maximum(value, c)
        z, reached, smoothness = backtrack(
            energy, y, gradient, smoothness, level, delta, 0.0, rho, counts
        )
        step = norms(z - y) ** 2
        plain = reached <= c - delta * step
        new, new_value = z.clone(), reached.clone()
        if not plain.all():
            part = ~plain
            some = energy.select(part)
            own = some.gradient(x[part])
            rate = smoothness[part]
            if old is not None:
                rate = barzilai_borwein(x[part] - old[0][part], own - old[1][part])
            v, v_value, _ = backtrack(some, x[part], own, rate, c[part], delta, 1e-4, rho, counts)
            better = v_value < reached[part]
            new[part] = torch.where(each(better.double(), v).bool(), v, z[part])
            new_value[part] = torch.minimum(v_value, reached[part])
        previous, x, old = x, new, (y, gradient)
        done = norms(x - previous) <= tolerance * norms(x)
        t_old, t = t, (np.sqrt(4 * t * t + 1) + 1) / 2
        c = (eta * weight * c + new_value) / (eta * weight + 1)
        weight = eta * weight + 1
        if k > 0 and done.any():
            out[index[done]] = x[done]
            if done.all():
                return out
            keep = ~done
            energy, index, c, smoothness = energy.select(keep), index[keep], c[keep], smoothness[keep]
            x, previous, z, old = x[keep], previous[keep], z[keep], (y[keep], gradient[keep])
    out[index] = x
    return out


def barzilai_borwein(s, r):
    return (dots(r, r) / dots(r, s).abs().clamp(min=1e-12)).clamp(min=1.0)


def backtrack(energy, origin, gradient, smoothness, level, delta, slack, rho, counts):
    """origin - gradient/L with L raised, image by image, until the energy is low enough."""
    smoothness = smoothness.clone()
    point, value = origin.clone(), torch.empty_like(level)
    active = torch.ones(len(origin), dtype=torch.bool)
    square = norms(gradient) ** 2
    for _ in range(150):
        point[active] = origin[active] - gradient[active] / each(smoothness[active], origin)
        value[active] = energy.select(active).value(point[active])
        counts["energies"] += int(active.sum())
        bound = level - delta * square / smoothness**2
        active = value > bound + slack * bound.abs()
        if not active.any():
            break
        smoothness[active] /= rho
    return point, value, smoothness


def minres(product, b, tolerance, counts, limit=1000):
    """Paige & Saunders 1975, all images at once, to a residual of tolerance ||b||."""
    x = torch.zeros_like(b)
    beta = norms(b)
    first = beta.clone()
    v_old, v = torch.zeros_like(b), b / each(beta, b)
    d, d_old = torch.zeros_like(b), torch.zeros_like(b)
    c_old, c = torch.ones_like(beta), torch.ones_like(beta)
    s_old, s = torch.zeros_like(beta), torch.zeros_like(beta)
    eta, residual = beta.clone(), beta.clone()
    for _ in range(limit):
        active = residual > tolerance * first
        if not active.any():
            break
        counts["linear"] += int(active.sum())
        w = product(v)
        alpha = dots(w, v)
        w = w - each(alpha, w) * v - each(beta, w) * v_old
        beta_new = norms(w)
        rho0 = c * alpha - c_old * s * beta
        rho1 = (rho0**2 + beta_new**2).sqrt()
        rho2 = s * alpha + c_old * c * beta
        rho3 = s_old * beta
        c_new, s_new = rho0 / rho1, beta_new / rho1
        fresh = (v - each(rho3, b) * d_old - each(rho2, b) * d) / each(rho1, b)
        x = x + each(torch.where(active, c_new * eta, 0.0), b) * fresh
        residual = torch.where(active, residual * s_new.abs(), residual)
        eta = -s_new * eta
        d_old, d, v_old = d, fresh, v
        v = w / each(beta_new.clamp(min=1e-30), w)
        beta, c_old, c, s_old, s = beta_new, c, c_new, s, s_new
    return x


def step(way, theta, truth, observed, options):
    """The hypergradient, and what it took."""
    counts = {"lower": 0, "energies": 0, "linear": 0}
    with torch.no_grad():
        energy = WAYS[way](theta, observed)
    x = nmapg(energy, observed, options.change, counts)
    b = 2 * (x - truth)
    q = minres(energy.curvature(x), b, options.residual, counts)
    leaves = {name: value.detach().requires_grad_(True) for name, value in theta.items()}
    differentiable = Autograd(leaves, observed)
    point = x.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(differentiable.energy(point).sum(), point, create_graph=True)
    pulled = torch.autograd.grad((gradient * q).sum(), list(leaves.values()))
    count = len(observed)
    hypergradient = {name: -g / count for name, g in zip(leaves, pulled)}
    loss = ((x - truth) ** 2).sum().item() / count
    return loss, hypergradient, counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--way", choices=WAYS, default="autograd")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", choices=("float32", "float64"), default="float32")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--change", type=float, default=1e-4)
    parser.add_argument("--residual", type=float, default=1e-6)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dtype = getattr(torch, options.precision)
    arrays = {name: torch.from_numpy(array).to(dtype) for name, array in np.load(options.data).items()}
    truth, observed = arrays.pop("truth"), arrays.pop("observed")
    for _ in range(options.repeats):
        wall, processor = time.perf_counter(), time.process_time()
        loss, hypergradient, counts = step(options.way, arrays, truth, observed, options)
        line = {
            "loss": loss, **counts, "wall": time.perf_counter() - wall,
            "processor": time.process_time() - processor,
            "norm": sum(value.norm().item() ** 2 for value in hypergradient.values()) ** 0.5,
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
