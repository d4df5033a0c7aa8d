"""gcrt.Heap: objects, layouts, mistakes, and the collector's face."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import pytest
from heap_support import MANY, MODE, MODES, dead, make, on_thread

import gcrt
from gcrt._gc_abi import ffi

# ------------------------------------------------------------------ objects


def test_objects_are_zeroed_and_rounded(heap: gcrt.Heap) -> None:
    for size, rounded in [(0, 16), (1, 16), (17, 32), (8192, 8192), (100_000, 100_000)]:
        handle = heap.alloc_leaf(size)
        assert (handle.size, handle.kind) == (rounded, gcrt.Kind.LEAF)
        assert handle.address % 16 == 0
        assert heap.handle(handle.address).size == rounded
        assert bytes(handle.view()) == bytes(rounded)


def test_contents_survive_collections(heap: gcrt.Heap) -> None:
    handles = [heap.alloc_leaf(1 + 7 * i) for i in range(MANY)]
    for i, handle in enumerate(handles):
        handle.view()[:] = bytes([i % 251]) * handle.size
    heap.collect()
    make(heap, lambda i: heap.alloc_leaf(64))
    assert all(set(h.view()) == {i % 251} for i, h in enumerate(handles))


def test_words_are_signed_or_unsigned(heap: gcrt.Heap) -> None:
    handle = heap.alloc_conservative(32)
    handle.store_word(8, -2)
    handle.store_word(16, 2**64 - 1)
    assert [handle.load_word(o) for o in (0, 8, 16)] == [0, 2**64 - 2, 2**64 - 1]
    assert handle.view(8, 16).cast("q")[0] == -2


def test_a_handle_keeps_its_object_and_nothing_else_does(heap: gcrt.Heap) -> None:
    kept: list[gcrt.Handle] = []

    def one(i: int) -> gcrt.Handle:
        handle = heap.alloc_leaf(40)
        if i % 2 == 0:
            kept.append(handle)
        return handle

    weaks = make(heap, one)
    assert MANY * 0.4 < dead(heap, weaks) <= MANY / 2
    assert all(weaks[i].get() is not None for i in range(0, MANY, 2))
    for handle in kept:
        handle.close()
    assert dead(heap, weaks) > MANY * 0.9


def test_references_keep_what_raw_leaf_words_do_not(heap: gcrt.Heap) -> None:
    holder = heap.alloc_conservative(8 * MANY)
    number = heap.alloc_leaf(8 * MANY)

    def held(i: int) -> gcrt.Handle:
        target = heap.alloc_leaf(24)
        holder.store_ref(8 * i, target)
        return target

    def lost(i: int) -> gcrt.Handle:
        target = heap.alloc_leaf(24)
        number.store_word(8 * i, target.address)
        return target

    alive, weaks = make(heap, held), make(heap, lost)
    assert dead(heap, alive) == 0
    assert dead(heap, weaks) > MANY * 0.9
    assert [holder.load_ref(8 * i).address for i in range(MANY)] == [w.get().address for w in alive]
    for i in range(MANY):
        holder.store_ref(8 * i, None)
    assert holder.load_ref(0) is None
    assert dead(heap, alive) > MANY * 0.9


def test_long_chains(heap: gcrt.Heap) -> None:
    def build() -> gcrt.Handle:
        head = heap.alloc_conservative(16)
        for i in range(2000):
            cell = heap.alloc_conservative(16)
            cell.store_ref(0, head)
            cell.store_word(8, i)
            head = cell
        return head

    cell = on_thread(build)
    heap.collect()
    values = []
    while (below := cell.load_ref(0)) is not None:
        values.append(cell.load_word(8))
        cell = below
    assert values == list(range(1999, -1, -1))


def test_old_objects_keep_what_is_stored_into_them(heap: gcrt.Heap) -> None:
    """By reference, as a word, through a view, and by code that has no barrier."""
    by_ref, by_word, by_view, by_code = (heap.alloc_conservative(8 * MANY) for _ in range(4))
    described = heap.alloc_described(gcrt.Layout("", "r"), MANY)
    memory = ffi.cast("uintptr_t *", by_code.address)
    heap.collect()
    heap.set_unbarriered(by_code)
    view = by_view.view().cast("Q")

    def one(store: Callable[[int, gcrt.Handle], None]) -> Callable[[int], gcrt.Handle]:
        def make_and_store(i: int) -> gcrt.Handle:
            target = heap.alloc_leaf(24)
            target.store_word(8, i)
            store(i, target)
            return target

        return make_and_store

    stores = [
        lambda i, target: by_ref.store_ref(8 * i, target),
        lambda i, target: by_word.store_word(8 * i, target.address),
        lambda i, target: view.__setitem__(i, target.address),
        lambda i, target: memory.__setitem__(i, target.address),
        lambda i, target: described.store_ref(8 + 8 * i, target),
    ]
    kept = [make(heap, one(store)) for store in stores]
    make(heap, lambda i: heap.alloc_conservative(64))  # cycles, under stress
    for weaks in kept:
        assert [w.get().load_word(8) for w in weaks] == list(range(MANY))


def test_only_objects_can_be_declared_unbarriered(heap: gcrt.Heap) -> None:
    handle = heap.alloc_conservative(16)
    heap.set_unbarriered(handle)
    heap.set_unbarriered(heap.weak(handle))
    heap.set_unbarriered(handle.address)
    for mistake, error in [("x", TypeError), (1234, gcrt.HeapError), (-1, ValueError)]:
        with pytest.raises(error):
            heap.set_unbarriered(mistake)
    handle.close()
    with pytest.raises(gcrt.ClosedError):
        heap.set_unbarriered(handle)


# ------------------------------------------------------------------ layouts


def test_described_objects_keep_references_only(heap: gcrt.Heap) -> None:
    layout = gcrt.Layout("rw", "wr")
    object_ = heap.alloc_described(layout, 2)
    assert object_.size >= layout.size(2) == 8 * 7
    references = [o for o in range(8, 56, 8) if layout.is_reference(o)]
    assert references == [8, 32, 48]
    targets = {}
    for offset in range(8, 56, 8):
        # A few hundred strangers for each number, since one might survive by a stale word.
        targets[offset] = make(heap, lambda i, o=offset: store_once(object_, o, heap.alloc_leaf(16)), 1)
    heap.collect()
    for offset in references:
        assert targets[offset][0].get().address == object_.load_word(offset)


def store_once(object_: gcrt.Handle, offset: int, target: gcrt.Handle) -> gcrt.Handle:
    object_.store_word(offset, target.address)
    return target


def test_raw_words_of_described_objects_keep_nothing(heap: gcrt.Heap) -> None:
    raw = heap.alloc_described(gcrt.Layout("", "w"), MANY)
    referring = heap.alloc_described(gcrt.Layout("", "r"), MANY)
    lost = make(heap, lambda i: store_once(raw, 8 + 8 * i, heap.alloc_leaf(16)))
    kept = make(heap, lambda i: store_once(referring, 8 + 8 * i, heap.alloc_leaf(16)))
    tail = heap.alloc_described(gcrt.Layout("r"), tail_bytes=8 * MANY)
    tailed = make(heap, lambda i: store_once(tail, 16 + 8 * i, heap.alloc_leaf(16)))
    assert dead(heap, lost) > MANY * 0.9
    assert dead(heap, tailed) > MANY * 0.9
    assert dead(heap, kept) == 0


def test_layouts_of_more_than_64_words(heap: gcrt.Heap) -> None:
    layout = gcrt.Layout("w" * 99 + "r", "w" * 70 + "r")
    object_ = heap.alloc_described(layout, 3)
    offsets = [800] + [808 + 8 * (71 * i + 70) for i in range(3)]
    kept = [make(heap, lambda i, o=o: store_once(object_, o, heap.alloc_leaf(16)), 1)[0] for o in offsets]
    assert dead(heap, kept) == 0
    assert all(layout.is_reference(o) and not layout.is_reference(o - 8) for o in offsets)


def test_the_layout_is_found_again_and_protected(heap: gcrt.Heap) -> None:
    layout = gcrt.Layout("rr")
    assert gcrt.Layout("rr").address == layout.address != gcrt.Layout("rw").address
    holder = heap.alloc_conservative(8)
    holder.store_ref(0, heap.alloc_described(layout))
    again = holder.load_ref(0)
    assert (again.layout.fixed, again.layout.repeat, again.load_word(0)) == ("rr", "", layout.address)
    with pytest.raises(gcrt.OffsetError, match="layout"):
        again.store_word(0, 0)
    with pytest.raises(gcrt.OffsetError):
        again.view(0)
    again.view()[:] = bytes(again.size - 8)
    heap.collect()
    assert again.load_word(0) == layout.address


@pytest.mark.parametrize("bad", [("x", ""), ("r", "?"), ("r ", "")])
def test_bad_layouts(bad: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="r or w"):
        gcrt.Layout(*bad)
    with pytest.raises(TypeError):
        gcrt.Layout(1)


# ------------------------------------------------------------------ mistakes


def test_offsets_out_of_range(heap: gcrt.Heap) -> None:
    handle = heap.alloc_conservative(32)
    for offset in (-8, 32, 28, 1, 2**70):
        with pytest.raises(gcrt.OffsetError):
            handle.load_word(offset)
        with pytest.raises(gcrt.OffsetError):
            handle.store_word(offset, 0)
        with pytest.raises(gcrt.OffsetError):
            handle.store_ref(offset, handle)
    for start, stop in [(-1, 3), (4, 33), (5, 4)]:
        with pytest.raises(gcrt.OffsetError):
            handle.view(start, stop)
    for value in (2**64, -(2**63) - 1):
        with pytest.raises(ValueError, match="fit"):
            handle.store_word(0, value)


def test_wrong_types(heap: gcrt.Heap) -> None:
    handle = heap.alloc_conservative(16)
    for call in (
        lambda: heap.alloc_leaf("1"),
        lambda: heap.alloc_leaf(1.0),
        lambda: heap.alloc_described("rr"),
        lambda: heap.weak(7),
        lambda: heap.finalizer(handle, None),
        lambda: heap.finalizer(7, print),
        lambda: heap.external_bytes("1"),
        lambda: heap.why_alive("x"),
        lambda: gcrt.Heap(nursery_bytes="1"),
        lambda: handle.store_ref(0, 5),
        lambda: handle.store_word(0, "5"),
        lambda: handle.load_word("0"),
        lambda: handle.view("0"),
        lambda: heap.roots(2).load_word("0"),
    ):
        with pytest.raises(TypeError):
            call()
    for call in (
        lambda: heap.alloc_leaf(-1),
        lambda: heap.alloc_described(gcrt.Layout("r"), 1),
        lambda: heap.alloc_described(gcrt.Layout("", "r"), 1, tail_bytes=1),
        lambda: heap.root_range(9, 1),
        lambda: heap.root_range(0, 1),
        lambda: heap.external_bytes(-1),
        lambda: gcrt.Heap(growth_factor=-1.0),
        lambda: gcrt.Heap(markers=-1),
        lambda: gcrt.Heap(nursery_bytes=-1),
    ):
        with pytest.raises(ValueError):
            call()


def test_what_a_kind_can_not_hold(heap: gcrt.Heap) -> None:
    leaf = heap.alloc_leaf(32)
    with pytest.raises(gcrt.KindError, match="leaf"):
        leaf.store_ref(0, leaf)
    described = heap.alloc_described(gcrt.Layout("rw"))
    with pytest.raises(gcrt.KindError, match="keeps nothing alive"):
        described.store_ref(16, leaf)
    described.store_ref(8, leaf)
    assert described.load_ref(8).address == leaf.address


def test_words_that_are_no_references(heap: gcrt.Heap) -> None:
    handle = heap.alloc_conservative(16)
    handle.store_word(0, 12345)
    with pytest.raises(gcrt.HeapError, match="no reference"):
        handle.load_ref(0)
    for address in (0, 12345, id(handle)):
        with pytest.raises(gcrt.HeapError):
            heap.handle(address)
    assert heap.handle(handle.address + 9).address == handle.address


def test_closed_things_say_so(heap: gcrt.Heap) -> None:
    handle, other = heap.alloc_conservative(16), heap.alloc_leaf(1)
    weak, roots, table = heap.weak(other), heap.roots(1), heap.ephemerons()
    for thing in (handle, weak, roots, table):
        assert not thing.closed
        thing.close()
        thing.close()
        assert thing.closed
    for call in (
        lambda: handle.load_word(0),
        lambda: handle.store_word(0, 1),
        lambda: handle.load_ref(0),
        lambda: handle.store_ref(0, other),
        lambda: handle.view(),
        lambda: heap.weak(handle),
        lambda: heap.finalizer(handle, print),
        lambda: heap.why_alive(handle),
        lambda: heap.why_alive(weak),
        lambda: weak.get(),
        lambda: roots[0],
        lambda: roots.store_word(0, 1),
        lambda: table.get(other),
    ):
        with pytest.raises(gcrt.ClosedError):
            call()
    assert "closed" in repr(handle)


def test_a_closed_heap_says_so() -> None:
    heap = gcrt.Heap(**MODES[MODE])
    handle = heap.alloc_conservative(16)
    heap.close()
    heap.close()
    for call in (
        lambda: heap.alloc_leaf(1),
        lambda: heap.collect(),
        lambda: heap.stats(),
        lambda: heap.verify(),
        lambda: heap.run_pending(),
        lambda: heap.roots(1),
        lambda: heap.ephemerons(),
        lambda: heap.mutator_address,
        lambda: heap.__enter__(),
        lambda: handle.load_word(0),
    ):
        with pytest.raises(gcrt.ClosedError):
            call()
    assert handle.closed
    handle.close()


def test_heaps_keep_apart(heap: gcrt.Heap) -> None:
    with gcrt.Heap() as other:
        mine, theirs = heap.alloc_conservative(16), other.alloc_conservative(16)
        for call in (
            lambda: mine.store_ref(0, theirs),
            lambda: heap.weak(theirs),
            lambda: heap.finalizer(theirs, print),
            lambda: heap.why_alive(other.weak(theirs)),
            lambda: heap.roots(1).__setitem__(0, theirs),
            lambda: heap.ephemerons().__setitem__(mine, theirs),
        ):
            with pytest.raises(gcrt.ForeignHandleError):
                call()


def test_closing_a_heap_frees_what_it_held(heap: gcrt.Heap) -> None:
    other = gcrt.Heap()
    roots = other.roots(MANY)
    handles: list[gcrt.Handle] = []
    targets: list[gcrt.WeakRef] = []

    def both() -> None:
        for i in range(MANY):
            handles.append(other.alloc_leaf(24))
            targets.append(heap.weak(heap.handle(handles[-1].address)))
            rooted = other.alloc_leaf(24)
            roots[i] = rooted
            targets.append(heap.weak(heap.handle(rooted.address)))

    on_thread(both)
    assert dead(heap, targets) == 0
    other.external_bytes(5)
    other.close()
    assert dead(heap, targets) > 2 * MANY * 0.9
    assert all(h.closed for h in handles)


def test_a_view_outlives_its_handle() -> None:
    heap, watcher = gcrt.Heap(**MODES[MODE]), gcrt.Heap()
    views: list[memoryview] = []

    def one(i: int) -> gcrt.Handle:
        handle = heap.alloc_leaf(16)
        views.append(handle.view())
        views[i][0] = i
        return watcher.handle(handle.address)

    weaks = make(watcher, one)
    heap.close()
    assert dead(watcher, weaks) == 0
    assert [v[0] for v in views] == list(range(MANY))
    views.clear()
    assert dead(watcher, weaks) > MANY * 0.9
    watcher.close()


# ------------------------------------------------------------------ the collector


def test_stats_and_options_are_those_of_c(heap: gcrt.Heap) -> None:
    assert list(gcrt.Stats._fields) == [name for name, _ in ffi.typeof("gc_stats").fields]
    hints = get_type_hints(gcrt.Stats)
    assert all(type(value) is hints[name] for name, value in heap.stats()._asdict().items())
    options = [f.name for f in dataclasses.fields(gcrt.Options)]
    assert options == [name for name, _ in ffi.typeof("gc_options").fields]
    before = heap.stats()
    kept = [heap.alloc_leaf(100) for _ in range(10)]
    heap.collect()
    after = heap.stats()
    assert after.allocated_objects - before.allocated_objects == 10
    assert after.allocated_bytes - before.allocated_bytes == 10 * 112
    assert after.collections > before.collections
    assert after.live_objects >= len(kept) and after.pause_ms_max > 0


def test_external_bytes_make_a_cycle_due(heap: gcrt.Heap) -> None:
    heap.set_enabled(True)
    before = heap.stats().collections
    heap.external_bytes(1 << 40)
    heap.alloc_leaf(4096)
    assert heap.stats().collections > before
    heap.external_bytes(-(1 << 40))
    with pytest.raises(ValueError):
        heap.external_bytes(-1)


def test_verify_finds_nothing(heap: gcrt.Heap) -> None:
    make(heap, lambda i: heap.alloc_conservative(8 * i))
    heap.verify()


def test_stress_can_be_switched(heap: gcrt.Heap) -> None:
    heap.set_stress(2)
    before = heap.stats().collections
    for _ in range(20):
        heap.alloc_leaf(16)
    during = heap.stats().collections
    heap.set_stress(MODES[MODE].get("stress_every", 0))
    assert during - before == 10


def test_why_alive(heap: gcrt.Heap) -> None:
    roots = heap.roots(1)

    def one(_: int) -> gcrt.Handle:
        inner, middle, outer = (heap.alloc_conservative(16) for _ in range(3))
        middle.store_ref(8, inner)
        outer.store_ref(0, middle)
        roots[0] = outer
        return inner

    (weak,) = make(heap, one, 1)
    steps = heap.why_alive(weak)
    assert [s.root for s in steps] == ["range", None, None]
    assert steps[0].address == roots.load_word(0)
    assert steps[1].place == steps[0].address
    assert steps[2].place == steps[1].address + 8
    assert (steps[2].kind, steps[2].size) == (gcrt.Kind.CONSERVATIVE, 16)
    handle = heap.alloc_leaf(1)
    assert heap.why_alive(handle)[0].root == heap.why_alive(handle.address)[0].root == "handle"
    with pytest.raises(gcrt.HeapError):
        heap.why_alive(1234)


def test_trace_file(heap: gcrt.Heap, tmp_path: Path) -> None:
    heap.trace_file(tmp_path / "gc.json")
    heap.collect()
    heap.trace_file(None)
    assert json.loads((tmp_path / "gc.json").read_text())
    with pytest.raises(OSError):
        heap.trace_file(tmp_path / "none" / "gc.json")
