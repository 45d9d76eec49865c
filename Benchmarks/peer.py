#!/usr/bin/env python3
"""The PyTorch side of the comparison, a child of compare.py.

    peer.py --check         compares every formulation with NumPy loops and with Tests/Fixtures
    peer.py --way WAY       answers requests: one line in, JSON lines out

WAY is `autograd` (as people run it), `convolutions` (by hand, without a graph) or `beyond`
(whatever else was found to help). A request is `OPERATION PRECISION REPEATS`. At the first one of
its kind every formulation of the way is tried for a few calls, one JSON line each with
"trial": true, and the fastest is kept; then REPEATS calls of that one are timed. One thread
throughout. "processor" is the process's CPU time (user and system) in milliseconds, "wall" the
elapsed time.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

import recipes
import ridge

TRIAL_CALLS = 3
FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "Fixtures"
TOLERANCE = {"float32": 2e-5, "float64": 1e-11}


def formulations(way, compiled=True):
    if way == "autograd":
        return [ridge.Autograd]
    tried = {"convolutions": recipes.CONVOLUTIONS, "beyond": recipes.BEYOND}[way]
    return [recipe.on for recipe in tried if compiled or not recipe.compiled]


# Timing.


def timed(call, repeats):
    """Milliseconds of each call after one that is not counted."""
    call()
    processor, wall = [], []
    for _ in range(repeats):
        begin = time.process_time(), time.perf_counter()
        call()
        end = time.process_time(), time.perf_counter()
        processor.append(1e3 * (end[0] - begin[0]))
        wall.append(1e3 * (end[1] - begin[1]))
    return {"processor": processor, "wall": wall}


def say(**line):
    print(json.dumps(line), flush=True)


class Peer:
    """Problems by precision; by request the name and the call of the fastest formulation."""

    def __init__(self, options):
        self.options = options
        self.problems = {}
        self.chosen = {}

    def problem(self, precision):
        if precision not in self.problems:
            self.problems[precision] = ridge.Problem.standard(precision)
        return self.problems[precision]

    def call(self, formulation, operation, precision):
        return getattr(formulation(self.problem(precision)), operation)()

    def choose(self, operation, precision):
        """Tries every formulation; the name and the call of the fastest."""
        trials = []
        for formulation in formulations(self.options.way, self.options.compiled):
            name = formulation(self.problem(precision)).name
            try:
                call = self.call(formulation, operation, precision)
                median = statistics.median(timed(call, TRIAL_CALLS)["processor"])
            except Exception as error:  # A missing compiler must not end the comparison.
                say(trial=True, name=name, failed=str(error).splitlines()[0][:200])
                continue
            trials.append((median, name, call))
            say(trial=True, name=name, processor=median)
        return min(trials, key=lambda trial: trial[0])[1:]

    def answer(self, operation, precision, repeats):
        request = operation, precision
        if request not in self.chosen:
            self.chosen[request] = self.choose(*request)
        name, call = self.chosen[request]
        say(name=name, operation=operation, precision=precision, **timed(call, repeats))


# Correctness.


def expected(p):
    """The three operations in NumPy loops, Float64."""
    x, q, v, f = (a.double().numpy() for a in (p.x, p.q, p.v, p.coefficients))
    beta, nu = (a.double().numpy() for a in (p.weights, p.smoothing))
    r = p.padding
    images, channels, height, width = x.shape
    shifts = [(k, c, a, b) for k, c, a, b in np.ndindex(f.shape)]

    def pad(image):
        return np.pad(image, ((0, 0), (0, 0), (r, r), (r, r)))

    def window(image, c, a, b):
        return image[:, c, a : a + height, b : b + width]

    def respond(image):
        maps, padded = np.zeros((images, len(f), height, width)), pad(image)
        for k, c, a, b in shifts:
            maps[:, k] += f[k, c, a, b] * window(padded, c, a, b)
        return maps

    def adjoint(maps):
        padded = pad(np.zeros_like(x))
        for k, c, a, b in shifts:
            window(padded, c, a, b)[:] += f[k, c, a, b] * maps[:, k]
        return padded[:, :, r : r + height, r : r + width]

    t, tq, tv = respond(x), respond(q), respond(v)
    beta, nu = beta[:, None, None], nu[:, None, None]
    root = np.sqrt(t**2 + nu**2)
    first, second = beta * t / root, beta * nu**2 / root**3
    filters = np.zeros_like(f)
    for k, c, a, b in shifts:
        filters[k, c, a, b] = (second[:, k] * tq[:, k] * window(pad(x), c, a, b)).sum()
        filters[k, c, a, b] += (first[:, k] * window(pad(q), c, a, b)).sum()
    weights = (t / root * tq).sum((0, 2, 3))
    smoothing = (-beta * t * nu / root**3 * tq).sum((0, 2, 3))
    return {
        "gradient": [adjoint(first)],
        "hessian_product": [adjoint(second * tv)],
        "mixed_product": [filters, weights, smoothing],
    }


def fixture(path, precision):
    """A fixture's problem and its numbers, which the tests assert as well."""
    arrays = dict(np.load(path))
    images = {name: arrays[name][None] for name in ("x", "q", "v")}
    parameters = ("coefficients", "weights", "smoothing")
    problem = ridge.Problem(precision, **images, **{name: arrays[name] for name in parameters})
    return problem, {
        "gradient": [arrays["gradient"][None]],
        "hessian_product": [arrays["hessian_product"][None]],
        "mixed_product": [arrays[f"mixed_{name}"] for name in parameters],
    }


def check(options):
    worst = 0.0
    for precision in ("float32", "float64"):
        small = ridge.Problem.standard(precision, images=2, height=11, width=9, filters=5)
        cases = [(small, expected(small))]
        paths = sorted(FIXTURES.glob("ridge_zero_smoothed_absolute_*.npz"))
        cases += [fixture(path, precision) for path in paths]
        for way in ("autograd", "convolutions", "beyond"):
            for formulation in formulations(way, options.compiled):
                name = formulation(small).name
                # Compiling takes seconds each time.
                held = cases[:1] if "compiled" in name else cases
                error = max(disagreement(formulation, *case) for case in held)
                say(precision=precision, name=name, cases=len(held), error=error)
                worst = max(worst, error / TOLERANCE[precision])
    return worst <= 1


def disagreement(formulation, problem, numbers):
    """The largest difference relative to the largest number, over all results."""
    torch.compiler.reset()
    errors = []
    for operation in ridge.OPERATIONS:
        results = getattr(formulation(problem), operation)()()
        for result, number in zip(results, numbers[operation], strict=True):
            difference = np.abs(result.detach().numpy().astype(float) - number).max()
            errors.append(float(difference / np.abs(number).max()))
    return max(errors)


def main():
    parser = argparse.ArgumentParser(description="PyTorch side of compare.py.")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--way", choices=("autograd", "convolutions", "beyond"), default="autograd")
    parser.add_argument("--no-compile", dest="compiled", action="store_false")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    if options.check:
        sys.exit(0 if check(options) else 1)
    checksum = float(ridge.Numbers(seed=1).array(1000).sum())
    capability = torch.backends.cpu.get_cpu_capability()
    say(ready=True, torch=torch.__version__, capability=capability, checksum=checksum)
    peer = Peer(options)
    for line in sys.stdin:
        operation, precision, repeats = line.split()
        peer.answer(operation, precision, int(repeats))


if __name__ == "__main__":
    main()
