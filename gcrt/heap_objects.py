"""What a gcrt.Heap hands out: handles, layouts, weak references, ephemerons, root ranges.

CPython's memory is not scanned.  So each of these holds a number (gc_handle, gc_weak) or registered memory,
never just an address, and gives it back when it is closed, dropped, or its Heap is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from gcrt import heap_lib
from gcrt._gc_abi import ffi
from gcrt.gc_constants import WORD, Kind
from gcrt.heap_lib import ClosedError, HeapError, KindError, OffsetError

if TYPE_CHECKING:
    from gcrt.heap import Heap

_WORD_LIMIT = 1 << (8 * WORD)
_BIT_WORD = 64  # bits in a word of gc_layout.bitmap


def check_index(value: Any, what: str) -> int:
    """value as an int >= 0; TypeError, ValueError."""
    if not isinstance(value, int):
        raise TypeError(f"{what} must be an int, not {type(value).__name__}")
    if value < 0:
        raise ValueError(f"{what} is negative: {value}")
    return value


def as_word(value: Any) -> int:
    """An int, signed or unsigned, as the word that holds it."""
    if not isinstance(value, int):
        raise TypeError(f"a word is an int, not {type(value).__name__}")
    if not -_WORD_LIMIT // 2 <= value < _WORD_LIMIT:
        raise ValueError(f"{value} doesn't fit into a word of {WORD} bytes")
    return value % _WORD_LIMIT


# ------------------------------------------------------------------ layouts


class Layout:
    """Which words of a described object are references.

    A description has one letter a word: `r` for a reference, `w` for any other word.  `fixed` says what follows
    word 0 (which the collector needs for the layout itself), `repeat` what each element of an array after
    that holds.  Without `repeat` the rest of the object is never scanned.  Layout("rw", "r") is an object of

        word 0: layout | word 1: reference | word 2: number | words 3, 4, ...: references

    Equal descriptions share one gc_layout, which stays for the life of the process: objects point to it.
    """

    _known: dict[tuple[str, str], Any] = {}

    def __init__(self, fixed: str = "", repeat: str = "") -> None:
        for text in (fixed, repeat):
            if not isinstance(text, str):
                raise TypeError(f"a layout's description is a str, not {type(text).__name__}")
            if bad := set(text) - set("rw"):
                raise ValueError(f"a layout's words are r or w, not {min(bad)!r}")
        self.fixed, self.repeat = fixed, repeat
        struct = self._known.get((fixed, repeat))
        if struct is None:
            struct = self._known.setdefault((fixed, repeat), self._make("w" + fixed, repeat))
        self.struct = struct

    @staticmethod
    def _make(fixed: str, repeat: str) -> Any:
        bits = fixed + repeat
        struct = ffi.new("gc_layout *", {"bitmap": -(-len(bits) // _BIT_WORD)})
        struct.fixed_words, struct.repeat_words = len(fixed), len(repeat)
        for i, letter in enumerate(bits):
            if letter == "r":
                struct.bitmap[i // _BIT_WORD] |= 1 << (i % _BIT_WORD)
        return struct

    @property
    def address(self) -> int:
        """What word 0 of an object of this layout holds."""
        return int(ffi.cast("uintptr_t", self.struct))

    def size(self, count: int = 0) -> int:
        """Bytes of an object with count elements."""
        if check_index(count, "count") and not self.repeat:
            raise ValueError("a layout without a repeated part has no elements")
        return WORD * (1 + len(self.fixed) + count * len(self.repeat))

    def is_reference(self, offset: int) -> bool:
        """Does a reference lie at this offset (bytes, aligned)?"""
        word = offset // WORD - 1
        if word < len(self.fixed):
            return word >= 0 and self.fixed[word] == "r"
        return bool(self.repeat) and self.repeat[(word - len(self.fixed)) % len(self.repeat)] == "r"

    def __repr__(self) -> str:
        return f"Layout({self.fixed!r}, {self.repeat!r})"


def _layout_at(address: int) -> Layout | None:
    for (fixed, repeat), struct in list(Layout._known.items()):
        if int(ffi.cast("uintptr_t", struct)) == address:
            return Layout(fixed, repeat)
    return None


# ------------------------------------------------------------------ handles


class Handle:
    """Keeps one object alive, until it is closed, dropped, or its Heap is closed.

    address   of the first byte; it never changes
    size      bytes, rounded up to granules of 16
    kind      a gcrt.Kind
    layout    of a described object; None for the other kinds
    """

    __slots__ = ("heap", "_number", "address", "size", "kind", "layout", "__weakref__")

    def __init__(
        self, heap: Heap, number: int, size: int = 0, kind: Kind | None = None, layout: Layout | None = None
    ) -> None:
        """number: a gc_handle that is this one's from now on.  The rest is looked up unless it is known."""
        self.heap, self._number = heap, number
        lib = heap._lib
        pointer = lib.gc_handle_get(number)
        self.address = int(ffi.cast("uintptr_t", pointer))
        self.size = size or lib.gc_object_size(pointer)
        self.kind = Kind(lib.gc_object_kind(pointer)) if kind is None else kind
        heap._own(heap._handles, number, None, lib.gc_handle_free)
        if layout is None and self.kind is Kind.DESCRIBED:
            layout = _layout_at(self._load(0))
        self.layout = layout

    def number(self) -> int:
        """The gc_handle, for C code of this thread, which becomes a mutator; raises ClosedError."""
        heap_lib.mutator()
        if self._number not in self.heap._handles:
            raise ClosedError("the Heap is closed" if self.heap.closed else "the handle is closed")
        return self._number

    @property
    def closed(self) -> bool:
        return self._number not in self.heap._handles

    def close(self) -> None:
        """Let go of the object; what refers to it otherwise keeps it.  Closing twice is nothing."""
        if self.heap._handles.pop(self._number, self) is None:
            self.heap._lib.gc_handle_free(self._number)

    def __del__(self) -> None:
        if hasattr(self, "_number"):
            self.close()

    def __enter__(self) -> Handle:
        self.number()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed, " if self.closed else ""
        return f"<gcrt.Handle: {state}{self.kind.name.lower()}, {self.size} bytes at {self.address:#x}>"

    # -------------------------------------------------------------- contents

    def _offset(self, offset: Any, writes: bool) -> int:
        if not isinstance(offset, int):
            raise TypeError(f"an offset is an int, not {type(offset).__name__}")
        if not 0 <= offset <= self.size - WORD:
            raise OffsetError(f"offset {offset} is outside an object of {self.size} bytes")
        if offset % WORD:
            raise OffsetError(f"offset {offset} isn't a multiple of {WORD}")
        if writes and offset == 0 and self.kind == Kind.DESCRIBED:
            raise OffsetError("word 0 of a described object is its layout")
        return offset

    def _load(self, offset: int) -> int:
        out = ffi.new("uintptr_t *")
        check_status(self.heap._lib.gc_host_load_word(self.number(), offset, out))
        return out[0]

    def load_word(self, offset: int) -> int:
        """The unsigned word at an offset (bytes, a multiple of 8).  OffsetError, ClosedError."""
        return self._load(self._offset(offset, writes=False))

    def store_word(self, offset: int, value: int) -> None:
        """Store an int of 64 bits, signed or not.  OffsetError, ClosedError; ValueError when it doesn't fit."""
        offset = self._offset(offset, writes=True)
        check_status(self.heap._lib.gc_host_store_word(self.number(), offset, as_word(value)))

    def _reference(self, offset: Any, writes: bool) -> int:
        offset = self._offset(offset, writes)
        if self.kind == Kind.LEAF:
            raise KindError("a leaf object is never scanned: it can't hold references")
        if self.layout is not None and not self.layout.is_reference(offset):
            raise KindError(
                f"{self.layout} has no reference at offset {offset}: what is there keeps nothing alive"
            )
        return offset

    def load_ref(self, offset: int) -> Handle | None:
        """A handle of the object that the word at offset refers to; None when it is 0.

        HeapError when it points to no object; OffsetError, KindError, ClosedError.
        """
        out = ffi.new("gc_handle *")
        offset = self._reference(offset, writes=False)
        check_status(self.heap._lib.gc_host_load_ref(self.number(), offset, out))
        return Handle(self.heap, out[0]) if out[0] else None

    def store_ref(self, offset: int, other: Handle | None) -> None:
        """Store a reference to other's object, or NULL.  OffsetError, KindError, ForeignHandleError, ClosedError."""
        offset = self._reference(offset, writes=True)
        target = self.heap._number_of(other) if other is not None else 0
        check_status(self.heap._lib.gc_host_store_ref(self.number(), offset, target))

    def view(self, start: int | None = None, stop: int | None = None) -> memoryview:
        """The object's bytes [start, stop), to read and write; while the view exists, so does the object.

        start is 0 by default, but 8 for a described object, whose first word is the layout's.  Unless it is a leaf,
        the object counts as unbarriered from then on (Heap.set_unbarriered).  OffsetError.
        """
        first = WORD if self.kind == Kind.DESCRIBED else 0
        start = first if start is None else start
        stop = self.size if stop is None else stop
        if not (isinstance(start, int) and isinstance(stop, int)):
            raise TypeError("the bounds of a view are ints")
        if not first <= start <= stop <= self.size:
            raise OffsetError(f"[{start}, {stop}) isn't within [{first}, {self.size})")
        lib = self.heap._lib
        pin = lib.gc_host_copy(self.number())
        if not pin:
            raise MemoryError("no memory for a handle")
        if self.kind != Kind.LEAF:
            lib.gc_set_unbarriered(lib.gc_handle_get(pin))
        # The view holds the buffer, the buffer the pointer, and the pointer's end frees the pin.
        pointer = ffi.gc(ffi.cast("char *", self.address + start), lambda _: lib.gc_handle_free(pin))
        return memoryview(ffi.buffer(pointer, stop - start))


