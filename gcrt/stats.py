"""`gcrt run --stats FILE`: counters of the collector and the compiler as JSON."""

from __future__ import annotations

import json
from typing import Any

from gcrt.errors import CommandError


def collect(lib: Any, wall_s: float) -> dict[str, Any]:
    """All counters by name; times in milliseconds, sizes in bytes."""
    gc, jit = lib.gcrt_final_gc_stats(), lib.gcrt_jit_stats_
    return {
        "gc.collections": gc.collections,
        "gc.pause_ms": {"median": gc.pause_ms_median, "p95": gc.pause_ms_p95, "max": gc.pause_ms_max},
        "gc.live_bytes": gc.live_bytes,
        "gc.heap_bytes": gc.heap_bytes,
        "gc.allocated_objects": gc.allocated_objects,
        "gc.allocated_bytes": gc.allocated_bytes,
        "jit.compiled": jit.compiled,
        "jit.osr_entries": jit.osr_entries,
        "jit.side_exits": jit.side_exits,
        "jit.compile_ms": jit.compile_ms,
        "wall_s": wall_s,
    }


def write(path: str, lib: Any, wall_s: float) -> None:
    """Write the counters to path; raises CommandError when that fails."""
    try:
        with open(path, "w") as file:
            json.dump(collect(lib, wall_s), file, indent=1)
            file.write("\n")
    except OSError as error:
        raise CommandError(f"--stats: can't write {path}: {error.strerror}") from None
