"""gcrt.Heap: the collector as a library.

    import gcrt

    with gcrt.Heap(max_heap_bytes=1 << 30) as heap:
        pair = heap.alloc_conservative(16)
        pair.store_ref(0, heap.alloc_leaf(100))
        heap.collect()
        print(heap.stats().live_bytes)

There is one collector a process; a Heap owns handles, roots, weak references and finalizers in it, and several
may be open.  A thread that uses a Heap becomes a mutator with its first call, and ends as one with its end.
docs/heap.md is the guide; gcrt.llvm makes machine code that allocates.
"""

from __future__ import annotations

import dataclasses
import errno
import os
from collections.abc import Callable
from typing import Any

from gcrt import heap_lib
from gcrt._gc_abi import ffi
from gcrt.gc_constants import GRANULE, WORD, Kind, RootKind
from gcrt.heap_lib import (
    ClosedError,
    CorruptHeapError,
    ForeignHandleError,
    HeapError,
    KindError,
    OffsetError,
    Options,
    Stats,
)
from gcrt.heap_objects import (
    Ephemerons,
    Finalizer,
    Handle,
    Layout,
    RootRange,
    Step,
    WeakRef,
    check_index,
    check_status,
)

__all__ = [
    "ClosedError",
    "CorruptHeapError",
    "Ephemerons",
    "Finalizer",
    "ForeignHandleError",
    "Handle",
    "Heap",
    "HeapError",
    "Kind",
    "KindError",
    "Layout",
    "OffsetError",
    "Options",
    "RootKind",
    "RootRange",
    "Stats",
    "Step",
    "WeakRef",
]

_FIRST_STEPS = 64


