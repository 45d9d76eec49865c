#!/usr/bin/env python3
"""Convolutions, networks, Fourier transforms, blurs and projections beside PyTorch's, one thread.

    python3 Benchmarks/operators.py [--calls 20] [--python PATH]

bilevel-bench measures its side first, then this process measures PyTorch with a tuned malloc: the
least processor time of the calls. Networks are written without a graph. README.md in this folder
says how to install both sides.
"""

import argparse
import os
import subprocess
import sys
import time

from compare import BENCH, TUNED, one_thread, processor_name

MEASUREMENTS = ("convolution", "network", "operators")
TYPES = ("float32", "float64")


def own_times():
    """Milliseconds by (measurement, type)."""
    times = {}
    for name in MEASUREMENTS:
        command = [BENCH, "--tsv", "--filter", name]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for line in output.splitlines()[1:]:
            measurement, _, kind, milliseconds, *_ = line.split("\t")
            if kind:
                times[measurement, kind] = float(milliseconds)
    return times


def layers(torch, functional, dtype):
    """One convolution 8 to 64 of 5 x 5 on 64 x 64."""
    x = torch.randn(1, 8, 64, 64, dtype=dtype)
    weights = torch.randn(64, 8, 5, 5, dtype=dtype)
    y = functional.conv2d(x, weights, padding=2)
    backward = torch.ops.aten.convolution_backward
    settings = [None, [1, 1], [2, 2], [1, 1], False, [0, 0], 1]
    name = "convolution 8 to 64 of 5x5, 64x64: "
    yield name + "forward", lambda: functional.conv2d(x, weights, padding=2)
    yield name + "adjoint", lambda: functional.conv_transpose2d(y, weights, padding=2)
    yield name + "weight gradient", lambda: backward(
        y, x, weights, *settings, [False, True, False]
    )


def network(torch, functional, dtype):
    """A two-layer network of 32 maps on 64 x 64: activation t^2/(2 tau), then t - tau/2."""
    x, v = (torch.randn(1, 1, 64, 64, dtype=dtype) for _ in range(2))
    first = torch.randn(32, 1, 5, 5, dtype=dtype) / 5
    second = torch.rand(32, 32, 5, 5, dtype=dtype) / 800
    tau = 0.01

    def slope(t):
        return (t / tau).clamp_(0, 1)

    def activation(t):
        clipped = t.clamp(0, tau)
        return (t.clamp(min=0) - clipped).add_(clipped * clipped / (2 * tau))

    def respond(image, weights):
        return functional.conv2d(image, weights, padding=2)

    def adjoint(maps, weights):
        return functional.conv_transpose2d(maps, weights, padding=2)

    def value():
        return activation(respond(activation(respond(x, first)), second)).sum()

    def gradient():
        t = respond(x, first)
        u = respond(activation(t), second)
        total = activation(u).sum()
        return total, adjoint(adjoint(slope(u), second).mul_(slope(t)), first)

    t = respond(x, first)
    u = respond(activation(t), second)
    inner, inside = slope(t), ((t > 0) & (t < tau)).to(dtype) / tau
    bend = ((u > 0) & (u < tau)).to(dtype) / tau
    weighed = adjoint(slope(u), second) * inside

    def product():
        w = respond(v, first)
        back = adjoint(respond(w * inner, second).mul_(bend), second).mul_(inner)
        return adjoint(back.add_(w.mul_(weighed)), first)

    name = "network 1 to 32 to 32, 64x64, smoothed_relu: "
    yield name + "value", value
    yield name + "gradient and value", gradient
    yield name + "Hessian product", product


def transforms(torch, functional, dtype):
    """Two-dimensional Fourier transforms."""
    complex_type = {torch.float32: torch.complex64, torch.float64: torch.complex128}[dtype]
    for side in (64, 256, 320, 509, 1024):
        z = torch.randn(side, side, dtype=complex_type)
        x = torch.randn(side, side, dtype=dtype)
        yield f"operators: FFT {side}x{side}", lambda z=z: torch.fft.fft2(z)
        yield f"operators: real FFT {side}x{side}", lambda x=x: torch.fft.rfft2(x)


