"""`gcrt gc-report`: draw what `gcrt run --gc-trace=FILE` wrote: the heap's size, the pauses and their phases.

The file is a trace in Chrome's format (gcrt/collector/trace.c says which events).  matplotlib is imported only
when there is something to draw."""

from __future__ import annotations

import bisect
import json
import os
import sys
from dataclasses import dataclass, field
from typing import Any

from gcrt.errors import CommandError, UsageError

USAGE = """usage: gcrt gc-report FILE [-o PICTURE]

Draw what `gcrt run --gc-trace=FILE` wrote.  PICTURE ends in .svg or .png; without -o it is FILE's name
with .svg."""

# In the order of a cycle; the colours go from waiting (grey) over marking (blue) to giving back (green).
PHASES = {
    "stop": "#9e9e9e",
    "sweep": "#2e8b57",
    "roots": "#7fb2e5",
    "mark": "#2f6fb0",
    "dying": "#d98c3f",
    "sort": "#86c59d",
    "verify": "#b07cc6",
    "other": "#d5d5d5",
}
HEAP, OBJECTS, LIVE, EXT = "#444444", "#c5dbf2", "#2f6fb0", "#d98c3f"
FULL, MINOR = "#b5443c", "#3c8f8a"
MANY = 300  # cycles; more are drawn as points


@dataclass
class Cycle:
    """One collection; seconds since the trace began, milliseconds of pause."""

    begin: float
    pause_ms: float
    allocated: int
    threads: int
    minor: bool = False
    phases: dict[str, float] = field(default_factory=dict)

    @property
    def end(self) -> float:
        return self.begin + self.pause_ms / 1e3


@dataclass
class Trace:
    """What a file told."""

    cycles: list[Cycle]
    sizes: list[tuple[float, int, int, int]]  # seconds; live, heap and extension bytes
    lost: int = 0
    markers: int = 1
    is_complete: bool = True

    @property
    def seconds(self) -> float:
        return max([self.cycles[-1].end, *(size[0] for size in self.sizes)])


# ---------------------------------------------------------------- reading


def _parse(text: str) -> tuple[Any, bool]:
    """The document, and whether it was complete: a program that was killed leaves an array without its end, or
    ended within the last line.  Raises ValueError when it is neither."""
    try:
        return json.loads(text), True
    except json.JSONDecodeError:
        text = text.rstrip(",\n ")
        if not text.startswith("["):
            raise
    try:
        return json.loads(text + "]"), False
    except json.JSONDecodeError:
        return json.loads(text[: text.rfind("\n") + 1].rstrip(",\n ") + "]"), False


def _events(path: str) -> tuple[list[dict[str, Any]], bool]:
    try:
        with open(path, encoding="utf-8") as file:
            document, is_complete = _parse(file.read())
    except OSError as error:
        raise CommandError(f"gc-report: can't read {path}: {error.strerror}") from None
    except ValueError:
        raise CommandError(
            f"gc-report: {path} is no trace; `gcrt run --gc-trace=FILE program.py` writes one"
        ) from None
    events = document.get("traceEvents") if isinstance(document, dict) else document
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise CommandError(f"gc-report: {path} is JSON, but no trace: expected an array of events")
    return events, is_complete


def _sort_phases(cycles: list[Cycle], phases: list[tuple[str, float, float]]) -> None:
    """Give each phase (name, begin in seconds, milliseconds) to the cycle that it began in."""
    begins = [cycle.begin for cycle in cycles]
    for name, begin, ms in phases:
        at = bisect.bisect_right(begins, begin) - 1
        if at >= 0 and begin <= cycles[at].end:
            known = name if name in PHASES else "other"
            cycles[at].phases[known] = cycles[at].phases.get(known, 0.0) + ms
    for cycle in cycles:
        rest = cycle.pause_ms - sum(cycle.phases.values())
        if rest > 0:
            cycle.phases["other"] = cycle.phases.get("other", 0.0) + rest


