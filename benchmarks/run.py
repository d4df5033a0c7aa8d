"""`make bench`: gcrt beside CPython and PyPy, one run, outputs checked.

Each program runs as one process a runtime, several rounds in turn, so that a change of the machine's
speed hits all of them.  Figures:

  warm    the median call of the last half of the run (all compiled by then)
  first   work in the first second: seconds that the calls take which CPython does in its first second
  jit=off the same as warm with the compiler off

The table goes to standard output, the list of {name, ours_s, peer, peer_s, ratio, target} to
build/bench.json; a ratio above 1 means that gcrt is faster.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "extensions_tests")]

from harness import cpython_with_packages, gcrt_site, manifests  # noqa: E402
from programs import PROGRAMS, program_dir  # noqa: E402

HERE = Path(__file__).resolve().parent
TREE = HERE.parent
GCRT = str(Path(sys.executable).parent / "gcrt")
CPYTHON = "/usr/bin/python3"
WARM_TARGETS = {"nbody": 5.0, "spectral_norm": 5.0, "fannkuch": 5.0}


@dataclass
class Row:
    name: str
    ours_s: float
    peer: str
    peer_s: float
    ratio: float
    target: float | None


def row(name: str, ours: float, peer: str, peer_s: float, target: float | None = None) -> Row:
    return Row(name, ours, peer, peer_s, peer_s / ours, target)


def runtimes() -> dict[str, list[str]]:
    """Command lines by name; PyPy only where it is installed."""
    found = {
        "gcrt": [GCRT, "run"],
        "gcrt-interp": [GCRT, "run", "--jit=off"],
        "cpython": [CPYTHON],
    }
    if pypy := shutil.which("pypy3"):
        found["pypy"] = [pypy]
    return found


def call_times(command: list[str], program: str, seconds: float) -> list[float]:
    """Seconds of each call of the program's function in a fresh process."""
    env = {**os.environ, "PYTHONPATH": str(HERE / "harness"), "GCRT_BENCH_SECONDS": str(seconds)}
    done = subprocess.run(
        [*command, str(program_dir(program) / "run_benchmark.py")],
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"{' '.join(command)} {program}: exit status {done.returncode}\n{done.stderr[-2000:]}"
        )
    return json.loads(done.stdout.splitlines()[-1])["times"]


def check_output(command: list[str], program: str) -> str:
    words = [*command, str(HERE / "results.py"), str(program_dir(program)), program]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600)
    return f"{done.returncode}\n{done.stdout}"


def warm(times: list[float]) -> float:
    return statistics.median(times[len(times) // 2 :])


def first_second(ours: list[float], peer: list[float]) -> tuple[float, float]:
    """(our seconds, peer's seconds) for the calls that the peer makes in about its first second."""
    total, calls = 0.0, 0
    for seconds in peer:
        total += seconds
        calls += 1
        if total >= 1.0:
            break
    while len(ours) < calls:
        ours = ours + [ours[-1]]
    return sum(ours[:calls]), total


def measure(names: list[str], seconds: float, rounds: int) -> list[Row]:
    commands = runtimes()
    rows: list[Row] = []
    off_ratios: list[float] = []
    for name in names:
        expected = check_output(commands["cpython"], name)
        for ours in ("gcrt", "gcrt-interp"):
            if check_output(commands[ours], name) != expected:
                raise RuntimeError(f"{name}: {ours} computes something else than CPython")
        runs: dict[str, list[list[float]]] = {r: [] for r in commands}
        for _ in range(rounds):
            for runtime, command in commands.items():
                runs[runtime].append(call_times(command, name, seconds))
        best = {r: min(warm(t) for t in lists) for r, lists in runs.items()}
        new = [row(f"{name} warm", best["gcrt"], "cpython", best["cpython"], WARM_TARGETS.get(name))]
        if "pypy" in best:
            new.append(row(f"{name} warm", best["gcrt"], "pypy", best["pypy"]))
        pairs = [first_second(a, b) for a, b in zip(runs["gcrt"], runs["cpython"], strict=True)]
        ours_s, peer_s = min(pairs, key=lambda p: p[0] / p[1])
        new.append(row(f"{name} first second", ours_s, "cpython", peer_s, 0.7))
        new.append(row(f"{name} jit=off", best["gcrt-interp"], "cpython", best["cpython"]))
        off_ratios.append(new[-1].ratio)
        rows += new
        show(new)
    if off_ratios:
        mean = math.exp(sum(map(math.log, off_ratios)) / len(off_ratios))
        rows.append(Row("geometric mean jit=off", 1.0, "cpython", mean, mean, 0.8))
        show(rows[-1:])
    return rows


def output_seconds(command: list[str], words: list[str]) -> float:
    done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join([*command, *words])}\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[-1])