_STATUS = {name: value for value, name in ffi.typeof("gc_host_status").elements.items()}
_OK = _STATUS["GC_HOST_OK"]


def check_status(status: int) -> None:
    """Raise what a gc_host_status means."""
    if status == _OK:
        return
    if status == _STATUS["GC_HOST_CLOSED"]:
        raise ClosedError("a handle was closed meanwhile")
    if status == _STATUS["GC_HOST_NO_OBJECT"]:
        raise HeapError("the word is no reference to a live object")
    raise MemoryError("no memory for a handle or a table's entry")


# ------------------------------------------------------------------ weak references


class WeakRef:
    """Knows an object without keeping it alive.  Made by Heap.weak."""

    def __init__(self, heap: Heap, target: Handle, callback: Callable[[WeakRef], object] | None) -> None:
        self.heap, self._tag = heap, 0
        number = heap._number_of(target)
        if callback is not None:
            self._tag = heap_lib.tag_new(lambda: callback(self))
        self._weak = heap._lib.gc_host_weak_new(number, self._tag)
        if not self._weak:
            heap_lib.tag_drop(self._tag)
            raise MemoryError("no memory for a weak reference")
        heap._own(heap._weaks, self._weak, self._tag, heap._lib.gc_weak_free)

    @property
    def closed(self) -> bool:
        return self._weak not in self.heap._weaks

    def get(self) -> Handle | None:
        """A handle of the object; None when it is dead.  Raises ClosedError."""
        if self.closed:
            raise ClosedError("the weak reference is closed")
        heap_lib.mutator()
        out = ffi.new("gc_handle *")
        status = self.heap._lib.gc_host_weak_get(self._weak, out)
        if status == _STATUS["GC_HOST_CLOSED"]:
            return None
        check_status(status)
        return Handle(self.heap, out[0])

    def close(self) -> None:
        """Forget the object; the callback won't come any more.  Closing twice is nothing."""
        tag = self.heap._weaks.pop(self._weak, None)
        if tag is not None:
            heap_lib.tag_drop(tag)
            self.heap._lib.gc_weak_free(self._weak)

    def __del__(self) -> None:
        if hasattr(self, "_weak"):
            self.close()


