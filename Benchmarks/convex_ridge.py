#!/usr/bin/env python3
"""One upper-level step of the convex ridge regularizer in PyTorch and in bilevel-lua, in one go.

    python3 Benchmarks/convex_ridge.py --images FOLDER [--weights FILE] [--threads 2]

A step is a hypergradient: nmAPG to a relative change of 1e-4 on a batch of 8 crops 64 x 64, MINRES
to 1e-6, the mixed product, as in the comparative study that the regularizer comes from. Both sides
read the same crops, noise and parameters; their losses and the norms of their hypergradients are
compared before the times. README.md in this folder says how to install both sides.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

from compare import FOLDER, TUNED, note, one_thread, processor_name

PROGRAM = FOLDER.parent / ".build" / "release" / "bilevel-lua"
WAYS = {
    "autograd": ("PyTorch, autograd, default malloc", {}),
    "hand": ("PyTorch, no work done twice, tuned malloc", TUNED),
}
# Both sides stop where they please near the solution: what they agree to.
AGREEMENT = 2e-2


def lines(command, environment=None):
    """The JSON objects that a child prints, with the wall time since the one before."""
    command = [str(word) for word in command]
    child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    last = time.perf_counter()
    with child:
        for text in child.stdout:
            now = time.perf_counter()
            yield {"wall": now - last} | json.loads(text)
            last = now
    if child.returncode:
        sys.exit(f"{command[0]} ended with status {child.returncode}.")


def median(steps, key):
    return statistics.median(step[key] for step in steps)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", help="folder of photographs; synthetic scenes when absent")
    parser.add_argument("--weights", help="a trained model; the initial parameters when absent")
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", default="float32", choices=("float32", "float64"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--python", default=sys.executable, help="the interpreter with PyTorch")
    parser.add_argument("--output", default=".build/convex_ridge")
    options = parser.parse_args()
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} is missing: swift build -c release")
    folder = pathlib.Path(options.output)
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data.npz"
    shared = ["--threads", options.threads, "--repeats", options.repeats]
    shared += ["--precision", options.precision]
    script = [PROGRAM, FOLDER / "convex_ridge.lua", "--export", data, *shared]
    script += ["--count", options.count, "--size", options.size]
    for name in ("images", "weights"):
        if getattr(options, name):
            script += [f"--{name}", getattr(options, name)]

    load = os.getloadavg()[0]
    sides = {"bilevel-lua": [line for line in lines(script) if "loss" in line]}
    for way in options.ways:
        label, settings = WAYS[way]
        note(label)
        environment = one_thread(settings) | {"OMP_NUM_THREADS": str(options.threads)}
        command = [options.python, FOLDER / "convex_ridge_peer.py", data, "--way", way, *shared]
        sides[label] = list(lines(command, environment))

    own = sides["bilevel-lua"]
    print(f"{processor_name()}, {options.threads} threads, {options.precision} on both sides.")
    print(f"{options.count} crops {options.size} x {options.size}. Medians of {options.repeats}.")
    print(f"Load average {load:.1f} before, {os.getloadavg()[0]:.1f} after.\n")
    print(
        "| who | loss | norm of the hypergradient | nmAPG | MINRES | processor time, s | ratio "
        "| wall time, s | ratio |\n" + "|" + "---|" * 9
    )
    for label, steps in sides.items():
        cells = [label, f"{steps[-1]['loss']:.4f}", f"{steps[-1]['norm']:.4f}"]
        cells += [steps[-1]["lower"], steps[-1]["linear"]]
        for key in ("processor", "wall"):
            cells += [f"{median(steps, key):.3f}"]
            cells += [f"**{median(steps, key) / median(own, key):.1f}**"]
        print("| " + " | ".join(map(str, cells)) + " |")
    for label, steps in sides.items():
        for key in ("loss", "norm"):
            if abs(steps[-1][key] / own[-1][key] - 1) > AGREEMENT:
                sys.exit(f"The two sides disagree: {key} is {steps[-1][key]} for {label}.")


if __name__ == "__main__":
    main()
