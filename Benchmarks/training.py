#!/usr/bin/env python3
"""Learning with MAID in PyTorch and in bilevel-lua: processor time to the same loss, in one go.

    python3 Benchmarks/training.py --images FOLDER [--python PATH] [--authors-seconds 1200]

Both sides start from the same data, noise and parameters, which are first shown to give the same
loss and the same hypergradient. Then, way by way, PyTorch takes its steps, its last parameters get
their true loss, and bilevel-lua learns until its own true loss is as low. One thread each.
README.md in this folder says how to install both sides and what the ways are.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

from compare import FOLDER, TUNED, note, one_thread, processor_name

PROGRAM = FOLDER.parent / ".build" / "release" / "bilevel-lua"
WAYS = {
    "fair": ("PyTorch, fair: autograd, the same step sizes, tuned malloc", TUNED),
    "hand": ("PyTorch, by hand: no graph, the same step sizes, tuned malloc", TUNED),
    "authors": (
        "PyTorch, the authors' way: autograd, 30 power iterations in every solver iteration, "
        "default malloc",
        {},
    ),
}
RULES = {
    "default": "bilevel-lua, MAID as it comes",
    "published": "bilevel-lua, MAID's published direction and first trials",
}
CHECKED = 4


class Benchmark:
    """The commands of both sides, on one problem."""

    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(options.output)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data.npz"
        model = ["--regularizer", options.regularizer]
        if options.regularizer == "fields_of_experts":
            model += ["--filters", options.filters, "--filter-size", options.filter_size]
        self.model = model
        self.problem = [*model, "--count", options.count, "--size", options.size]
        if options.images:
            self.problem += ["--images", options.images]

    def lines(self, command, environment=None):
        """The JSON objects that a child prints, as they come."""
        pinned = ["taskset", "--cpu-list", self.options.core] if self.options.core else []
        child = subprocess.Popen(
            [str(word) for word in [*pinned, *command]],
            env=environment, stdout=subprocess.PIPE, text=True,
        )
        with child:
            for line in child.stdout:
                note("  " + line.strip()[:160])
                yield json.loads(line)
        if child.returncode:
            sys.exit(f"{command[0]} ended with status {child.returncode}.")

    def script(self, *arguments):
        return self.lines([PROGRAM, FOLDER / "training.lua", *self.problem, *arguments])

    def peer(self, settings, *arguments):
        command = [self.options.python, FOLDER / "training_peer.py", self.data, *self.model]
        return self.lines([*command, *arguments], one_thread(settings))

    def check(self):
        """Data for both sides, on which both find the same loss and hypergradient."""
        reference = min(CHECKED, self.options.count)
        list(self.script("--export", self.data, "--reference", reference))
        return list(self.peer(TUNED, "--check", "--count", reference))

    def train(self, way):
        """The peer's last step with the true loss there, and all that it spent."""
        file = self.folder / f"{way}.npz"
        command = ["--way", way, "--steps", self.options.steps, "--save", file]
        command += ["--precision", self.options.precision]
        if way == "authors":
            command += ["--seconds", self.options.authors_seconds]
        lines = list(self.peer(WAYS[way][1], *command))
        steps = [line for line in lines if "k" in line]
        if not steps:
            return None, lines[-1]
        (truth,) = self.script("--evaluate", file)
        return steps[-1] | truth, lines[-1]

    def learn(self, rules, target):
        """The last step of bilevel-lua, and whether it reached the target."""
        lines = list(
            self.script(
                "--target", repr(target), "--rules", rules, "--precision", self.options.precision
            )
        )
        *_, last = (line for line in lines if "k" in line)
        return last | {"reached": lines[-1]["ended"] == "target", "method": lines[0]["method"]}


# The report.


