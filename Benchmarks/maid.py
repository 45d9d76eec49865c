"""MAID in PyTorch, from the formulas of the paper.

M. S. Salehi, S. Mukherjee, L. Roberts, M. J. Ehrhardt, "An adaptively inexact first-order method
for bilevel optimization with application to hyperparameter learning", 2025, algorithms 3.1 and 3.2,
with the constants of the authors' denoising experiments. Upper loss: mean of ||x_i - truth_i||^2.
"""

from dataclasses import dataclass

import numpy as np
import torch

import solvers

DESCENT = 1e-4  # eta
DECREASE = 1e-8  # lambda
SHRINK = 0.5  # rho
GROWTH = 10 / 9  # rho bar
ACCURACY_SHRINK = 0.5  # nu
ACCURACY_GROWTH = 1.05  # nu bar
TRIALS = 10  # J_0
LOSS_SMOOTHNESS = 2.0
LARGEST_ROUNDS = 40

# The first accuracies and the first step, chosen as bilevel-lua chooses them.
FIRST_ACCURACY = 0.02
FIRST_MOVE = 0.01
# The error estimate of the hypergradient: iterations, residuals and safety as in bilevel-lua.
ESTIMATE_ITERATIONS = 10
ESTIMATE_REDUCTION = 0.03
ESTIMATE_SAFETY = 1.1


@dataclass
class Loss:
    """The mean loss at inexact minimisers with its bounds, and the minimisers."""

    value: float
    upper: float
    lower: float
    solution: solvers.Solution


@dataclass
class Gradient:
    loss: Loss
    z: np.ndarray
    # The estimated error of z.
    error: float
    q: torch.Tensor


class Problem:
    """f and its gradient by implicit differentiation."""

    def __init__(self, energy, truth, observed, rule):
        self.energy = energy  # theta -> energy of all images
        self.truth, self.observed = truth, observed
        self.rule = rule
        self.counts = solvers.Counts()

    def loss(self, theta, eps, x):
        return self._loss(self.energy(theta), eps, x)

    def _loss(self, energy, eps, x):
        solution = solvers.fista(energy, x, eps, self.rule, self.counts)
        residual = solvers.norms(solution.x - self.truth)
        slack = 2 * residual * solution.error
        above = slack + LOSS_SMOOTHNESS / 2 * solution.error**2
        value = (residual**2).mean().item()
        return Loss(value, value + above.mean().item(), value - slack.mean().item(), solution)

    def gradient(self, theta, eps, delta, x, q, estimate=True):
        energy = self.energy(theta)
        loss = self._loss(energy, eps, x)
        x = loss.solution.x
        right_side = 2 * (x - self.truth)
        product = energy.curvature(x)
        q = solvers.conjugate_gradient(energy, x, product, right_side, delta, self.counts, q)
        z = -energy.mixed_product(x, q) / len(x)
        error = self.error(energy, loss.solution, product, q, z) if estimate else 0.0
        return Gradient(loss, z, error, q)

    def error(self, energy, solution, product, q, z):
        """The change of z on the way to the Newton point, a dual-weighted residual."""
        d = self.roughly(energy, solution.x, product, solution.gradient)
        point = solution.x - d
        product = energy.curvature(point)
        right_side = 2 * (point - self.truth) - product(q)
        q = q + self.roughly(energy, point, product, right_side)
        change = z + energy.mixed_product(point, q) / len(q)
        return ESTIMATE_SAFETY * np.linalg.norm(change)

    def roughly(self, energy, x, product, right_side):
        delta = ESTIMATE_REDUCTION * solvers.norms(right_side)
        return solvers.conjugate_gradient(
            energy, x, product, right_side, delta, self.counts, limit=ESTIMATE_ITERATIONS
        )


class Stalled(Exception):
    """More accuracy does not help."""


class MAID:
    """The method at theta, with its accuracies, its step and its minimisers."""

    def __init__(self, problem, theta):
        self.problem = problem
        self.theta = theta
        start = problem.loss(theta, np.inf, problem.observed)
        self.x = start.solution.x
        self.q = None
        self.eps = FIRST_ACCURACY * start.solution.error.mean().item()
        self.delta = LOSS_SMOOTHNESS * self.eps
        self.alpha = None
        self.taken = 0.0

    def refine(self):
        self.eps *= ACCURACY_SHRINK
        self.delta *= ACCURACY_SHRINK

    def inexact_gradient(self):
        """z that is known to descend: its error is at most (1 - eta) ||z||."""
        for _ in range(LARGEST_ROUNDS):
            gradient = self.problem.gradient(self.theta, self.eps, self.delta, self.x, self.q)
            self.x, self.q = gradient.loss.solution.x, gradient.q
            if gradient.error <= (1 - DESCENT) * np.linalg.norm(gradient.z):
                return gradient
            self.refine()
        raise Stalled

    def step(self):
        """One accepted step; its loss."""
        for failures in range(LARGEST_ROUNDS):
            gradient = self.inexact_gradient()
            trial = self.search(gradient, TRIALS + failures)
            if trial:
                self.theta, loss, self.taken = trial
                self.x = loss.solution.x
                self.alpha = GROWTH * self.taken
                self.eps *= ACCURACY_GROWTH
                self.delta *= ACCURACY_GROWTH
                return loss.value
            self.refine()
        raise Stalled

    def search(self, gradient, trials):
        """The first of alpha, rho alpha, … that is certain to decrease the loss enough.

        The very first alpha is chosen by enlarging, which the published method does not do.
        """
        first = FIRST_MOVE * np.linalg.norm(self.theta) / np.linalg.norm(gradient.z)
        a = self.alpha or first
        for number in range(trials):
            trial, accepted = self.attempt(gradient, a)
            if accepted:
                may_grow = self.alpha is None and number == 0
                return self.enlarged(gradient, trial) if may_grow else trial
            a *= SHRINK
        return None

    def enlarged(self, gradient, best):
        while True:
            longer, accepted = self.attempt(gradient, best[2] / SHRINK)
            if not accepted or longer[1].upper >= best[1].upper:
                return best
            best = longer

    def attempt(self, gradient, a):
        """(theta, loss, a) of a trial, and whether psi(a) <= 0."""
        theta = self.theta - a * gradient.z
        loss = self.problem.loss(theta, self.eps, self.x)
        demanded = DECREASE * a * np.dot(gradient.z, gradient.z)
        return (theta, loss, a), loss.upper - gradient.loss.lower + demanded <= 0
