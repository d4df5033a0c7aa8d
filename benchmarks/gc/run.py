"""`make bench-gc`: this project's collector beside bdwgc, and its extension memory beside libc's malloc.

Every program is written once over a thin layer (collector.h) and built for both sides; its checksum must
be the same on both.  First the program's live data are measured; then both sides run with a heap of 1.5,
2 and 3 times that.  bdwgc is tried in all its variants and the fastest two take part in the rounds; sides
take turns within each round; figures are medians.  Rows called "generations" compare ours with and without them.

The table goes to standard output, the list of {name, ours, peer, peer_value, unit, ratio, target} to
build/bench-gc.json.  A ratio above 1 means that ours is better; a value of null that the side ran out of
memory.  The rows called "cpu" give user and system time, which other work on the machine disturbs less.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from programs import TREE, Result, build, run  # noqa: E402

HEAP_FACTORS = (1.5, 2.0, 3.0)
MARKERS = os.cpu_count() or 1
# Ways to run bdwgc: see collector_bdwgc.h.
STOPPING = {
    f"markers={MARKERS}": {"GC_MARKERS": str(MARKERS)},
    "markers=1": {"GC_MARKERS": "1"},
    f"markers={MARKERS},no-interior": {"GC_MARKERS": str(MARKERS), "BENCH_NO_INTERIOR": "1"},
    "markers=1,no-interior": {"GC_MARKERS": "1", "BENCH_NO_INTERIOR": "1"},
}
INCREMENTAL = "incremental"
OURS = {"ours": {}, "ours with generations": {"BENCH_GENERATIONS": "1"}}
VARIANTS = {
    **STOPPING,
    INCREMENTAL: {"GC_MARKERS": str(MARKERS), "BENCH_INCREMENTAL": "1", "BENCH_NO_INTERIOR": "1"},
}
TYPED = {f"{name},typed": {**env, "BENCH_TYPED": "1"} for name, env in STOPPING.items()}
FINALISTS = 2
LEAST_EXTRA_MS = 0.01
FLAT_BASE = 10


@dataclass
class Row:
    name: str
    ours: float | None
    peer: str
    peer_value: float | None
    unit: str
    ratio: float | None
    target: float | None

    @property
    def missed(self) -> bool:
        """Where the peer has no result at all nothing can be missed."""
        if self.target is None or self.peer_value is None:
            return False
        return self.ratio is None or self.ratio < self.target


def row(
    name: str,
    ours: float | None,
    peer: str,
    peer_value: float | None,
    unit: str,
    target: float | None = None,
) -> Row:
    """A row of a quantity of which less is better."""
    ratio = None if ours is None or peer_value is None else peer_value / max(ours, 1e-9)
    return Row(name, ours, peer, peer_value, unit, ratio, target)


def show(rows: Sequence[Row]) -> None:
    def text(value: float | None) -> str:
        return f"{'no memory':>12}" if value is None else f"{value:12.4f}"

    for r in rows:
        verdict = "" if r.target is None else f"  target {r.target:.2f} {'MISSED' if r.missed else 'met'}"
        ratio = "      -" if r.ratio is None else f"{r.ratio:7.2f}"
        print(f"{r.name:<36}{text(r.ours)} {r.unit:<8}{r.peer:<34}{text(r.peer_value)} {ratio}{verdict}")
    sys.stdout.flush()


# ---------------------------------------------------------------- throughput at equal heap sizes


@dataclass
class Program:
    name: str
    source: str
    arguments: tuple[str, ...]
    target: float
    pause_target: float | None = None
    shaped: bool = False


# Depth and rounds of gcbench: so many that the first touch of the heap's pages, a third of three rounds, hardly counts.
LONG = ("18", "9")

PROGRAMS = [
    Program("gcbench 1 thread", "gcbench", ("1", *LONG), 2.0, 1.0),
    Program("gcbench 2 threads", "gcbench", ("2", *LONG), 2.0, 1.0),
    Program("trees", "trees", (), 1.5),
    Program("graph", "graph", (), 1.5, shaped=True),
    Program("leaf", "leaf", (), 1.5),
    Program("weak", "weak", (), 1.5),
]


class Contest:
    """The runs of one program at one heap size: ours, and the variants of bdwgc that are still in it."""

    def __init__(self, program: Program, heap: int) -> None:
        self.program, self.heap = program, heap
        self.results: dict[str, list[Result]] = {}

    def play(self, name: str, env: dict[str, str]) -> None:
        side = "gcrt" if name in OURS else "bdwgc"
        settings = {"BENCH_HEAP": str(self.heap), **env}
        result = run(self.program.source, side, self.program.arguments, settings)
        self.results.setdefault(name, [])
        if result is not None:
            self.results[name].append(result)

    def median(self, name: str, key: str) -> float | None:
        values = [r.numbers[key] for r in self.results.get(name, [])]
        return statistics.median(values) if values else None

    def ranking(self) -> list[str]:
        """Variants of bdwgc that had enough memory, fastest first."""
        seconds = {n: self.median(n, "seconds") for n in self.results if n not in OURS}
        return sorted((n for n, s in seconds.items() if s is not None), key=lambda n: seconds[n] or 0.0)

    def check(self) -> None:
        checks = {r.check for results in self.results.values() for r in results}
        if len(checks) > 1:
            raise RuntimeError(f"{self.program.name}: the sides compute different things: {checks}")

    def rounds(self, count: int) -> None:
        variants = {**VARIANTS, **(TYPED if self.program.shaped else {})}
        for name, env in variants.items():
            self.play(name, env)
        finalists = self.ranking()[:FINALISTS]
        for _ in range(count):
            for name, env in OURS.items():
                self.play(name, env)
            for name in finalists:
                self.play(name, variants[name])
        self.check()
        # What was only tried once has not been measured; the incremental one stays for its pauses.
        keep = {*OURS, INCREMENTAL, *finalists}
        self.results = {name: results for name, results in self.results.items() if name in keep}

    def rows(self, label: str) -> list[Row]:
        program = self.program
        best = next((n for n in self.ranking() if len(self.results[n]) > 1), None)
        peer = "bdwgc" if best is None else f"bdwgc {best}"

        def compare(what: str, key: str, unit: str, target: float | None) -> Row:
            theirs = None if best is None else self.median(best, key)
            return row(f"{label} {what}".rstrip(), self.median("ours", key), peer, theirs, unit, target)

        rows = [
            compare("", "seconds", "s", program.target),
            compare("cpu", "cpu", "s", None),
            compare("p95 pause", "pause_ms_p95", "ms", program.pause_target),
        ]
        if program.pause_target is not None and self.results.get(INCREMENTAL) and best != INCREMENTAL:
            theirs = self.median(INCREMENTAL, "pause_ms_p95")
            ours = self.median("ours", "pause_ms_p95")
            rows.append(row(f"{label} p95 pause", ours, f"bdwgc {INCREMENTAL}", theirs, "ms"))
        for what, key, unit in (("", "seconds", "s"), (" p95 pause", "pause_ms_p95", "ms")):
            full, young = (self.median(name, key) for name in OURS)
            rows.append(row(f"{label} generations{what}", young, "ours without them", full, unit))
        return rows


def measure_program(program: Program, rounds: int) -> list[Row]:
    measured = run(program.source, "gcrt", program.arguments, {"BENCH_LIVE": "1"})
    if measured is None:
        raise RuntimeError(f"{program.name}: no memory without a limit")
    live = measured.numbers["live_bytes"]
    print(f"{program.name}: {live / 1e6:.1f} MB live")
    rows: list[Row] = []
    for factor in HEAP_FACTORS:
        contest = Contest(program, int(live * factor))
        contest.rounds(rounds)
        added = contest.rows(f"{program.name} {factor:g}x")
        show(added)
        rows += added
    return rows


def measure_programs(rounds: int) -> list[Row]:
    return [r for program in PROGRAMS for r in measure_program(program, rounds)]


# ---------------------------------------------------------------- what has another peer


def needed(result: Result | None, what: str) -> Result:
    if result is None:
        raise RuntimeError(f"{what}: out of memory")
    return result


def measure_malloc(rounds: int) -> list[Row]:
    rows: list[Row] = []
    cases = [(shape, n) for shape in ("lifo", "random", "grow", "append") for n in ("1", "2")] + [
        ("cross", "2")
    ]
    for shape, threads in cases:
        results: dict[str, list[Result]] = {"gcrt": [], "libc": []}
        for _ in range(rounds):
            for side, list_of in results.items():
                list_of.append(needed(run("malloc", side, (shape, threads), {}), f"malloc {shape}"))
        if len({r.check for list_of in results.values() for r in list_of}) != 1:
            raise RuntimeError(f"malloc {shape}: the sides compute different things")
        label = f"malloc {shape} {threads} thread{'s' if threads != '1' else ''}"
        for what, key, target in (("", "seconds", 1.0), (" cpu", "cpu", None)):
            ours, theirs = (statistics.median(r.numbers[key] for r in results[s]) for s in ("gcrt", "libc"))
            rows.append(row(label + what, ours, "glibc", theirs, "s", target))
        show(rows[-2:])
    return rows


def measure_image(rounds: int) -> list[Row]:
    """A live heap of 100 MB, without and with a gigabyte of images beside it, in turn in one process."""
    results = [needed(run("image", "gcrt", ("100", "1024"), {}), "image") for _ in range(rounds)]

    def median(key: str) -> float:
        return statistics.median(r.numbers[key] for r in results)

    extra = statistics.median(r.numbers["beside_ms"] - r.numbers["without_ms"] for r in results)
    extra = max(extra, LEAST_EXTRA_MS)
    without = median("without_ms")
    rows = [
        Row("image: extra pause beside 1 GB", extra, "limit", 3.0, "ms", 3.0 / extra, 1.0),
        row("image: pause beside 1 GB", median("beside_ms"), "ours without it", without, "ms"),
        row(
            "image: pause beside 1 GB cpu",
            median("beside_cpu_ms"),
            "ours without it",
            median("without_cpu_ms"),
            "ms",
        ),
        row("image: first pause beside 1 GB", median("first_ms"), "ours without it", without, "ms"),
    ]
    show(rows)
    return rows


@dataclass
class FlatSeries:
    label: str
    side: str
    settings: dict[str, str]
    sizes: tuple[int, ...]
    target: float | None


# The least trigger would spare a heap of 10 MB two cycles in three.  Without it every heap grows to the same
# multiple of what is alive, and only that shows whether the cost of a byte depends on the heap's size.
FLAT_SERIES = (
    FlatSeries("ours", "gcrt", {"BENCH_LEAST_TRIGGER": str(10**6)}, (FLAT_BASE, 30, 100, 300, 1000), 1 / 1.2),
    FlatSeries("ours by default", "gcrt", {}, (FLAT_BASE, 1000), None),
    FlatSeries("bdwgc", "bdwgc", {}, (FLAT_BASE, 1000), None),
)


def measure_series(series: FlatSeries, rounds: int) -> list[Row]:
    costs: dict[str, dict[int, list[float]]] = {"seconds": {}, "cpu": {}}
    for _ in range(rounds):
        for size in series.sizes:
            megabytes = max(1000, 3 * size)
            words = (str(size), str(megabytes))
            result = needed(run("flat", series.side, words, series.settings), "flat")
            for key, by_size in costs.items():
                by_size.setdefault(size, []).append(result.numbers[key] * 1e9 / (megabytes * 1024))
    rows: list[Row] = []
    for key, suffix in (("seconds", ""), ("cpu", " cpu")):
        medians = {size: statistics.median(values) for size, values in costs[key].items()}
        base, peer = medians.pop(FLAT_BASE), f"{series.label} at {FLAT_BASE} MB"
        target = series.target if key == "seconds" else None
        for size, cost in medians.items():
            rows.append(row(f"flat: {size} MB live{suffix}", cost, peer, base, "ns/KB", target))
    show(rows)
    return rows


def measure_flat(rounds: int) -> list[Row]:
    """Nanoseconds for an allocated kilobyte, by the size of the live heap."""
    return [r for series in FLAT_SERIES for r in measure_series(series, rounds)]


def measure_holes(rounds: int) -> list[Row]:
    """Heap sizes repeat exactly, but for what threads do: few rounds are enough."""
    results = {
        side: [needed(run("holes", side, (), {}), "holes") for _ in range(min(rounds, 3))]
        for side in ("gcrt", "bdwgc")
    }
    if len({r.check for list_of in results.values() for r in list_of}) != 1:
        raise RuntimeError("holes: the sides compute different things")

    def megabytes(side: str, key: str) -> float:
        return statistics.median(r.numbers[key] for r in results[side]) / 1e6

    after, before = megabytes("gcrt", "after_bytes"), megabytes("gcrt", "before_bytes")
    rows = [
        row("holes: heap after refilling", after, "bdwgc", megabytes("bdwgc", "after_bytes"), "MB", 1.0),
        row("holes: heap after refilling", after, "ours before", before, "MB"),
        row(
            "holes: heap with 90 % dropped",
            megabytes("gcrt", "dropped_bytes"),
            "bdwgc",
            megabytes("bdwgc", "dropped_bytes"),
            "MB",
        ),
    ]
    show(rows)
    return rows


PARTS: dict[str, Callable[[int], list[Row]]] = {
    "programs": measure_programs,
    "malloc": measure_malloc,
    "image": measure_image,
    "flat": measure_flat,
    "holes": measure_holes,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*PARTS, *(p.source for p in PROGRAMS)]
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these: {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    if unknown := set(args.parts) - set(names):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    build()
    rows: list[Row] = []
    for name, measure in PARTS.items():
        if not args.parts or name in args.parts:
            rows += measure(args.rounds)
    for program in PROGRAMS:
        if program.source in args.parts:
            rows += measure_program(program, args.rounds)
    out = TREE / "build" / "bench-gc.json"
    out.write_text(json.dumps([asdict(r) for r in rows], indent=1) + "\n")
    missed = [f"{r.name} ({r.peer})" for r in rows if r.missed]
    print(f"written to {out.relative_to(TREE)}; " + (f"missed: {'; '.join(missed)}" if missed else "all met"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