def row(label, line, ratio=""):
    iterations = line["lower"] + line["linear"]
    cells = [
        label, line["k"], f"{line['loss']:.4f}", f"{line['processor']:.2f}",
        f"{line['wall']:.2f}", line["lower"], line["linear"],
        f"{1e3 * line['processor'] / iterations:.2f}", ratio,
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def table(peers, own):
    yield (
        "| who | steps | true loss | processor time, s | wall time, s | lower-level iterations "
        "| linear iterations | ms per iteration | ratio |"
    )
    yield "|" + "---|" * 9
    for way, line in peers.items():
        yield row(WAYS[way][0], line)
        for rules, text in RULES.items():
            mine = own[way, rules]
            ratio = f"**{line['processor'] / mine['processor']:.1f}**"
            yield row(text, mine, ratio if mine["reached"] else "not reached")


def projection(fair, spent, own):
    """What the fair run's solver iterations would take in the authors' way: not measured."""
    rate = spent["processor"] / spent["lower"]
    seconds = rate * fair["lower"]
    return (
        f"The authors' way took {rate:.2f} s per image and solver iteration ({spent['lower']} of "
        f"them measured). Projected, not measured: those of the fair run's {fair['k']} steps would "
        f"take {seconds:.0f} s, {seconds / own['processor']:.0f} times bilevel-lua's time to that "
        "loss."
    )


def report(benchmark, checks, peers, spent, own, load):
    options = benchmark.options
    model = options.regularizer.replace("_", " ")
    if options.regularizer == "fields_of_experts":
        model += f", {options.filters} filters {options.filter_size} x {options.filter_size}"
    images = "crops of photographs" if options.images else "synthetic scenes"
    print(f"{processor_name()}, one thread each, {options.precision} on both sides.")
    print(f"{options.count} {images} {options.size} x {options.size}; {model}.")
    for line in checks:
        print(f"At the first parameters, Float64, {line['way']}: loss differs by", end=" ")
        print(f"{line['loss_error']:.0e}, hypergradient by {line['hypergradient_error']:.0e}.")
    print(f"Load average {load:.1f} before, {os.getloadavg()[0]:.1f} after.")
    print("Iterations are added up over the images. Below each way of PyTorch: bilevel-lua until")
    print("its true loss is as low; the ratio is that of processor times.\n")
    print("\n".join(table(peers, own)))
    if "authors" in spent and "fair" in peers and own["fair", "default"]["reached"]:
        print("\n" + projection(peers["fair"], spent["authors"], own["fair", "default"]))
    methods = {rules: line["method"] for (_, rules), line in own.items()}
    for rules, method in methods.items():
        print(f"\n{RULES[rules]}: {method}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", help="folder of photographs; synthetic scenes when absent")
    parser.add_argument("--count", type=int, default=25)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument(
        "--regularizer", default="fields_of_experts",
        choices=("fields_of_experts", "total_variation"),
    )
    parser.add_argument("--filters", type=int, default=48)
    parser.add_argument("--filter-size", type=int, default=7)
    parser.add_argument("--precision", default="float32", choices=("float32", "float64"))
    parser.add_argument("--steps", type=int, default=30, help="upper-level steps of PyTorch")
    parser.add_argument(
        "--authors-seconds", type=float, default=1200,
        help="most processor time in the authors' way, which takes hours to that many steps",
    )
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--core", help="the processor core that both sides are kept on")
    parser.add_argument("--python", default=sys.executable, help="the interpreter with PyTorch")
    parser.add_argument("--output", default=".build/training")
    options = parser.parse_args()
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} is missing: swift build -c release")

    load = os.getloadavg()[0]
    benchmark = Benchmark(options)
    checks = benchmark.check()
    peers, spent, own = {}, {}, {}
    for way in options.ways:
        note(WAYS[way][0])
        last, spent[way] = benchmark.train(way)
        if last is None:
            note("not one step in the time allowed")
            continue
        peers[way] = last
        for rules in RULES:
            note(RULES[rules])
            own[way, rules] = benchmark.learn(rules, peers[way]["loss"])
    report(benchmark, checks, peers, spent, own, load)


if __name__ == "__main__":
    main()
