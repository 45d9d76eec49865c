#!/usr/bin/env python3
"""MAID in PyTorch on exported data, a child of training.py: one JSON line per step.

    training_peer.py DATA.npz --way fair --steps 30 --save THETA.npz
    training_peer.py DATA.npz --check

WAY says how energies are differentiated and how the lower level's step size is found. `--check`
compares loss and hypergradient at the first parameters with those in the file. One thread; the
clock starts once PyTorch and the data are there.
"""

import argparse
import json
import os
import signal
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

import energies
import maid
import solvers

RULES = {"slopes": solvers.Slopes, "power": solvers.PowerIterations}
# By way: whether derivatives are written by hand, and the rule of the step size.
WAYS = {
    "fair": (False, "slopes"),
    "hand": (True, "slopes"),
    "authors": (False, "power"),
}
LOSS_TOLERANCE = 1e-6
HYPERGRADIENT_TOLERANCE = 1e-4


def say(**line):
    print(json.dumps(line), flush=True)


def problem(arrays, way, precision, regularizer):
    by_hand, rule = WAYS[way]
    kind = energies.BY_HAND[type(regularizer)] if by_hand else energies.Autograd
    dtype = {"float32": torch.float32, "float64": torch.float64}[precision]
    truth, observed = (torch.from_numpy(arrays[name]).to(dtype) for name in ("truth", "observed"))
    make = lambda theta: kind(regularizer, theta, observed)
    return maid.Problem(make, truth, observed, RULES[rule]())


def regularizer_of(options):
    if options.regularizer == "total_variation":
        return energies.TotalVariation()
    return energies.FieldsOfExperts(options.filters, options.filter_size)


def check(arrays, options):
    """Both sides mean the same problem, by every way of differentiation."""
    failed = False
    count = options.count
    part = {name: arrays[name][:count] for name in ("truth", "observed")}
    for way in ("fair", "hand"):
        task = problem(part, way, "float64", regularizer_of(options))
        gradient = task.gradient(arrays["theta"], 1e-7, 1e-7, task.observed, None, estimate=False)
        expected, z = float(arrays["loss"][0]), arrays["hypergradient"]
        loss_error = abs(gradient.loss.value - expected) / expected
        z_error = np.linalg.norm(gradient.z - z) / np.linalg.norm(z)
        say(way=way, loss=gradient.loss.value, loss_error=loss_error, hypergradient_error=z_error)
        failed |= not (loss_error <= LOSS_TOLERANCE and z_error <= HYPERGRADIENT_TOLERANCE)
    return int(failed)


class OutOfTime(Exception):
    """The processor time of `--seconds` is spent."""


def limit(seconds):
    def stop(*_):
        raise OutOfTime

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)


def train(arrays, options):
    """A line per accepted step, and one of all work where the last step was left unfinished."""
    task = problem(arrays, options.way, options.precision, regularizer_of(options))
    begin = time.process_time(), time.perf_counter()

    def spent():
        processor, wall = time.process_time() - begin[0], time.perf_counter() - begin[1]
        return {"processor": processor, "wall": wall, **vars(task.counts)}

    if options.seconds:
        limit(options.seconds)
    try:
        method = maid.MAID(task, arrays["theta"].astype(np.float64))
        for k in range(1, options.steps + 1):
            loss = method.step()
            np.savez(options.save, theta=method.theta)
            say(k=k, loss=loss, eps=method.eps, step=method.taken, **spent())
    except OutOfTime:
        say(ended="out of time", **spent())
    except maid.Stalled:
        say(ended="no further decrease at the precision's floor", **spent())
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--way", choices=WAYS, default="fair")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seconds", type=float, help="most processor time of learning")
    parser.add_argument("--save", default="theta.npz")
    parser.add_argument("--precision", choices=("float32", "float64"), default="float32")
    parser.add_argument("--regularizer", default="fields_of_experts")
    parser.add_argument("--filters", type=int, default=48)
    parser.add_argument("--filter-size", type=int, default=7)
    parser.add_argument("--count", type=int, default=4, help="samples that --check looks at")
    options = parser.parse_args()
    torch.set_num_threads(1)
    arrays = dict(np.load(options.data))
    return check(arrays, options) if options.check else train(arrays, options)


if __name__ == "__main__":
    sys.exit(main())
