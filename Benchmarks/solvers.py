"""FISTA and conjugate gradients in PyTorch, all images at once, each with scalars of its own.

Images that are done leave the batch.
"""

import math
from dataclasses import dataclass

import torch


def norms(images):
    return images.flatten(1).norm(dim=1).double()


def dots(a, b):
    return (a * b).flatten(1).sum(1).double()


def each(scalars, images):
    """One scalar per image, ready to be multiplied."""
    return scalars.to(images.dtype).view(-1, 1, 1, 1)


@dataclass
class Counts:
    """Work in two ways: images added up, and batches as one."""

    lower: int = 0
    linear: int = 0
    batched_lower: int = 0
    batched_linear: int = 0
    power: int = 0


# How L is chosen: a rule has the L of the first step and that after each new gradient.


class Slopes:
    """L from the largest ||dh(y) - dh(y')|| / ||y - y'|| met on the way, as in bilevel-lua."""

    margin = 1.2

    def start(self, energy, y, counts):
        return torch.full((len(y),), energy.first_smoothness, dtype=torch.float64)

    def next(self, energy, smoothness, has_slope, old, new, counts):
        """L after the move between (y, gradient) pairs."""
        distance, change = norms(new[0] - old[0]), norms(new[1] - old[1])
        slope = torch.where(distance > 0, change / distance, 0)
        margin = torch.where(has_slope, self.margin, 1.0)
        larger = ~has_slope | (slope > smoothness)
        estimate = (margin * slope).clamp(energy.strong_convexity, energy.smoothness)
        return torch.where(larger & (slope > 0), estimate, smoothness)


class PowerIterations:
    """L by 30 power iterations on d2h/dx2 at every iterate: from below, without a margin."""

    count = 30

    def start(self, energy, y, counts):
        product = energy.curvature(y)
        generator = torch.Generator().manual_seed(0)
        v = torch.randn(y.shape, generator=generator, dtype=y.dtype)
        for _ in range(self.count):
            v = v / each(norms(v), v)
            v = product(v)
        counts.power += self.count * len(y)
        return norms(v)

    def next(self, energy, smoothness, has_slope, old, new, counts):
        return self.start(energy, new[0], counts)


def momentum(t, q, growth):
    """t+ and beta of FISTA for strongly convex energies; `growth` is that of L."""
    a = 1 - q * t * t
    after = (a + (a * a + 4 * growth * t * t).sqrt()) / 2
    beta = (t - 1) * (1 - q * after) / (after * (1 - q).clamp(min=1e-15))
    return torch.where(q >= 1, 1.0, after), torch.where(q >= 1, 0.0, beta)


@dataclass
class Solution:
    x: torch.Tensor
    gradient: torch.Tensor
    # ||x - minimiser|| is at most this, one number per image.
    error: torch.Tensor


def fista(energy, x0, eps, rule, counts, limit=2000):
    """Minimises every h_i until ||dh_i||/mu <= eps; checks before it iterates.

    Chambolle & Pock, An introduction to continuous optimization for imaging, 2016, algorithm 5; the
    gradient at y serves the step and the certificate.
    """
    mu = energy.strong_convexity
    y = x0.clone()
    gradient = energy.gradient(y)
    out = Solution(y.clone(), gradient.clone(), norms(gradient) / mu)
    index = torch.arange(len(y))[out.error > eps]
    if len(index) == 0:
        return out
    energy, y, gradient = energy.select(index), y[index], gradient[index]
    x = y.clone()
    smoothness = rule.start(energy, y, counts)
    previous = smoothness.clone()
    t = torch.ones(len(y), dtype=torch.float64)
    has_slope = torch.zeros(len(y), dtype=torch.bool)
    stagnation = Stagnation(energy, len(y))
    for _ in range(limit):
        counts.lower += len(y)
        counts.batched_lower += 1
        new = y - gradient / each(smoothness, y)
        t, beta = momentum(t, mu / smoothness, (smoothness / previous).clamp(min=1))
        new_y = new + each(beta, y) * (new - x)
        new_gradient = energy.gradient(new_y)
        previous = smoothness
        smoothness = rule.next(
            energy, smoothness, has_slope, (y, gradient), (new_y, new_gradient), counts
        )
        has_slope = torch.ones_like(has_slope)
        x, y, gradient = new, new_y, new_gradient
        error = norms(gradient) / mu
        smoothness, stalled = stagnation.watch(error, smoothness)
        done = (error <= eps) | stalled
        if done.any():
            out.x[index[done]], out.gradient[index[done]] = y[done], gradient[done]
            out.error[index[done]] = error[done]
            if done.all():
                return out
            keep = ~done
            energy = energy.select(keep)
            index, x, y, gradient = index[keep], x[keep], y[keep], gradient[keep]
            smoothness, previous, t = smoothness[keep], previous[keep], t[keep]
            has_slope = has_slope[keep]
            stagnation.keep(keep)
    out.x[index], out.gradient[index], out.error[index] = y, gradient, norms(gradient) / mu
    return out


class Stagnation:
    """Doubles L of images whose gradients have not halved for longer than theory allows."""

    def __init__(self, energy, count):
        self.limit = energy.smoothness
        q = energy.strong_convexity / energy.smoothness
        self.window = max(2 / math.sqrt(q) * math.log(math.sqrt(8) / q**1.5), 20)
        self.reference = torch.full((count,), math.inf, dtype=torch.float64)
        self.age = torch.zeros(count, dtype=torch.int64)

    def watch(self, error, smoothness):
        """L, and which images are at the precision's floor."""
        halved = error <= self.reference / 2
        self.reference = torch.where(halved, error, self.reference)
        self.age = torch.where(halved, 0, self.age + 1)
        late = self.age > self.window
        stalled = late & (smoothness >= self.limit)
        self.reference[late], self.age[late] = math.inf, 0
        return torch.where(late, (2 * smoothness).clamp(max=self.limit), smoothness), stalled

    def keep(self, keep):
        self.reference, self.age = self.reference[keep], self.age[keep]


def conjugate_gradient(energy, x, product, b, delta, counts, q0=None, limit=2000):
    """Solves H_i q_i = b_i until ||b_i - H_i q_i|| <= delta_i; a q0 worse than zero is refused.

    `product` is the energy's curvature at x; it is prepared anew once half of the images are done.
    Hestenes & Stiefel 1952.
    """
    q, r = torch.zeros_like(b), b.clone()
    if q0 is not None:
        warm = b - product(q0)
        better = each((norms(warm) < norms(b)).double(), b).bool()
        q, r = torch.where(better, q0, q), torch.where(better, warm, r)
    delta = torch.as_tensor(delta, dtype=torch.float64).expand(len(b))
    out, index = q.clone(), torch.arange(len(b))
    p, square = r.clone(), dots(r, r)
    for _ in range(limit):
        active = square.sqrt() > delta
        if not active.any():
            break
        if active.sum() <= len(active) / 2:
            out[index] = q
            energy, x, index, delta = energy.select(active), x[active], index[active], delta[active]
            q, r, p, square = q[active], r[active], p[active], square[active]
            product = energy.curvature(x)
            active = active[active]
        counts.linear += int(active.sum())
        counts.batched_linear += 1
        image = product(p)
        a = torch.where(active, square / dots(p, image), 0)
        q = q + each(a, q) * p
        r = r - each(a, r) * image
        after = dots(r, r)
        p = r + each(torch.where(active, after / square, 0), p) * p
        square = after
    out[index] = q
    return out
