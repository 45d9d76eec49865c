#!/usr/bin/env python3
"""bilevel-lua's Fields-of-Experts kernels beside PyTorch, measured in turns in one go.

    python3 Benchmarks/compare.py [--rounds 5] [--calls 10] [--no-compile] [--python PATH]

README.md in this folder says how to install both sides. Every round measures each side once, one
after the other, so that whatever else the machine does falls on all of them alike. A round's figure
is the least processor time of its calls, the table shows the median over the rounds.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
BENCH = FOLDER.parent / ".build" / "release" / "bilevel-bench"
STANDARD = "ridge 25x96x96 48 of 7x7"
# Operations with their names in bilevel-bench.
OPERATIONS = {
    "gradient": "gradient",
    "hessian_product": "Hessian product",
    "mixed_product": "mixed product",
}
PRECISIONS = ("float32", "float64")
# glibc gives memory back to the system at once beyond these sizes; feature maps are 44 and 88 MB,
# and fetching them afresh for every operation doubles PyTorch's time.
TUNED = {"MALLOC_MMAP_THRESHOLD_": "3000000000", "MALLOC_TRIM_THRESHOLD_": "6000000000"}
WAYS = {
    "autograd": ("autograd, default malloc", {}),
    "convolutions": ("convolutions by hand, tuned malloc", TUNED),
    "beyond": ("best found, tuned malloc", TUNED),
}


def one_thread(settings):
    """The environment of a PyTorch child with one thread and the given settings of malloc."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
    return environment | {"OMP_NUM_THREADS": "1", "TORCHINDUCTOR_COMPILE_THREADS": "1"} | settings


class Bench:
    """bilevel-bench, started anew every round."""

    label = "bilevel-lua"

    def __init__(self):
        if not BENCH.exists():
            sys.exit(f"{BENCH} is missing: swift build -c release --product bilevel-bench")
        # By precision.
        self.peak = {precision: [] for precision in PRECISIONS}
        self.variant = ""
        self.checksum = None

    def round(self):
        """Milliseconds by (precision, operation), and no names."""
        command = [BENCH, "--quick", "--tsv", "--filter", STANDARD]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines = [line.split("\t") for line in output.splitlines()]
        columns, lines = lines[0], lines[1:]
        rows = [dict(zip(columns, line)) for line in lines]
        self.checksum = next(float(r["ms"]) for r in rows if r["measurement"] == "checksum")
        times = {}
        for row in rows:
            for operation, name in OPERATIONS.items():
                if row["measurement"] == f"{STANDARD}: {name}":
                    times[row["type"], operation] = float(row["ms"])
                    self.variant = row["variant"]
                    self.peak[row["type"]].append(float(row["gflops"]) / float(row["share"]))
        missing = len(PRECISIONS) * len(OPERATIONS) - len(times)
        if missing:
            sys.exit(f"bilevel-bench left out {missing} of the measurements that are compared.")
        return times

    def close(self):
        pass


class Peer:
    """A PyTorch child process that answers requests."""

    def __init__(self, way, options):
        self.label, settings = WAYS[way]
        self.calls = options.calls
        # By (precision, operation): the formulation that was fastest.
        self.names = {}
        # Wall time over processor time, one number per request.
        self.stretch = []
        environment = one_thread(settings)
        command = [options.python, FOLDER / "peer.py", "--way", way]
        command += [] if options.compiled else ["--no-compile"]
        self.child = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.about = self.read()

    def read(self):
        line = self.child.stdout.readline()
        if not line:
            sys.exit(f"The PyTorch child ({self.label}) ended; is torch installed?")
        return json.loads(line)

    def round(self):
        """Milliseconds by (precision, operation)."""
        return {
            (precision, operation): self.measure(operation, precision)
            for precision in PRECISIONS
            for operation in OPERATIONS
        }

    def measure(self, operation, precision):
        """The least time of the calls; what was tried on the way goes to the error stream."""
        print(operation, precision, self.calls, file=self.child.stdin, flush=True)
        while (line := self.read()).get("trial"):
            result = line.get("failed") or f"{line['processor']:.1f} ms"
            note(f"  tried for {operation} {precision}: {line['name']}: {result}")
        self.names[precision, operation] = line["name"]
        self.stretch.append(sum(line["wall"]) / sum(line["processor"]))
        return min(line["processor"])

    def close(self):
        self.child.stdin.close()
        self.child.wait()


def note(text):
    print(text, file=sys.stderr, flush=True)


# The report.


def processor_name():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def figure(times):
    """Median over the rounds, with the least and the greatest."""
    return f"{statistics.median(times):.1f} ({min(times):.1f} to {max(times):.1f})"


def table(times, sides):
    peers = [key for key in sides if key != "bench"]
    titles = ["operation", "type", "bilevel-lua", *(sides[key].label for key in peers)]
    yield "| " + " | ".join(titles) + " |"
    yield "|" + "---|" * len(titles)
    for request in times["bench"][0]:
        precision, operation = request
        of = {key: [rounds[request] for rounds in times[key]] for key in sides}
        own = statistics.median(of["bench"])
        cells = [OPERATIONS[operation], precision, figure(of["bench"])]
        for key in peers:
            ratio = statistics.median(of[key]) / own
            name = sides[key].names[request]
            chosen = "" if name == key else f", {name}"
            cells.append(f"{figure(of[key])}: **{ratio:.1f}**{chosen}")
        yield "| " + " | ".join(cells) + " |"


def report(times, sides, options, load):
    bench, about = sides["bench"], sides["autograd"].about
    peak = {precision: statistics.median(peaks) for precision, peaks in bench.peak.items()}
    print(f"{processor_name()}, one thread, kernels {bench.variant}, multiply-add peak", end=" ")
    print(" and ".join(f"{value:.0f} GFLOP/s in {key}" for key, value in peak.items()) + ".")
    print(f"PyTorch {about['torch']}, {about['capability']}.")
    print(f"25 images 96 x 96, 48 filters 7 x 7. Processor time in ms: least of {options.calls}")
    print(f"calls, median of {options.rounds} rounds (least to greatest); in bold its ratio to")
    print("bilevel-lua's.")
    stretch = statistics.median(value for way in WAYS for value in sides[way].stretch)
    print(f"PyTorch's wall time was {stretch:.2f} times its processor time; load average", end=" ")
    print(f"{load:.1f} before, {os.getloadavg()[0]:.1f} after.\n")
    print("\n".join(table(times, sides)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=10, help="calls per round of PyTorch")
    parser.add_argument("--no-compile", dest="compiled", action="store_false")
    parser.add_argument("--python", default=sys.executable, help="the interpreter with PyTorch")
    options = parser.parse_args()

    load = os.getloadavg()[0]
    sides = {"bench": Bench()} | {way: Peer(way, options) for way in WAYS}
    times = {key: [] for key in sides}
    for number in range(options.rounds):
        for key, side in sides.items():
            note(f"round {number + 1} of {options.rounds}: {side.label}")
            times[key].append(side.round())
    for side in sides.values():
        side.close()
    if abs(sides["bench"].checksum - sides["autograd"].about["checksum"]) > 1e-9:
        sys.exit("The two sides measured different data.")
    report(times, sides, options, load)


if __name__ == "__main__":
    main()