class Finalizer:
    """A function that is called once, with a handle of the object, when the object has been found dead.

    closed   it has run, or was closed, or its Heap is.  Made by Heap.finalizer.
    """

    def __init__(self, heap: Heap, target: Handle, callback: Callable[[Handle], object]) -> None:
        number, lib = heap._number_of(target), heap._lib
        self.heap, self.address, self.ran = heap, target.address, False
        self._callback: Callable[[Handle], object] | None = callback
        old = heap_lib.finalizers.get(self.address)
        if old is not None and lib.gc_weak_get(old._weak):  # else: the address was another object's
            raise HeapError(
                "the object was finalized before" if old.ran else "the object has a finalizer already"
            )
        # Its death says when the address is no longer this object's.
        self._tag = heap_lib.tag_new(self._forget)
        self._weak = lib.gc_host_weak_new(number, self._tag)
        if not self._weak:
            heap_lib.tag_drop(self._tag)
            raise MemoryError("no memory for a finalizer")
        heap_lib.finalizers[self.address] = self
        heap._own(heap._finalizers, self._weak, self, lambda _: self._drop())
        check_status(lib.gc_host_finalize_later(number))

    @property
    def closed(self) -> bool:
        return self.ran or self._weak not in self.heap._finalizers

    def run(self) -> None:
        """Called by the collector, which keeps the object alive meanwhile."""
        if self.closed:
            return
        self.ran = True
        callback, self._callback = self._callback, None
        number = self.heap._lib.gc_handle_new(ffi.cast("void *", self.address))
        if not number:
            raise MemoryError("no memory for a finalizer's handle")
        if callback is not None:
            callback(Handle(self.heap, number))

    def _forget(self) -> None:
        """The object is dead, and its memory may be another's."""
        self.heap._finalizers.pop(self._weak, None)
        if heap_lib.finalizers.get(self.address) is self:
            heap_lib.finalizers.pop(self.address, None)
        self.heap._lib.gc_weak_free(self._weak)

    def close(self) -> None:
        """It won't run any more.  Closing twice, or after it has run, is nothing."""
        if not self.ran and self.heap._finalizers.pop(self._weak, None) is not None:
            self._drop()

    def _drop(self) -> None:
        lib, out = self.heap._lib, ffi.new("gc_handle *")
        heap_lib.tag_drop(self._tag)
        if not self.ran and lib.gc_host_weak_get(self._weak, out) == _OK:
            lib.gc_dying_unregister(lib.gc_handle_get(out[0]))
            lib.gc_handle_free(out[0])
        self._forget()