def _build(events: list[dict[str, Any]], is_complete: bool) -> Trace:
    ours = [event for event in events if event.get("cat") == "gc"]
    begin = min((event["ts"] for event in ours), default=0.0)
    trace = Trace([], [], is_complete=is_complete)
    phases = []
    for event in ours:
        args, seconds = event["args"], (event["ts"] - begin) / 1e6
        if event["ph"] == "C":
            trace.sizes.append((seconds, args["live"], args["heap"], args["ext"]))
        elif event["ph"] == "i":
            trace.lost += args["events"]
        elif event["ph"] == "X" and event["name"] == "cycle":
            counts = args.get("bytes", 0), args.get("threads", 0)
            trace.cycles.append(Cycle(seconds, event["dur"] / 1e3, *counts, args.get("minor", False)))
        elif event["ph"] == "X":
            trace.markers = max(trace.markers, event["tid"] + 1)
            if event["tid"] == 0:  # what the pause consists of; other markers work at the same time
                phases.append((event["name"], seconds, event["dur"] / 1e3))
    trace.cycles.sort(key=lambda cycle: cycle.begin)
    trace.sizes.sort()
    _sort_phases(trace.cycles, phases)
    return trace


def read(path: str) -> Trace:
    """Read a trace; raises CommandError when it isn't one, or tells of no cycle."""
    events, is_complete = _events(path)
    try:
        trace = _build(events, is_complete)
    except (AttributeError, KeyError, TypeError) as error:
        raise CommandError(f"gc-report: {path}: an event of the collector's can't be read: {error}") from None
    if trace.cycles:
        return trace
    if trace.sizes or not events:
        raise CommandError(f"gc-report: {path} has no cycles: the program ended before its first collection")
    raise CommandError(f"gc-report: {path} is a trace of something else: no event is the collector's")


# ---------------------------------------------------------------- figures


