"""What all Heaps of a process share: the library, its options, this thread's mutator, callbacks by tag.

There is one collector a process.  It is started with the first Heap and never stopped: mark bytes, mutators
and the addresses in machine code outlive every Heap.

The collector calls back into Python from gc_run_pending only, never from inside a cycle.  What it hands over is
an object's address (finalizers) or a number (weak references); the tables here say what they mean.  They are
plain dicts that no lock guards: each use is one operation, atomic under the interpreter's lock, since
`__del__` may run between any two of them, on any thread.
"""

from __future__ import annotations

import dataclasses
import itertools
import sys
import threading
from collections import namedtuple
from collections.abc import Callable
from typing import Any, NamedTuple

from gcrt import paths
from gcrt._gc_abi import ffi


class HeapError(RuntimeError):
    """The heap can't do what was asked."""


class ClosedError(HeapError):
    """The Heap, or what it has handed out, is closed."""


class CorruptHeapError(HeapError):
    """gc_verify has found violations; stderr says which.  count: how many."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} invariants of the heap are violated; stderr lists the first of them")
        self.count = count


class ForeignHandleError(ValueError):
    """A handle belongs to another Heap than the one it was given to."""


class OffsetError(ValueError):
    """An offset lies outside the object, or isn't aligned."""


class KindError(ValueError):
    """An object of this kind can't hold what was to be stored."""


# The C struct of counters is the one table; nothing of it is typed again here.
_FIELDS = [(name, float if f.type.cname == "double" else int) for name, f in ffi.typeof("gc_stats").fields]


class Stats(NamedTuple("Stats", _FIELDS)):
    """Counters of the collector, of all Heaps of the process: gc_stats of gc.h, field by field.

    Sizes are in bytes, pauses in milliseconds.  Fields are ints, but for the pauses.
    """

    __slots__ = ()


@dataclasses.dataclass(frozen=True)
class Options:
    """gc_options of gc.h.  0, 0.0 and False stand for the default; sizes are in bytes."""

    reserve_bytes: int = 0  # address range; 256 GiB
    max_heap_bytes: int = 0  # hard limit, beyond which there is MemoryError; none
    growth_factor: float = 0.0  # a cycle is due when allocated >= live * factor; 1.0
    min_trigger_bytes: int = 0  # no cycle before so many have been allocated; 32 MiB
    stress_every: int = 0  # collect at every Nth allocation; off
    poison: bool = False  # fill what dies with 0xDB
    verify: bool = False  # check the whole heap after each cycle
    disabled_roots: int = 0  # bit set of RootKind: tests only
    markers: int = 0  # threads that mark; one a processor
    no_background: bool = False  # no thread that sweeps between cycles
    stop_signal: int = 0  # stops threads for a cycle; SIGPWR
    generations: bool = False  # minor cycles too; references are stored with emit_store or gc_store then
    nursery_bytes: int = 0  # a minor cycle after so many bytes; 8 MiB
    watch_old: bool = False  # minor cycles without emit_store, where the kernel watches pages

    def __post_init__(self) -> None:
        sizes = "reserve_bytes", "max_heap_bytes", "min_trigger_bytes", "nursery_bytes"
        for name in (*sizes, "stress_every", "markers"):
            value = getattr(self, name)
            if not isinstance(value, int):
                raise TypeError(f"{name} must be an int, not {type(value).__name__}")
            if not 0 <= value < 1 << (31 if name == "markers" else 63):
                raise ValueError(f"{name} is out of range: {value}")
        if not 0 <= self.growth_factor < float("inf"):
            raise ValueError(f"growth_factor must be a finite number >= 0, not {self.growth_factor}")
        if not 0 <= self.stop_signal <= 64:
            raise ValueError(f"stop_signal is no signal: {self.stop_signal}")

    def as_struct(self) -> Any:
        struct = ffi.new("gc_options *")
        for field in dataclasses.fields(self):
            setattr(struct, field.name, getattr(self, field.name))
        return struct


# ------------------------------------------------------------------ the process's collector

_start_lock = threading.Lock()
_thread = threading.local()
_library: Any = None
_started: Options | None = None
_callbacks: list[Any] = []  # keeps what C points to


def in_use() -> bool:
    """Has a Heap been made in this process?"""
    return _started is not None


def loaded() -> Any:
    """libgcrt-gc, loaded; raises HeapError when it isn't there."""
    global _library
    if _library is None:
        name = paths.gc_library()
        try:
            _library = ffi.dlopen(name, ffi.RTLD_NOW)
        except OSError as error:
            raise HeapError(f"can't load {name}: {error}; `make build` makes it") from None
    return _library


def start(options: Options | None) -> Any:
    """The library, with the collector running.  Raises HeapError when it runs with other options already."""
    global _started
    guest = sys.modules.get("gcrt.guest")
    if guest is not None and guest.running:
        raise HeapError(
            "gcrt runs a program in this process: its heap is not for gcrt.Heap; use a process of your own"
        )
    lib = loaded()
    with _start_lock:
        if _started is None:
            _initialize(lib, options or Options())
        elif options is not None and options != _started:
            raise HeapError(
                f"the process's one collector runs with {_started}; Heap() joins it, other options can't"
            )
    return lib


def _initialize(lib: Any, options: Options) -> None:
    global _started
    if lib.gc_init(options.as_struct()) < 0:
        raise HeapError(
            f"the collector can't start: no address range of {options.reserve_bytes or 1 << 38} bytes"
        )
    table = ffi.new("gc_embedder *")
    finalize = ffi.callback("void(*)(void *)", _finalize)
    weak_died = ffi.callback("void(*)(uintptr_t)", _weak_died)
    _callbacks.extend([table, finalize, weak_died])
    table.finalize, table.weak_died = finalize, weak_died
    lib.gc_set_embedder(table)
    _started = options


def mutator() -> Any:
    """The calling thread's gc_mutator; the thread becomes a mutator with its first call."""
    try:
        return _thread.mutator
    except AttributeError:
        pass
    lib = _library
    m = lib.gc_mutator_current()
    if not m:
        m = lib.gc_mutator_attach(ffi.NULL, ffi.NULL)
    if not m:
        raise MemoryError("no memory to make this thread a mutator")
    _thread.mutator = m
    return m


def detach() -> None:
    """The calling thread is no mutator any more, until it calls again."""
    m = getattr(_thread, "mutator", None)
    if m is not None:
        del _thread.mutator
        _library.gc_mutator_detach(m)


# ------------------------------------------------------------------ callbacks

_tags = itertools.count(1)
_by_tag: dict[int, Callable[[], None]] = {}
finalizers: dict[int, Any] = {}  # the heap_objects.Finalizer of an object, by its address


def tag_new(action: Callable[[], None]) -> int:
    """A number for gc_weak_new; action() is called once, in gc_run_pending, when the target has died."""
    tag = next(_tags)
    _by_tag[tag] = action
    return tag


def tag_drop(tag: int) -> None:
    _by_tag.pop(tag, None)


def _finalize(pointer: Any) -> None:
    finalizer = finalizers.get(int(ffi.cast("uintptr_t", pointer)))
    if finalizer is not None:
        _call(finalizer.run)


def _weak_died(tag: int) -> None:
    action = _by_tag.pop(tag, None)
    if action is not None:
        _call(action)


_Unraisable = namedtuple("_Unraisable", "exc_type exc_value exc_traceback err_msg object")


def _call(action: Callable[[], None]) -> None:
    """C can't take an exception: it is reported as those of `__del__` are."""
    try:
        action()
    except BaseException as error:
        sys.unraisablehook(_Unraisable(type(error), error, error.__traceback__, None, action))