class Ephemerons:
    """A table from keys to values that keeps no key alive, and a value only as long as its key lives.

    It may lead back to its key, which would be a leak in a table of weak keys (Hayes, OOPSLA 1997).  Keys and
    values are handles; an entry goes when its key's object dies.  Made by Heap.ephemerons.
    """

    def __init__(self, heap: Heap) -> None:
        self.heap = heap
        self._owner = heap.alloc_leaf(1)  # entries live as long as it does

    def _numbers(self, *handles: Handle) -> list[int]:
        return [self._owner.number(), *(self.heap._number_of(h) for h in handles)]

    def __setitem__(self, key: Handle, value: Handle) -> None:
        check_status(self.heap._lib.gc_host_ephemeron_set(*self._numbers(key, value)))

    def get(self, key: Handle) -> Handle | None:
        """The value's handle; None when the key has none."""
        out = ffi.new("gc_handle *")
        check_status(self.heap._lib.gc_host_ephemeron_get(*self._numbers(key), out))
        return Handle(self.heap, out[0]) if out[0] else None

    def __getitem__(self, key: Handle) -> Handle:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: Handle) -> bool:
        return self.get(key) is not None

    def __delitem__(self, key: Handle) -> None:
        removed = ffi.new("bool *")
        check_status(self.heap._lib.gc_host_ephemeron_remove(*self._numbers(key), removed))
        if not removed[0]:
            raise KeyError(key)

    @property
    def closed(self) -> bool:
        return self._owner.closed

    def close(self) -> None:
        """Drop all entries, with the next collection."""
        self._owner.close()