def measure_loops(rounds: int) -> list[Row]:
    """The for-loop around an empty function, per iteration; against CPython and against `while`.  Best of the
    rounds: a turn takes less than a nanosecond, and what else the machine does only adds to it."""
    script, commands, turns = str(HERE / "loops" / "for_call.py"), runtimes(), "50000000"
    runs = {
        "gcrt": (commands["gcrt"], [script, turns]),
        "gcrt while": (commands["gcrt"], [script, turns, "while"]),
        "cpython": (commands["cpython"], [script]),
    }
    if "pypy" in commands:
        runs["pypy"] = (commands["pypy"], [script, turns])
    best = dict.fromkeys(runs, math.inf)
    for _ in range(rounds):
        for name, (command, words) in runs.items():
            best[name] = min(best[name], output_seconds(command, words))
    ours, targets = best.pop("gcrt"), {"cpython": 20.0, "gcrt while": 0.95}
    rows = [row("for i in range(n): foo(i)", ours, peer, best[peer], targets.get(peer)) for peer in best]
    show(rows)
    return rows


def run_calls(script: Path, command: list[str], site: str) -> dict[str, list]:
    """{case: [seconds a call, check]} of a script of calls into an extension."""
    env = {**os.environ, "GCRT_SITE": site}
    done = subprocess.run([*command, str(script)], env=env, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} {script.name}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure_extensions(rounds: int) -> list[Row]:
    """Loops of calls into the extensions, per call; best of the rounds."""
    rows = []
    commands = runtimes()
    for package in manifests():
        site = gcrt_site(package.requirement)
    for script in sorted((HERE / "extensions").glob("*.py")):
        outputs: dict[str, dict[str, list]] = {"gcrt": {}, "cpython": {}}
        for _ in range(rounds):
            for name, best in outputs.items():
                command = commands[name] if name == "gcrt" else [cpython_with_packages()]
                for case, (seconds, check) in run_calls(script, command, site).items():
                    best[case] = [min(seconds, best.get(case, [seconds])[0]), check]
        for case, (ours, check) in outputs["gcrt"].items():
            peer, peer_check = outputs["cpython"][case]
            if check != peer_check:
                raise RuntimeError(f"{script.name}: {case}: gcrt gives {check}, CPython {peer_check}")
            rows.append(row(f"{script.stem.removesuffix('_calls')}: {case}", ours, "cpython", peer, 1.0))
    show(rows)
    return rows


def measure_startup() -> list[Row]:
    """`-c pass`, whole process, median of 40 in turn."""
    import time

    commands = {"gcrt": [GCRT, "run", "-c", "pass"], "cpython": [CPYTHON, "-c", "pass"]}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(40):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run(command, check=True)
            times[name].append(time.perf_counter() - began)
    ours, peer = (statistics.median(times[n]) for n in ("gcrt", "cpython"))
    rows = [row("start: -c pass", ours, "cpython", peer, 1 / 3)]
    show(rows)
    return rows


def show(rows: list[Row]) -> None:
    for r in rows:
        verdict = (
            ""
            if r.target is None
            else f"  target {r.target:.2f} {'met' if r.ratio >= r.target else 'MISSED'}"
        )
        print(
            f"{r.name:<34}{r.ours_s * 1e3:>14.6f} ms  {r.peer:<10}{r.peer_s * 1e3:>14.6f} ms  {r.ratio:7.2f}{verdict}"
        )
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("programs", nargs="*", help="only these programs (default: everything)")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one run of a program")
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    rows: list[Row] = []
    if not args.programs:
        rows += measure_startup() + measure_loops(args.rounds) + measure_extensions(args.rounds)
    rows += measure(args.programs or list(PROGRAMS), args.seconds, args.rounds)
    out = TREE / "build" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps([asdict(r) for r in rows], indent=1) + "\n")
    missed = [r.name for r in rows if r.target is not None and r.ratio < r.target]
    print(
        f"written to {out.relative_to(TREE)}"
        + (f"; missed: {', '.join(missed)}" if missed else "; all targets met")
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
