"""`make demo`: build a stock extension, run a mixed program, and show what happened, beside CPython."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PACKAGE = "markupsafe==3.0.4"
PROGRAM = TREE / "examples" / "mixed.py"


def timed(words: list[str]) -> tuple[float, str]:
    """Seconds and output of a process; its failure ends the demo."""
    began = time.perf_counter()
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        sys.exit(f"demo: {' '.join(words)} ended with status {done.returncode}")
    return seconds, done.stdout


def cpython_with_package() -> str:
    """A CPython of its own with the same package, for the comparison."""
    folder = TREE / "build" / "demo-cpython"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run(["/usr/bin/python3", "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE],
            check=True,
        )
    return str(python)


def main() -> None:
    print(f"== gcrt build {PACKAGE}: a stock sdist from PyPI, not patched", flush=True)
    subprocess.run([str(BIN / "gcrt"), "build", PACKAGE], check=True)
    print("\n== gcrt run examples/mixed.py", flush=True)
    with tempfile.NamedTemporaryFile(suffix=".json") as stats_file:
        ours, output = timed([str(BIN / "gcrt"), "run", "--stats", stats_file.name, str(PROGRAM)])
        stats = json.load(stats_file)
    print(output, end="")
    theirs, expected = timed([cpython_with_package(), str(PROGRAM)])
    if output != expected:
        sys.exit("demo: CPython prints something else")
    pause = stats["gc.pause_ms"]
    print(
        f"\n== what happened (CPython prints the same)\n"
        f"collected   {stats['gc.collections']} cycles, {stats['gc.allocated_objects']:,} objects allocated "
        f"({stats['gc.allocated_bytes'] / 1e6:.1f} MB), {stats['gc.live_bytes'] / 1e6:.1f} MB live at the last cycle, "
        f"pauses {pause['median']:.2f} ms median, {pause['max']:.2f} ms longest\n"
        f"compiled    {stats['jit.compiled']} functions and loops in {stats['jit.compile_ms']:.0f} ms beside the "
        f"program, {stats['jit.osr_entries']} loops entered while they ran, {stats['jit.side_exits']} side exits\n"
        f"time        gcrt {ours:.2f} s, CPython {theirs:.2f} s: {theirs / ours:.1f} times as fast"
    )


if __name__ == "__main__":
    main()