# ------------------------------------------------------------------ root ranges


class RootRange:
    """Words outside the heap that are scanned for references in each cycle: for machine code, and for C.

    Either words of its own (Heap.roots), or memory of others (Heap.root_range).  address is the first word's;
    len() is the number of words.
    """

    def __init__(self, heap: Heap, memory: Any, address: int, count: int) -> None:
        self.heap, self._memory, self.address = heap, memory, address
        self._count = count
        # The collector reads the two bounds in each cycle.
        self._bounds = ffi.new(
            "void *[2]", [ffi.cast("void *", a) for a in (address, address + WORD * count)]
        )
        self._key = int(ffi.cast("uintptr_t", self._bounds))
        heap_lib.mutator()
        heap._lib.gc_root_range_add(self._bounds, self._bounds + 1)
        heap._own(heap._ranges, self._key, (self._bounds, memory), lambda _: self._remove())

    def __len__(self) -> int:
        return self._count

    def resize(self, count: int) -> None:
        """Scan so many words from now on: a stack has grown or shrunk.  Memory of others only."""
        if self._memory is not None:
            raise HeapError("a range with words of its own has a fixed size")
        self._place(0, empty=True)
        self._count = check_index(count, "count")
        self._bounds[1] = ffi.cast("void *", self.address + WORD * count)

    def _place(self, index: Any, empty: bool = False) -> Any:
        if self.closed:
            raise ClosedError("the root range is closed")
        if not isinstance(index, int):
            raise TypeError(f"an index is an int, not {type(index).__name__}")
        if not (empty or 0 <= index < self._count):
            raise IndexError(f"word {index} of a root range of {self._count}")
        return ffi.cast("uintptr_t *", self.address) + index

    def load_word(self, index: int) -> int:
        """The word as it is.  IndexError, ClosedError."""
        return self._place(index)[0]

    def store_word(self, index: int, value: int) -> None:
        self._place(index)[0] = as_word(value)

    def __getitem__(self, index: int) -> Handle | None:
        """A handle of the object that word index refers to; None when it is 0.  HeapError when it is no object."""
        place, out = self._place(index), ffi.new("gc_handle *")
        heap_lib.mutator()
        check_status(self.heap._lib.gc_host_read_ref(place, out))
        return Handle(self.heap, out[0]) if out[0] else None

    def __setitem__(self, index: int, target: Handle | None) -> None:
        place = self._place(index)
        number = self.heap._number_of(target) if target is not None else 0
        check_status(self.heap._lib.gc_host_write_ref(place, number))

    @property
    def closed(self) -> bool:
        return self._key not in self.heap._ranges

    def close(self) -> None:
        """Scan it no more.  Closing twice is nothing."""
        if self.heap._ranges.pop(self._key, None) is not None:
            self._remove()

    def _remove(self) -> None:
        self.heap._lib.gc_root_range_remove(self._bounds)

    def __del__(self) -> None:
        if hasattr(self, "_key"):
            self.close()


class Step(NamedTuple):
    """One step of Heap.why_alive: from a root (in the first step only), by the word at `place`, to an object.

    root     a RootKind's name in lower case ("handle", "range", "stack", ...); None in all but the first step
    place    address of the word that refers to the object; None where none is known, as for handles and ranges
    address  of the object
    kind     a gcrt.Kind;  size in bytes
    """

    root: str | None
    place: int | None
    address: int
    kind: Any
    size: int
