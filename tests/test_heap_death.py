"""gcrt.Heap: weak references, finalizers, ephemerons, root ranges."""

from __future__ import annotations

import sys

import pytest
from heap_support import MANY, dead, make, on_thread

import gcrt
from gcrt import heap_lib
from gcrt._gc_abi import ffi

# ------------------------------------------------------------------ weak references


def test_callbacks_come_once_and_only_from_run_pending(heap: gcrt.Heap) -> None:
    told: list[int] = []
    kept: list[gcrt.WeakRef] = []

    def build() -> None:
        for i in range(MANY):
            weak = heap.weak(heap.alloc_leaf(16), lambda w, i=i: told.append(i))
            if i % 2 == 0:
                kept.append(weak)  # the others are kept by the Heap, which owes the callback

    on_thread(build)
    heap.collect()
    assert told == [] and heap.has_pending
    assert heap.run_pending() == len(told) > MANY * 0.9
    heap.collect()
    heap.run_pending()
    assert len(told) == len(set(told))


def test_a_closed_weak_reference_calls_nobody(heap: gcrt.Heap) -> None:
    told: list[object] = []

    def build() -> None:
        for _ in range(MANY):
            heap.weak(heap.alloc_leaf(16), told.append).close()

    on_thread(build)
    heap.collect()
    heap.run_pending()
    assert told == []


def test_errors_of_callbacks_are_reported(heap: gcrt.Heap, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda u: reported.append(u.exc_type))

    def fail(_: object) -> None:
        raise LookupError("no")

    def build() -> list[object]:
        return [heap.weak(heap.alloc_leaf(16), fail) for _ in range(10)] + [
            heap.finalizer(heap.alloc_leaf(16), fail) for _ in range(10)
        ]

    kept = on_thread(build)
    heap.collect()
    heap.run_pending()
    assert len(reported) > 10 and set(reported) == {LookupError}
    del kept


# ------------------------------------------------------------------ finalizers


def test_finalizers_run_once_even_when_they_resurrect(heap: gcrt.Heap) -> None:
    ran: list[int] = []
    saved: list[gcrt.Handle] = []

    def finalize(handle: gcrt.Handle) -> None:
        ran.append(handle.load_word(0))
        saved.append(handle)

    def one(i: int) -> gcrt.Handle:
        handle = heap.alloc_leaf(16)
        handle.store_word(0, i + 1)
        finalizers.append(heap.finalizer(handle, finalize))
        return handle

    finalizers: list[gcrt.Finalizer] = []
    weaks = make(heap, one)
    heap.collect()
    assert ran == []
    assert heap.run_pending() == len(ran) > MANY * 0.9
    # Resurrected: contents, address and weak references are as they were.
    assert sorted(ran) == sorted({h.load_word(0) for h in saved})
    assert dead(heap, weaks) == 0
    with pytest.raises(gcrt.HeapError, match="finalized before"):
        heap.finalizer(saved[0], finalize)
    count = len(ran)
    saved.clear()
    assert dead(heap, weaks) > MANY * 0.8
    heap.run_pending()
    heap.collect()
    heap.run_pending()
    assert len(ran) - count <= MANY - count  # at most those that a stale word had kept the first time
    assert len(ran) == len(set(ran))
    assert sum(f.closed for f in finalizers) == len(ran)


def test_a_finalizer_sees_what_the_object_refers_to(heap: gcrt.Heap) -> None:
    seen: list[bytes] = []

    def finalize(handle: gcrt.Handle) -> None:
        seen.append(bytes(handle.load_ref(0).view(0, 4)))

    def one(i: int) -> gcrt.Handle:
        handle, text = heap.alloc_conservative(16), heap.alloc_leaf(16)
        text.view()[:4] = b"text"
        handle.store_ref(0, text)
        heap.finalizer(handle, finalize)
        return handle

    make(heap, one, 50)
    heap.collect()
    heap.run_pending()
    assert len(seen) > 40 and set(seen) == {b"text"}


def test_one_finalizer_an_object(heap: gcrt.Heap) -> None:
    handle = heap.alloc_leaf(16)
    first = heap.finalizer(handle, print)
    with pytest.raises(gcrt.HeapError, match="already"):
        heap.finalizer(handle, print)
    first.close()
    assert first.closed
    heap.finalizer(handle, print).close()