def blurs(torch, functional, dtype):
    """One plane of 256 x 256 with one kernel, borders reflected."""
    x = torch.randn(1, 1, 256, 256, dtype=dtype)
    for extent in (5, 9, 13, 25):
        kernel = torch.rand(1, 1, extent, extent, dtype=dtype)

        def blur(kernel=kernel, extent=extent):
            padded = functional.pad(x, [extent // 2] * 4, mode="reflect")
            return functional.conv2d(padded, kernel)

        yield f"operators: convolution, direct, 256x256 with {extent}x{extent}", blur


def ray_matrix(torch, side, angles, detectors, dtype):
    """Joseph's projections of side x side pixels as a sparse matrix, one row for each ray."""
    centre = (side - 1) / 2
    offsets = torch.arange(detectors, dtype=torch.float64) - (detectors - 1) / 2
    along = torch.arange(side, dtype=torch.float64) - centre
    ray, pixel, weight = [], [], []
    for index, angle in enumerate(angles):
        sine, cosine = float(torch.sin(angle)), float(torch.cos(angle))
        crosses_columns = abs(sine) >= abs(cosine)
        major, minor = (sine, cosine) if crosses_columns else (cosine, sine)
        place = (offsets[:, None] - along[None, :] * minor) / major + centre
        lower = place.floor().long()
        for shift in (0, 1):
            line = lower + shift
            share = 1 - (place - line).abs()
            k, step = ((line >= 0) & (line < side) & (share > 0)).nonzero(as_tuple=True)
            across = line[k, step]
            # x is to the right and y up: row 0 has the largest y.
            rows, columns = (
                (side - 1 - across, step) if crosses_columns else (side - 1 - step, across)
            )
            ray.append(index * detectors + k)
            pixel.append(rows * side + columns)
            weight.append(share[k, step] / abs(major))
    indices = torch.stack([torch.cat(ray), torch.cat(pixel)])
    shape = (len(angles) * detectors, side * side)
    return torch.sparse_coo_tensor(indices, torch.cat(weight).to(dtype), shape).coalesce()


def projections(torch, functional, dtype):
    """Parallel projections of 256 x 256 along 60 angles: a sparse matrix; rotated images, summed."""
    side, detectors = 256, 363
    angles = torch.arange(60, dtype=torch.float64) * (torch.pi / 60)
    matrix = ray_matrix(torch, side, angles, detectors, dtype)
    forward, adjoint = matrix.to_sparse_csr(), matrix.t().coalesce().to_sparse_csr()
    x = torch.randn(side * side, dtype=dtype)
    y = torch.randn(len(angles) * detectors, dtype=dtype)
    label = "256x256, 60 angles"
    yield f"operators: projection {label}; sparse matrix", lambda: forward @ x
    yield f"operators: back projection {label}; sparse matrix", lambda: adjoint @ y

    border = (detectors - side) // 2
    padded = functional.pad(x.view(1, 1, side, side), [border, detectors - side - border] * 2)
    cosine, sine = torch.cos(angles).to(dtype), torch.sin(angles).to(dtype)
    turns = torch.zeros(len(angles), 2, 3, dtype=dtype)
    turns[:, 0, 0], turns[:, 0, 1], turns[:, 1, 0], turns[:, 1, 1] = cosine, -sine, sine, cosine
    shape = [len(angles), 1, detectors, detectors]
    grid = functional.affine_grid(turns, shape, align_corners=False)
    images = padded.expand(len(angles), -1, -1, -1)

    def rotated():
        return functional.grid_sample(images, grid, align_corners=False).sum(2)

    yield f"operators: projection {label}; rotated images", rotated


def measure(call, calls):
    """Least milliseconds of processor time of several rounds, each of some milliseconds."""
    call()
    begin = time.process_time()
    call()
    repeats = max(1, int(0.005 / max(time.process_time() - begin, 1e-6)))
    best = float("inf")
    for _ in range(calls):
        begin = time.process_time()
        for _ in range(repeats):
            call()
        best = min(best, (time.process_time() - begin) / repeats)
    return 1e3 * best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--python", default=sys.executable, help="the interpreter with PyTorch")
    options = parser.parse_args()
    if os.environ.get("MALLOC_TRIM_THRESHOLD_") != TUNED["MALLOC_TRIM_THRESHOLD_"]:
        if not BENCH.exists():
            sys.exit(f"{BENCH} is missing: swift build -c release --product bilevel-bench")
        environment = one_thread(TUNED)
        os.execvpe(options.python, [options.python, *sys.argv], environment)

    import torch
    import torch.nn.functional as functional

    torch.set_num_threads(1)
    own = own_times()
    print(f"{processor_name()}, one thread, PyTorch {torch.__version__}. Milliseconds.\n")
    print("| measurement | type | bilevel-lua | PyTorch | ratio |\n|---|---|---|---|---|")
    missing = []
    for group in (layers, network, transforms, blurs, projections):
        for kind in TYPES:
            for name, call in group(torch, functional, getattr(torch, kind)):
                # What follows a semicolon says how PyTorch does it.
                key = name.split(";")[0], kind
                if key not in own:
                    missing.append(name)
                    continue
                with torch.no_grad():
                    theirs = measure(call, options.calls)
                mine = own[key]
                print(f"| {name} | {kind} | {mine:.3f} | {theirs:.3f} | **{theirs / mine:.1f}** |")
    if missing:
        sys.exit(f"bilevel-bench has no measurement called {missing[0]!r}.")


if __name__ == "__main__":
    main()
