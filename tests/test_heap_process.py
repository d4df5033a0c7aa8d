"""gcrt.Heap: threads, processes, options; and all the other tests once more under stress."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from heap_support import MODE, MODES, script
from support import TREE

import gcrt
from gcrt import heap_lib

# ------------------------------------------------------------------ threads


def test_threads_share_a_heap(heap: gcrt.Heap) -> None:
    count, errors = (50 if MODE == "every" else 400), []

    def work(seed: int) -> None:
        try:
            table = heap.alloc_conservative(8 * count)
            for i in range(count):
                cell = heap.alloc_leaf(16 + 8 * (i % 9))
                cell.store_word(8, seed * count + i)
                table.store_ref(8 * i, cell)
                if i % 100 == seed:
                    heap.collect()
            for i in range(count):
                assert table.load_ref(8 * i).load_word(8) == seed * count + i
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    heap.verify()


def test_a_thread_may_leave_and_come_back(heap: gcrt.Heap) -> None:
    def work() -> None:
        kept = heap.alloc_leaf(16)
        kept.store_word(8, 5)
        seen.append(bool(lib.gc_mutator_current()))
        for _ in range(2):
            heap.detach_thread()
            seen.append(bool(lib.gc_mutator_current()))
        left.set()
        back.wait()
        seen.append(kept.load_word(8))
        seen.append(bool(lib.gc_mutator_current()))

    lib, seen, left, back = heap_lib.loaded(), [], threading.Event(), threading.Event()
    thread = threading.Thread(target=work)
    thread.start()
    left.wait()
    heap.collect()
    back.set()
    thread.join()
    assert seen == [True, False, False, 5, True]


def test_what_comes_after_closing_is_released() -> None:
    heap, released, table = gcrt.Heap(**MODES[MODE]), [], {}
    heap._own(table, 1, "a", released.append)
    heap.close()
    with pytest.raises(gcrt.ClosedError):
        heap._own(table, 2, "b", released.append)
    assert released == [2] and table == {1: "a"}


def test_closing_while_others_allocate() -> None:
    heap, ended = gcrt.Heap(**MODES[MODE]), []

    def work() -> None:
        try:
            while True:
                heap.alloc_conservative(32).store_word(0, 1)
        except gcrt.ClosedError:
            ended.append(True)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    heap.collect()
    heap.close()
    for thread in threads:
        thread.join()
    assert ended == [True] * 3 and heap._handles == {}


# ------------------------------------------------------------------ processes


def test_a_forked_child_goes_on() -> None:
    out = script("""
import gcrt, os, threading
heap = gcrt.Heap(poison=True, verify=True)
stop = threading.Event()
other = threading.Thread(target=lambda: (heap.alloc_leaf(1), stop.wait()))
other.start()
kept = heap.alloc_leaf(16)
kept.store_word(0, 77)
def use():
    for i in range(1000):
        heap.alloc_conservative(64).store_ref(0, kept)
    heap.collect(); heap.verify()
    assert kept.load_word(0) == 77
pid = os.fork()
use()
if pid == 0:
    thread = threading.Thread(target=use); thread.start(); thread.join()
    os._exit(42)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
stop.set(); other.join()
""")
    assert out == "42\n"


def test_a_bounded_heap_runs_full_and_goes_on() -> None:
    out = script("""
import gcrt
heap = gcrt.Heap(max_heap_bytes=8 << 20, growth_factor=0.5, min_trigger_bytes=1 << 20)
kept = []
try:
    while True: kept.append(heap.alloc_leaf(60_000))
except MemoryError as error:
    print(len(kept) * 60_000 >> 20 in (6, 7), "60000 bytes" in str(error))
for size in (1 << 40, 1 << 70):
    try: heap.alloc_leaf(size)
    except MemoryError: print("too large")
kept.clear()
for i in range(5000): heap.alloc_leaf(60_000)
print(heap.stats().heap_bytes <= 8 << 20, heap.stats().collections > 10)
""")
    assert out == "True True\ntoo large\ntoo large\nTrue True\n"


def test_most_cycles_are_minor_with_generations() -> None:
    out = script("""
import gcrt
with gcrt.Heap(generations=True, nursery_bytes=1 << 18, verify=True) as heap:
    table = heap.alloc_conservative(8 * 1000)
    heap.collect()
    for i in range(100_000):
        node = heap.alloc_conservative(64)
        node.store_word(8, i)
        table.store_ref(8 * (i % 1000), node)
    assert [table.load_ref(8 * k).load_word(8) for k in range(1000)] == list(range(99_000, 100_000))
    stats = heap.stats()
    assert stats.minor_collections > 15 and stats.collections - stats.minor_collections < 5, stats
    heap.collect()
    assert heap.stats().collections - heap.stats().minor_collections > 1
    print("ok")