def test_closed_finalizers_do_not_run(heap: gcrt.Heap) -> None:
    ran: list[object] = []
    other = gcrt.Heap()
    make(heap, lambda i: (h := heap.alloc_leaf(16), heap.finalizer(h, ran.append).close())[0])
    make(other, lambda i: (h := other.alloc_leaf(16), other.finalizer(h, ran.append))[0])
    other.collect()  # some are queued by now
    other.close()
    heap.collect()
    heap.run_pending()
    assert ran == []
    assert heap_lib._by_tag == {} and heap_lib.finalizers == {}


def test_closed_finalizers_cost_no_second_cycle(heap: gcrt.Heap) -> None:
    weaks = make(heap, lambda i: (h := heap.alloc_leaf(16), heap.finalizer(h, print).close())[0])
    before = heap.stats().finalized
    assert dead(heap, weaks) > MANY * 0.9
    heap.run_pending()
    assert heap.stats().finalized == before


def test_addresses_of_finalized_objects_are_used_again(heap: gcrt.Heap) -> None:
    ran: list[int] = []

    def one(i: int) -> gcrt.Handle:
        handle = heap.alloc_leaf(16)
        heap.finalizer(handle, lambda h: ran.append(1))
        return handle

    for _ in range(5):
        make(heap, one)
        heap.collect()
        heap.run_pending()
        heap.collect()
    heap.run_pending()
    assert len(ran) > 5 * MANY * 0.9
    heap.collect()
    heap.run_pending()
    left = [a for a, f in heap_lib.finalizers.items() if f.heap is heap]
    assert len(left) < MANY


# ------------------------------------------------------------------ ephemerons


def test_ephemerons_may_lead_back_to_their_keys(heap: gcrt.Heap) -> None:
    table = heap.ephemerons()
    keys = on_thread(lambda: [heap.alloc_leaf(16) for _ in range(MANY)])

    def one(i: int) -> gcrt.Handle:
        value = heap.alloc_conservative(16)
        value.store_ref(0, keys[i])
        table[keys[i]] = value
        return value

    values = make(heap, one)
    assert dead(heap, values) == 0
    assert all(table[k].address == v.get().address for k, v in zip(keys, values, strict=True))
    key_weaks = [heap.weak(k) for k in keys]
    keys.clear()
    assert dead(heap, key_weaks) > MANY * 0.9
    assert dead(heap, values) > MANY * 0.9


def test_ephemerons_as_a_table(heap: gcrt.Heap) -> None:
    table, key, value = heap.ephemerons(), heap.alloc_leaf(1), heap.alloc_leaf(1)
    assert key not in table and table.get(key) is None
    table[key] = value
    assert key in table and table[key].address == value.address
    table[key] = key
    assert table[key].address == key.address
    del table[key]
    with pytest.raises(KeyError):
        table[key]
    with pytest.raises(KeyError):
        del table[key]
    assert key not in heap.ephemerons()


# ------------------------------------------------------------------ roots


def test_root_ranges(heap: gcrt.Heap) -> None:
    roots = heap.roots(MANY)
    assert len(roots) == MANY and roots[0] is None

    def one(i: int) -> gcrt.Handle:
        handle = heap.alloc_leaf(16)
        roots[i] = handle
        return handle

    weaks = make(heap, one)
    assert dead(heap, weaks) == 0
    assert roots[7].address == roots.load_word(7) == weaks[7].get().address
    for i in range(MANY // 2):
        roots[i] = None
    assert MANY * 0.4 < dead(heap, weaks) <= MANY / 2
    with pytest.raises(IndexError):
        roots[MANY]
    with pytest.raises(gcrt.HeapError, match="fixed size"):
        roots.resize(1)
    roots.close()
    assert dead(heap, weaks) > MANY * 0.9


def test_a_range_of_foreign_memory_may_grow(heap: gcrt.Heap) -> None:
    memory = ffi.new("uintptr_t[]", MANY)
    stack = heap.root_range(int(ffi.cast("uintptr_t", memory)), 0)

    def one(i: int) -> gcrt.Handle:
        handle = heap.alloc_leaf(16)
        stack.resize(i + 1)
        memory[i] = handle.address
        return handle

    weaks = make(heap, one)
    assert dead(heap, weaks) == 0
    stack.resize(MANY // 4)
    assert dead(heap, weaks) > MANY * 0.65
    assert all(weaks[i].get() is not None for i in range(MANY // 4))