def percentile(values: list[float], percent: int) -> float:
    """The smallest value that so many percent of the values are not above."""
    return sorted(values)[(len(values) * percent + 99) // 100 - 1]


def ms(value: float) -> str:
    """Milliseconds, to three digits."""
    return f"{value:,.0f} ms" if value >= 99.95 else f"{value:.3g} ms"


def summary(trace: Trace) -> str:
    """One line: cycles, pauses, and what part of the time they were."""
    pauses = [cycle.pause_ms for cycle in trace.cycles]
    total, n = sum(pauses), len(pauses)
    minor = sum(cycle.minor for cycle in trace.cycles)
    of_them = f", {minor:,} of them minor," if minor else ""
    share = f" ({total / trace.seconds / 10:.1f} %)" if trace.seconds > 0 else ""
    return (
        f"{n:,} cycle{'s' * (n != 1)}{of_them} in {trace.seconds:.3g} s; pauses {ms(total)} in all{share}: "
        f"median {ms(percentile(pauses, 50))}, p95 {ms(percentile(pauses, 95))}, max {ms(max(pauses))}"
    )


def _byte_unit(most: float) -> tuple[float, str]:
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if most >= 2**power:
            return 2.0**power, unit
    return 1.0, "bytes"


def objects_over_time(trace: Trace) -> list[tuple[float, int]]:
    """Bytes of objects as a saw: what a cycle left, and that with what came until the next one began."""
    ends = [size[0] for size in trace.sizes]
    saw: list[tuple[float, int]] = [(0.0, 0)]
    live = 0
    for cycle in trace.cycles:
        if cycle.allocated:
            saw.append((cycle.begin, live + cycle.allocated))
        at = bisect.bisect_left(ends, cycle.end - 1e-6)
        if at < len(trace.sizes):
            live = trace.sizes[at][1]
            saw.append((cycle.end, live))
    saw.append((trace.seconds, live))  # what came after the last cycle is not known
    return saw


# ---------------------------------------------------------------- drawing


def _draw_heap(axes: Any, trace: Trace) -> None:
    saw = objects_over_time(trace)
    if len(trace.cycles) > MANY:  # the teeth would blur: their tips alone
        saw = [after for before, after in zip(saw, saw[1:], strict=False) if after[1] >= before[1]]
    divisor, unit = _byte_unit(max([y for _, y in saw] + [max(size[1:]) for size in trace.sizes]))
    axes.fill_between(
        [x for x, _ in saw], [y / divisor for _, y in saw], color=OBJECTS, lw=0, label="objects: live and new"
    )
    times = [size[0] for size in trace.sizes]
    axes.plot(
        times, [size[2] / divisor for size in trace.sizes], color=HEAP, lw=1.3, label="heap after a cycle"
    )
    after = [
        size for size in trace.sizes if trace.cycles[0].end <= size[0] + 1e-6 <= trace.cycles[-1].end + 1e-3
    ]
    dot = "o" if len(trace.cycles) <= MANY else ""
    axes.plot(
        [size[0] for size in after], [size[1] / divisor for size in after],
        color=LIVE, lw=1.3, marker=dot, ms=3, label="live after a cycle",
    )  # fmt: skip
    axes.plot(times, [size[3] / divisor for size in trace.sizes], color=EXT, lw=1.3, label="extension memory")
    axes.set_ylabel(f"size ({unit})")
    axes.set_ylim(bottom=0)


def _draw_pauses_of(
    axes: Any, cycles: list[Cycle], label: str, colour: str, are_few: bool, is_wide: bool
) -> None:
    times, pauses = [cycle.begin for cycle in cycles], [cycle.pause_ms for cycle in cycles]
    if are_few and not is_wide:
        axes.vlines(times, 0, pauses, color=colour, lw=1.2, alpha=0.5)
    size = 18 if are_few else 5
    axes.scatter(
        times, pauses, s=size, color=colour, lw=0, alpha=0.8, label=label, rasterized=len(pauses) > 5000
    )


def _draw_pauses(axes: Any, trace: Trace) -> None:
    pauses = [cycle.pause_ms for cycle in trace.cycles]
    median, p95, most = percentile(pauses, 50), percentile(pauses, 95), max(pauses)
    is_wide = median > 0 and most > 20 * median
    for minor, label, colour in ((False, "pause", FULL), (True, "pause of a minor cycle", MINOR)):
        cycles = [cycle for cycle in trace.cycles if cycle.minor == minor]
        if cycles:
            _draw_pauses_of(axes, cycles, label, colour, len(pauses) <= MANY, is_wide)
    if is_wide:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    else:
        axes.set_ylim(0, most * 1.12)
    above = 3 if len(pauses) > MANY else 0
    for value, name, style in ((median, "median", "-"), (p95, "p95", "--"), (most, "max", ":")):
        if name == "p95" and p95 == most:
            continue
        name = "p95 = max" if name == "max" and p95 == most else name
        axes.axhline(value, color="#222222", lw=0.9, ls=style, label=f"{name}  {ms(value)}", zorder=above)
    axes.set_ylabel("pause (ms)")
    axes.set_xlabel("time since the start (s)")


def _shares(cycles: list[Cycle]) -> dict[str, float]:
    total = sum(cycle.pause_ms for cycle in cycles) or 1.0
    return {name: sum(c.phases.get(name, 0.0) for c in cycles) / total * 100 for name in PHASES}


def _draw_phases(axes: Any, trace: Trace) -> None:
    longest = max(trace.cycles, key=lambda cycle: cycle.pause_ms)
    total = sum(cycle.pause_ms for cycle in trace.cycles)
    rows = [(f"longest pause\n{ms(longest.pause_ms)}", [longest]), (f"all pauses\n{ms(total)}", trace.cycles)]
    shares = [_shares(cycles) for _, cycles in rows]
    for name, colour in PHASES.items():
        if max(share[name] for share in shares) < 0.05:
            continue
        left = [sum(list(share.values())[: list(PHASES).index(name)]) for share in shares]
        bars = axes.barh(
            [0, 1], [share[name] for share in shares], left=left, color=colour, height=0.62, label=name
        )
        texts = [f"{share[name]:.0f} %" if share[name] >= 5 else "" for share in shares]
        dark = name in ("mark", "sweep", "stop", "verify")
        axes.bar_label(bars, texts, label_type="center", fontsize=8, color="white" if dark else "#222222")
    axes.set_yticks([0, 1], [label for label, _ in rows])
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of the pause (%)")


def _finish(axes: Any, title: str, columns: int = 1) -> None:
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), fontsize=8, frameon=False, ncols=columns)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(True, axis="both", color="#e6e6e6", lw=0.6)
    axes.tick_params(labelsize=8)