""")
    assert out == "ok\n"


def test_verify_finds_a_store_without_barrier() -> None:
    script(
        """
import ctypes, gcrt, threading
heap = gcrt.Heap(generations=True, stress_every=1, verify=True)
table = heap.alloc_conservative(8 * 100)
heap.collect()
def store():
    for i in range(100):
        ctypes.c_uint64.from_address(table.address + 8 * i).value = heap.alloc_leaf(16).address
thread = threading.Thread(target=store)
thread.start()
thread.join()
heap.alloc_leaf(16)
""",
        status=-signal.SIGABRT,
    )


def test_one_collector_has_one_set_of_options() -> None:
    out = script("""
import gcrt
first = gcrt.Heap(poison=True)
gcrt.Heap(), gcrt.Heap(poison=True), gcrt.Heap(gcrt.Options(poison=True))
try: gcrt.Heap(verify=True)
except gcrt.HeapError as error: print("poison=True" in str(error))
""")
    assert out == "True\n"


def test_an_impossible_range_is_refused() -> None:
    out = script("""
import gcrt.heap, gcrt.heap_lib, resource
gcrt.heap_lib.loaded()
limit = resource.getrlimit(resource.RLIMIT_AS)
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + (1 << 20), limit[1]))
try: gcrt.Heap()
except gcrt.HeapError as error: print("range" in str(error))
resource.setrlimit(resource.RLIMIT_AS, limit)
gcrt.Heap().alloc_leaf(1)
""")
    assert out == "True\n"


def test_verify_finds_a_broken_mark_byte() -> None:
    out = script("""
import gcrt
from gcrt._gc_abi import ffi
heap = gcrt.Heap()
kept = heap.alloc_leaf(64)
m = ffi.cast("gc_mutator *", heap.mutator_address)
m.meta[kept.address // 16 + 3] = 0  # the end of the object
try: heap.verify()
except gcrt.CorruptHeapError as error: print(error.count > 0)
""")
    assert out == "True\n"


def test_the_library_stays_while_its_threads_run() -> None:
    """Python drops its libraries as it exits, and the collector's background thread may be at work then."""
    out = script("""
import threading, gcrt.heap_lib
from gcrt._gc_abi import ffi
heap = gcrt.Heap(min_trigger_bytes=1 << 20)
other = threading.Thread(target=lambda: (heap.alloc_leaf(1), go.wait()))
go = threading.Event()
other.start()
for _ in range(3): heap.alloc_leaf(100_000); heap.collect()
heap.close()
ffi.dlclose(gcrt.heap_lib.loaded())
print(any("libgcrt-gc" in line for line in open("/proc/self/maps")))
go.set(); other.join()
threading.Event().wait(0.3)
print("ended")
""")
    assert out == "True\nended\n"


def test_importing_gcrt_loads_no_library() -> None:
    out = script("""
import sys, gcrt
print(sorted({"cffi", "_cffi_backend", "gcrt.heap", "threading"} & set(sys.modules)))
try: gcrt.NoSuchThing
except AttributeError as error: print(error)
""")
    assert out == "[]\nmodule 'gcrt' has no attribute 'NoSuchThing'\n"


def test_a_process_with_a_guest_has_no_heap() -> None:
    out = script("""
import gcrt, gcrt.guest
gcrt.guest.running = True
try: gcrt.Heap()
except gcrt.HeapError as error: print("gcrt runs a program" in str(error))
gcrt.guest.running = False
heap = gcrt.Heap()
try: gcrt.guest.run(None, [])
except gcrt.guest.CommandError as error: print("gcrt.Heap" in str(error))
""")
    assert out == "True\nTrue\n"


def test_the_guide_starts_with_a_program_that_runs() -> None:
    text = (TREE / "docs" / "heap.md").read_text()
    first = text[text.index("```python\n") + len("```python\n") :]
    out = script(first[: first.index("```")])
    assert out.startswith("b'hello' ") and int(out.split()[-1]) >= 112 + 16


@pytest.mark.skipif(MODE != "plain", reason="is itself a run in another mode")
@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "plain"])
def test_all_of_it_under_stress(mode: str) -> None:
    here = Path(__file__).parent
    files = map(str, [*sorted(here.glob("test_heap*.py")), here / "test_llvm.py"])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *files],
        env={**os.environ, "GCRT_TEST_HEAP": mode},
        capture_output=True,
        text=True,
        timeout=600,
        cwd=TREE,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
