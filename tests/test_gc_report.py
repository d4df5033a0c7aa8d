"""`gcrt run --gc-trace` and `gcrt gc-report`: what is written, what is drawn, and what is said of other files."""

from __future__ import annotations

import json
import signal
import struct
import sys
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

import pytest
from support import GCRT, Outcome, run_process

from gcrt import gc_report
from gcrt.errors import CommandError

RUN = (str(GCRT), "run", "--jit=off")
PROGRAM = "import gc\nkeep = []\nfor i in range(5):\n    keep.append([[j] for j in range(20000)])\n    gc.collect()\n"


def report(*words: str | Path) -> Outcome:
    return run_process([str(GCRT), "gc-report", *map(str, words)])


def phase(name: str, ts: float, dur: float, tid: int = 0, **args: int) -> dict[str, Any]:
    return {"ph": "X", "cat": "gc", "name": name, "pid": 1, "tid": tid, "ts": ts, "dur": dur, "args": args}


def sizes(ts: float, live: int, heap: int, ext: int) -> dict[str, Any]:
    args = {"live": live, "heap": heap, "ext": ext}
    return {"ph": "C", "cat": "gc", "name": "bytes", "pid": 1, "tid": 0, "ts": ts, "args": args}


def cycle(at: float, ms: float, live: int, allocated: int, **more: bool) -> list[dict[str, Any]]:
    us = ms * 1000
    return [
        phase("roots", at, us * 0.2, threads=3),
        phase("mark", at + us * 0.2, us * 0.5, threads=3),
        phase("mark", at + us * 0.2, us * 0.4, tid=1, threads=3),
        phase("cycle", at, us, bytes=allocated, threads=3, **more),
        sizes(at + us, live, 2 * live, 1000),
    ]


EVENTS = [
    {"ph": "M", "name": "process_name", "pid": 1, "tid": 0, "args": {"name": "collector"}},
    sizes(1e6, 0, 0, 0),
    *cycle(2e6, 10, 5_000_000, 30_000_000),
    *cycle(3e6, 30, 6_000_000, 31_000_000),
    *cycle(4e6, 20, 7_000_000, 32_000_000),
    sizes(5e6, 7_000_000, 14_000_000, 1000),
]


def text_of(events: list[dict[str, Any]]) -> str:
    """As the collector writes it."""
    return "[\n" + ",\n".join(map(json.dumps, events)) + "\n]\n"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.json"
    path.write_text(text_of(EVENTS))
    return path


# ---------------------------------------------------------------- --gc-trace