def draw(trace: Trace, name: str, out: str) -> None:
    """Draw the trace to the file out; raises CommandError when matplotlib is missing or out can't be written."""
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise CommandError(
            f"gc-report: drawing needs matplotlib ({error}); "
            f"`{sys.executable} -m pip install matplotlib` gets it, as does installing gcrt[report]"
        ) from None
    figure = Figure(figsize=(10.5, 7.6), layout="constrained")
    heap, pauses, phases = figure.subplots(3, 1, gridspec_kw={"height_ratios": [3, 2.4, 1.15]})
    figure.suptitle(f"Collections of {name}\n", x=0.01, ha="left", fontsize=13, fontweight="bold")
    figure.text(0.011, 0.945, summary(trace), fontsize=9, color="#444444")
    pauses.sharex(heap)
    _draw_heap(heap, trace)
    _draw_pauses(pauses, trace)
    _draw_phases(phases, trace)
    heap.set_xlim(0, trace.seconds or 1)
    _finish(heap, "Heap")
    _finish(pauses, "Pauses")
    markers = f", {trace.markers} markers" if trace.markers > 1 else ""
    _finish(phases, f"What a pause consists of (collecting thread{markers})", 2)
    phases.grid(False, axis="y")
    try:
        with rc_context({"svg.fonttype": "none"}):  # text stays text
            figure.savefig(out, dpi=130)
    except OSError as error:
        raise CommandError(f"gc-report: can't write {out}: {error.strerror}") from None


# ---------------------------------------------------------------- the command


def _arguments(words: list[str]) -> tuple[str, str]:
    files: list[str] = []
    out: str | None = None
    rest = iter(words)
    for word in rest:
        if word in ("-o", "--output"):
            out = next(rest, None)
            if out is None:
                raise UsageError(f"gc-report: {word} needs the name of a picture")
        elif word.startswith("-"):
            raise UsageError(f"gc-report: unknown option {word}\n{USAGE}")
        else:
            files.append(word)
    if len(files) != 1:
        raise UsageError(f"gc-report: expected one file, got {len(files)}\n{USAGE}")
    if out is None:
        out = os.path.splitext(files[0])[0] + ".svg"
    if not out.endswith((".svg", ".png")):
        raise UsageError(f"gc-report: {out}: expected a name that ends in .svg or .png")
    return files[0], out


def command(words: list[str]) -> int:
    """Run `gcrt gc-report WORDS`; the exit status."""
    if words and words[0] in ("-h", "--help"):
        print(USAGE)
        return 0
    path, out = _arguments(words)
    trace = read(path)
    if not trace.is_complete:
        print(f"gcrt: note: {path} has no end: the program was killed, or is still running", file=sys.stderr)
    if trace.lost:
        print(f"gcrt: note: {trace.lost} events found no room and are missing", file=sys.stderr)
    draw(trace, os.path.basename(path), out)
    print(f"{out}: {summary(trace)}")
    return 0