class Heap:
    """An owner of objects in the process's collector.

    Heap(options) or Heap(max_heap_bytes=..., ...) starts the collector, or joins it: without options, or with
    the ones that it runs with.  HeapError otherwise, or when `gcrt run` has its own collector in this process.

    Every method raises ClosedError once the Heap is closed, TypeError and ValueError for wrong arguments, and
    MemoryError when there is no memory even after a collection.
    """

    def __init__(self, options: Options | None = None, **changes: Any) -> None:
        self.closed = True  # until all is there
        if changes:
            options = dataclasses.replace(options or Options(), **changes)
        self._lib = heap_lib.start(options)
        self._handles: dict[int, None] = {}
        self._weaks: dict[int, int] = {}  # gc_weak: tag
        self._finalizers: dict[int, Finalizer] = {}
        self._ranges: dict[int, Any] = {}
        self._external = 0
        heap_lib.mutator()
        self.closed = False

    # -------------------------------------------------------------- ownership

    def close(self) -> None:
        """Drop all that the Heap holds; what nothing else refers to is free after the next collection.

        Finalizers and callbacks that have not run yet never will.  Only memoryviews keep their objects until
        they are released.  Closing twice is nothing.
        """
        if self.closed:
            return
        self.closed = True
        while self._finalizers:
            self._finalizers.popitem()[1]._drop()
        while self._ranges:
            _, (bounds, _memory) = self._ranges.popitem()
            self._lib.gc_root_range_remove(bounds)
        while self._weaks:
            weak, tag = self._weaks.popitem()
            heap_lib.tag_drop(tag)
            self._lib.gc_weak_free(weak)
        while self._handles:
            self._lib.gc_handle_free(self._handles.popitem()[0])
        self._lib.gc_external_bytes(-self._external)
        self._external = 0

    def __enter__(self) -> Heap:
        self._mutator()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def _own(self, table: dict, key: int, value: Any, release: Callable[[int], object]) -> None:
        """Enter what close() is to release; another thread may close the Heap at any time."""
        table[key] = value
        if self.closed and table.pop(key, self) is not self:
            release(key)
            raise ClosedError("the Heap is closed")

    def _mutator(self) -> Any:
        if self.closed:
            raise ClosedError("the Heap is closed")
        return heap_lib.mutator()

    def _number_of(self, handle: Any) -> int:
        if not isinstance(handle, Handle):
            raise TypeError(f"a gcrt.Handle is needed, not {type(handle).__name__}")
        if handle.heap is not self:
            raise ForeignHandleError("the handle belongs to another Heap")
        return handle.number()

    @property
    def mutator_address(self) -> int:
        """Address of the calling thread's gc_mutator: the first argument of machine code made with gcrt.llvm."""
        return int(ffi.cast("uintptr_t", self._mutator()))

    def detach_thread(self) -> None:
        """Until its next call of any Heap the calling thread is neither stopped nor scanned.

        For threads that switch stacks or block signals.  Machine code must not be running on it, and its
        mutator_address is void.
        """
        self._mutator()
        heap_lib.detach()

    # -------------------------------------------------------------- allocation

    def _alloc(self, size: int, kind: Kind, layout: Layout | None = None) -> Handle:
        m = self._mutator()
        if size >> 63:
            raise MemoryError(f"{size} bytes are more than an address space holds")
        number = self._lib.gc_host_alloc(m, size, kind, layout.struct if layout else ffi.NULL)
        if not number:
            raise MemoryError(f"no memory for an object of {size} bytes")
        return Handle(self, number, max(size + GRANULE - 1 & -GRANULE, GRANULE), kind, layout)

    def alloc_leaf(self, size: int) -> Handle:
        """size bytes, zeroed, that are never scanned."""
        return self._alloc(check_index(size, "size"), Kind.LEAF)

    def alloc_conservative(self, size: int) -> Handle:
        """size bytes, zeroed, of which every aligned word may be a reference."""
        return self._alloc(check_index(size, "size"), Kind.CONSERVATIVE)

    def alloc_described(self, layout: Layout, count: int = 0, *, tail_bytes: int = 0) -> Handle:
        """An object of the layout with count elements; or, without a repeated part, tail_bytes of leaf data."""
        if not isinstance(layout, Layout):
            raise TypeError(f"a gcrt.Layout is needed, not {type(layout).__name__}")
        if check_index(tail_bytes, "tail_bytes") and layout.repeat:
            raise ValueError("the rest of an object with a repeated part is its elements")
        return self._alloc(layout.size(count) + tail_bytes, Kind.DESCRIBED, layout)

    def handle(self, address: int) -> Handle:
        """A handle of the object at or around an address that is reachable otherwise, say from a root range.

        HeapError when there is no live object.
        """
        self._mutator()
        out = ffi.new("gc_handle *")
        check_status(self._lib.gc_host_adopt(check_index(address, "address"), out))
        if not out[0]:
            raise HeapError("address 0 is no object")
        return Handle(self, out[0])

    def set_unbarriered(self, target: Handle | WeakRef | int) -> None:
        """From now on other code writes references into the object (or the one at an address) without a barrier.

        For machine code that does not store with gcrt.llvm.emit_store, and for C without gc_store: each minor
        cycle looks through the object then.  Needed only with the option generations, once for each object.
        HeapError when there is no live object.
        """
        self._mutator()
        if not self._lib.gc_set_unbarriered(self._pointer(target)):
            raise HeapError("the object died meanwhile")

    # -------------------------------------------------------------- roots, weak references, finalizers

    def roots(self, count: int) -> RootRange:
        """count words, zeroed, for machine code and C to keep references in."""
        self._mutator()
        memory = ffi.new("uintptr_t[]", max(check_index(count, "count"), 1))
        return RootRange(self, memory, int(ffi.cast("uintptr_t", memory)), count)

    def root_range(self, address: int, count: int) -> RootRange:
        """Scan count words at an address as roots.  They must stay readable until the range is closed."""
        self._mutator()
        if check_index(address, "address") % WORD or address == 0:
            raise ValueError(f"a root range can't begin at {address:#x}")
        if address + WORD * check_index(count, "count") >> 63:
            raise ValueError("the range is larger than an address space")
        return RootRange(self, None, address, count)

    def weak(self, target: Handle, callback: Callable[[WeakRef], object] | None = None) -> WeakRef:
        """A weak reference; callback(reference) is called once by run_pending after the target's death."""
        self._mutator()
        return WeakRef(self, target, callback)

    def finalizer(self, target: Handle, callback: Callable[[Handle], object]) -> Finalizer:
        """callback(handle) is called by run_pending when the object has been found dead.

        It may resurrect the object by keeping the handle, or storing a reference to it; it won't be called
        again.  An object has at most one finalizer in its life: HeapError.
        """
        self._mutator()
        if not callable(callback):
            raise TypeError("a finalizer's callback must be callable")
        return Finalizer(self, target, callback)

    def ephemerons(self) -> Ephemerons:
        """A new, empty table of ephemerons."""
        return Ephemerons(self)

    def run_pending(self) -> int:
        """Run what collections have queued, for all Heaps: finalizers, then callbacks.  Returns how many ran.

        What an exception leaves goes to sys.unraisablehook.  From inside a finalizer this does nothing.
        """
        return self._lib.gc_run_pending(self._mutator())

    @property
    def has_pending(self) -> bool:
        self._mutator()
        return self._lib.gc_has_pending()

    # -------------------------------------------------------------- collections

    def collect(self) -> None:
        """A full collection now, for all Heaps.  Runs no finalizer and no callback."""
        self._lib.gc_collect(self._mutator())

    def set_enabled(self, enabled: bool) -> None:
        """Switch automatic collections, of all Heaps.  collect() always collects."""
        self._mutator()
        self._lib.gc_set_enabled(enabled)

    def set_stress(self, every: int) -> None:
        """Collect at every Nth allocation; 0: no more."""
        self._lib.gc_set_stress(self._mutator(), check_index(every, "every"))

    def external_bytes(self, delta: int) -> None:
        """Bytes held elsewhere on behalf of objects have changed by delta: they count when a cycle is due."""
        self._mutator()
        if not isinstance(delta, int):
            raise TypeError(f"delta must be an int, not {type(delta).__name__}")
        if not 0 <= self._external + delta < 1 << 62:
            raise ValueError(f"{self._external} external bytes can't change by {delta}")
        self._external += delta
        self._lib.gc_external_bytes(delta)

    # -------------------------------------------------------------- questions

    def stats(self) -> Stats:
        """Counters of all Heaps; what other threads have just allocated may not be counted yet."""
        out = ffi.new("gc_stats *")
        self._lib.gc_get_stats(self._mutator(), out)
        return Stats(*(getattr(out, name) for name in Stats._fields))

    def verify(self) -> None:
        """Check the invariants of the whole heap.  CorruptHeapError; stderr says what is wrong."""
        self._mutator()
        count = self._lib.gc_verify()
        if count:
            raise CorruptHeapError(count)

    def why_alive(self, target: Handle | WeakRef | int) -> list[Step]:
        """The shortest chain of references from a root to an object: the root first, the object last.

        A Handle is a root itself, so ask by weak reference or address what else there is.  Empty when nothing
        keeps the object alive.  HeapError when the address is no live object.
        """
        m = self._mutator()
        pointer = self._pointer(target)
        room = _FIRST_STEPS
        while True:
            steps = ffi.new("gc_step[]", room)
            ffi.errno = 0
            found = self._lib.gc_why_alive(m, pointer, steps, room)
            if not found and ffi.errno == errno.ENOMEM:
                raise MemoryError("no memory for the search")
            if found <= room:
                return [self._step(steps[i]) for i in range(found)]
            room = found + _FIRST_STEPS

    def _pointer(self, target: Handle | WeakRef | int) -> Any:
        if isinstance(target, Handle):
            return self._lib.gc_handle_get(self._number_of(target))
        if isinstance(target, WeakRef):
            if target.heap is not self:
                raise ForeignHandleError("the weak reference belongs to another Heap")
            if target.closed:
                raise ClosedError("the weak reference is closed")
            pointer = self._lib.gc_weak_get(target._weak)
        else:
            pointer = self._lib.gc_object_base(ffi.cast("void *", check_index(target, "address")))
        if not pointer:
            raise HeapError("there is no live object")
        return pointer

    def _step(self, step: Any) -> Step:
        address = int(ffi.cast("uintptr_t", step.object))
        place = int(ffi.cast("uintptr_t", step.place)) or None
        root = RootKind(int(step.root)).name.lower() if step.root else None
        kind = Kind(self._lib.gc_object_kind(step.object))
        return Step(root, place, address, kind, self._lib.gc_object_size(step.object))

    def trace_file(self, path: str | os.PathLike[str] | None) -> None:
        """Write an account of each cycle in the Chrome trace-event format; None ends it.  OSError."""
        self._mutator()
        name = ffi.NULL if path is None else ffi.new("char[]", os.fsencode(path))
        if self._lib.gc_trace_file(name) < 0:
            raise OSError(ffi.errno, os.strerror(ffi.errno), path)