def test_trace_is_written(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    assert run_process([*RUN, "--gc-trace", str(path), "-c", "print(1)"]) == Outcome(0, "1\n", "")
    events = json.loads(path.read_text())
    assert [event["ph"] for event in events if event.get("name") == "process_name"] == ["M"]
    first, *_, last = [event for event in events if event["ph"] == "C"]
    assert first["args"]["live"] == 0 and last["args"]["heap"] > 0 and last["ts"] > first["ts"]


def test_cycles_are_traced(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    assert run_process([*RUN, f"--gc-trace={path}", "-c", PROGRAM]) == Outcome(0, "", "")
    read = gc_report.read(str(path))
    assert len(read.cycles) >= 5 and read.is_complete and read.lost == 0
    assert all(cycle.threads == 1 and {"roots", "mark"} <= set(cycle.phases) for cycle in read.cycles)
    assert all(cycle.allocated > 20000 * 16 for cycle in read.cycles[-4:])
    lives = [live for _, live, _, _ in read.sizes]
    assert lives[-1] > 5 * 20000 * 16 and sorted(lives) == lives


def test_of_a_killed_program(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    code = PROGRAM + "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    assert run_process([*RUN, f"--gc-trace={path}", "-c", code]).status == -signal.SIGKILL
    read = gc_report.read(str(path))
    assert len(read.cycles) >= 5 and not read.is_complete


def test_from_program_to_picture(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    assert run_process([*RUN, f"--gc-trace={path}", "-c", PROGRAM]).status == 0
    got = report(path)
    assert (got.status, got.err) == (0, "")
    assert (tmp_path / "trace.svg").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [("no/trace.json", "No such file or directory"), ("/dev/full", "No space left on device")],
)
def test_trace_can_not_be_written(name: str, said: str, tmp_path: Path) -> None:
    got = run_process([*RUN, "--gc-trace", str(tmp_path / name), "-c", "print(1)"])
    # Nothing runs when it is known beforehand.
    assert got == Outcome(1, "", f"gcrt: error: --gc-trace: can't write {tmp_path / name}: {said}\n")


def test_trace_options() -> None:
    for words, said in (
        (("--gc-trace",), "gcrt: --gc-trace needs a value: --gc-trace=FILE\n"),
        (("--gc-trace=", "-c", "1"), "gcrt: --gc-trace: the name of the file to write is missing\n"),
    ):
        assert run_process([*RUN, *words]) == Outcome(2, "", said)


def test_report_is_not_imported_by_run() -> None:
    code = (
        "import sys; sys.argv[1:] = []; from gcrt import cli, options, guest\n"
        "print([m for m in ('gcrt.gc_report', 'json', 'dataclasses', 'matplotlib') if m in sys.modules])"
    )
    tree = Path(gc_report.__file__).parent.parent
    got = run_process([sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(tree)!r})\n{code}"])
    assert got == Outcome(0, "[]\n", "")


# ---------------------------------------------------------------- reading


def test_read(trace: Path) -> None:
    read = gc_report.read(str(trace))
    assert [c.pause_ms for c in read.cycles] == [10, 30, 20]
    assert [c.begin for c in read.cycles] == [1, 2, 3]
    assert read.cycles[1].phases == pytest.approx({"roots": 6, "mark": 15, "other": 9})
    assert (read.markers, read.lost, read.is_complete, read.seconds) == (2, 0, True, 4)
    assert gc_report.objects_over_time(read) == [
        (0, 0),
        (1, 30_000_000), (1.01, 5_000_000),
        (2, 36_000_000), (2.03, 6_000_000),
        (3, 38_000_000), (3.02, 7_000_000),
        (4, 7_000_000),
    ]  # fmt: skip
    assert gc_report.summary(read) == (
        "3 cycles in 4 s; pauses 60 ms in all (1.5 %): median 20 ms, p95 30 ms, max 30 ms"
    )


def test_minor_cycles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "minor.json", tmp_path / "minor.svg"
    events = [event for i in range(4) for event in cycle(i * 1e6, 10 + i, 1000, 1000, minor=i % 2 == 1)]
    path.write_text(text_of(events))
    read = gc_report.read(str(path))
    assert [c.minor for c in read.cycles] == [False, True, False, True]
    assert gc_report.summary(read).startswith("4 cycles, 2 of them minor, in 3.01 s; ")
    assert gc_report.command([str(path)]) == 0
    assert "2 of them minor" in capsys.readouterr().out
    texts = "".join(xml.etree.ElementTree.parse(out).getroot().itertext())
    assert "pause of a minor cycle" in texts


def test_percentiles() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert [gc_report.percentile(values, p) for p in (50, 95, 100)] == [50, 95, 100]
    assert gc_report.percentile([3.0], 50) == 3


@pytest.mark.parametrize("cut", [1, 2, 3, 40, 130, 300])
def test_truncated(cut: int, trace: Path) -> None:
    """Wherever it ends, what came before is read."""
    trace.write_text(trace.read_text()[:-cut])
    read = gc_report.read(str(trace))
    assert len(read.cycles) >= 2 and read.is_complete == (cut == 1)


def test_object_with_events(trace: Path) -> None:
    trace.write_text(json.dumps({"traceEvents": EVENTS, "displayTimeUnit": "ms"}))
    assert len(gc_report.read(str(trace)).cycles) == 3


FOREIGN = {"ph": "X", "cat": "v8", "name": "cycle", "pid": 1, "tid": 1, "ts": 1, "dur": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no trace; `gcrt run --gc-trace=FILE program.py` writes one"),
        ("hello\n", "is no trace"),
        ("[1, 2\n3 4\nfive", "is no trace"),
        ("\x7fELF\udc80", "is no trace"),
        ("[1, 2]", "is JSON, but no trace: expected an array of events"),
        ('{"gc.collections": 3}', "is JSON, but no trace"),
        (text_of([FOREIGN]), "is a trace of something else"),
        (text_of(EVENTS[:2]), "has no cycles: the program ended before its first collection"),
        ("[\n", "has no cycles"),
        (text_of([{**EVENTS[5], "dur": None}]), "an event of the collector's can't be read"),
        (text_of([{"ph": "C", "cat": "gc", "name": "bytes"}]), "can't be read: 'ts'"),
    ],
)
def test_other_files(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    got = report(path)
    assert (got.status, got.out) == (1, "")
    assert got.err.startswith(f"gcrt: error: gc-report: {path}") and said in got.err
    assert got.err.count("\n") == 1


def test_no_file(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    expected = f"gcrt: error: gc-report: can't read {path}: No such file or directory\n"
    assert report(path) == Outcome(1, "", expected)
    assert "Is a directory" in report(tmp_path).err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "gc-report: expected one file, got 0"),
        (("a", "b"), "gc-report: expected one file, got 2"),
        (("a", "-o"), "gc-report: -o needs the name of a picture"),
        (("a", "-o", "a.jpg"), "gc-report: a.jpg: expected a name that ends in .svg or .png"),
        (("a", "--pdf"), "gc-report: unknown option --pdf"),
    ],
)
def test_wrong_options(words: tuple[str, ...], said: str) -> None:
    got = report(*words)
    assert (got.status, got.out) == (2, "") and got.err.startswith(f"gcrt: {said}")


def test_help() -> None:
    got = report("--help")
    assert (got.status, got.err) == (0, "") and got.out.startswith("usage: gcrt gc-report FILE")


# ---------------------------------------------------------------- drawing


def test_matplotlib_is_missing(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(CommandError, match=r"needs matplotlib .*-m pip install matplotlib"):
        gc_report.command([str(trace)])
    assert not trace.with_suffix(".svg").exists()


def test_svg(trace: Path) -> None:
    out = trace.with_suffix(".svg")
    got = report(trace)
    assert got == Outcome(0, f"{out}: {gc_report.summary(gc_report.read(str(trace)))}\n", "")
    texts = "".join(xml.etree.ElementTree.parse(out).getroot().itertext())
    for said in ("Collections of trace.json", "3 cycles in 4 s", "size (MiB)", "pause (ms)", "median  20 ms",
                 "p95 = max  30 ms", "live after a cycle", "extension memory", "roots", "mark", "2 markers"):  # fmt: skip
        assert said in texts
    assert "verify" not in texts


def test_png(trace: Path, tmp_path: Path) -> None:
    out = tmp_path / "picture.png"
    assert report(trace, "-o", out).status == 0
    data = out.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    assert 1000 < width < 2000 and 600 < height < 1500


def test_truncated_is_said(trace: Path) -> None:
    trace.write_text(trace.read_text()[:-30])
    got = report(trace)
    assert got.status == 0
    assert got.err == f"gcrt: note: {trace} has no end: the program was killed, or is still running\n"


@pytest.mark.parametrize("count", [1, 2000])
def test_few_and_many_cycles(count: int, tmp_path: Path) -> None:
    """One, and so many that some are much longer than others."""
    path = tmp_path / "trace.json"
    events = [sizes(1e6, 0, 0, 0)]
    for i in range(count):
        events += cycle(2e6 + i * 1e5, 90 if i % 500 == 7 else 1, 100 * i, 1 << 20)
    path.write_text(
        text_of([*events, {**sizes(9e8, 1, 1, 1), "ph": "i", "name": "lost", "args": {"events": 5}}])
    )
    got = report(path, "-o", tmp_path / "many.png")
    assert got.status == 0 and got.err == "gcrt: note: 5 events found no room and are missing\n"


def test_picture_can_not_be_written(trace: Path, tmp_path: Path) -> None:
    out = tmp_path / "no" / "picture.png"
    expected = f"gcrt: error: gc-report: can't write {out}: No such file or directory\n"
    assert report(trace, "-o", out) == Outcome(1, "", expected)
