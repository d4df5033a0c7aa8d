"""The collector for compiled code, emitted through llvmlite's IRBuilder: allocation, safepoints, stores.

    llvm.add_symbols()                                # once a process: addresses in libgcrt-gc
    pair = emit_alloc(builder, mutator, 16, Kind.CONSERVATIVE)
    emit_store(builder, pair, place, value)
    emit_safepoint(builder, mutator)

`mutator` is a pointer to the calling thread's gc_mutator (gcrt.Heap.mutator_address).  Compiled code needs no
stack maps: a reference in a register or on the stack is found there, and a thread may be stopped anywhere.  So
references may be kept as i64 or as ptr, tagged in their low bits; what is hidden otherwise is not found.

The thread may be stopped by a signal between any two instructions, so the order of the stores is part
of the contract: the mark byte of the last granule, then the start bit of the first one's byte (one
read-modify-write), and the new bump pointer last; of a reference, first the mark on the card that its place
lies on, then the reference itself.  All of them are atomic, and so are the loads of the mutator's record: LLVM
must neither reorder the former nor remember the latter over a safepoint.
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from gcrt._gc_abi import ffi
from gcrt.gc_constants import BYTE_END as _BYTE_END
from gcrt.gc_constants import BYTE_START as _BYTE_START
from gcrt.gc_constants import CARD_SHIFT, GRANULE, SMALL_MAX, Kind

WORD = ir.IntType(8 * ffi.sizeof("uintptr_t"))
BYTE = ir.IntType(8)
POINTER = ir.PointerType()
_ENUM = ir.IntType(8 * ffi.sizeof("gc_kind"))
_POLL = ir.IntType(8 * ffi.sizeof("uint32_t"))
_LIKELY, _UNLIKELY = 4000, 1

# What emitted code calls unless it is told otherwise, and the data that it reads.
_SYMBOLS = {
    "gc_alloc_slow": ir.FunctionType(WORD, [POINTER, WORD, _ENUM]),
    "gc_safepoint_slow": ir.FunctionType(ir.VoidType(), [POINTER]),
    "gc_cards": ir.ArrayType(BYTE, ffi.sizeof("gc_card_table")),
}


def add_symbols() -> None:
    """Tell LLVM where libgcrt-gc's functions and data are.  HeapError: the library can't be loaded."""
    from llvmlite import binding

    from gcrt.heap_lib import loaded

    lib = loaded()
    for name in _SYMBOLS:
        binding.add_symbol(name, int(ffi.cast("uintptr_t", ffi.addressof(lib, name))))


def _declared(builder: ir.IRBuilder, name: str) -> ir.Function | ir.GlobalVariable:
    found = builder.module.globals.get(name)
    if found is not None:
        return found
    make = ir.Function if isinstance(_SYMBOLS[name], ir.FunctionType) else ir.GlobalVariable
    return make(builder.module, _SYMBOLS[name], name)


def _as_word(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    return builder.ptrtoint(value, WORD) if isinstance(value.type, ir.PointerType) else value


def _field(
    builder: ir.IRBuilder, record: ir.Value, struct: str, name: str, type_: ir.Type = WORD
) -> ir.Value:
    """Address of a field of a C struct."""
    offset = ir.Constant(WORD, ffi.offsetof(struct, name))
    return builder.inttoptr(builder.add(_as_word(builder, record), offset), type_.as_pointer())


# ------------------------------------------------------------------ allocation


def _load(builder: ir.IRBuilder, mutator: ir.Value, name: str) -> ir.Value:
    """A word of the mutator's record."""
    place = _field(builder, mutator, "gc_mutator", name)
    return builder.load_atomic(place, "monotonic", 8, name=name, typ=WORD)


def _mark_byte(builder: ir.IRBuilder, meta: ir.Value, address: ir.Value, before: int = 0) -> ir.Value:
    """Address of the mark byte of the granule at (or `before` granules before) an address."""
    granule = builder.udiv(address, ir.Constant(WORD, GRANULE))
    if before:
        granule = builder.sub(granule, ir.Constant(WORD, before))
    return builder.inttoptr(builder.add(meta, granule), BYTE.as_pointer())


def _rounded(builder: ir.IRBuilder, size: int | ir.Value) -> tuple[ir.Value, ir.Value | None]:
    """The size in whole granules, and whether that is not one of a small object; None where it surely is."""
    if isinstance(size, int):
        if not 1 <= size <= SMALL_MAX:
            raise ValueError(f"inline allocation of {size} bytes: only 1 to {SMALL_MAX} are possible")
        return ir.Constant(WORD, (size + GRANULE - 1) // GRANULE * GRANULE), None
    rounded = builder.add(size, ir.Constant(WORD, GRANULE - 1))
    rounded = builder.and_(rounded, ir.Constant(WORD, -GRANULE))
    least = builder.sub(rounded, ir.Constant(WORD, 1))
    return rounded, builder.icmp_unsigned(">=", least, ir.Constant(WORD, SMALL_MAX))


def _mark_and_bump(
    builder: ir.IRBuilder,
    mutator: ir.Value,
    start: ir.Value,
    end: ir.Value,
    kind: Kind,
    granules: int | None,
) -> None:
    meta = _load(builder, mutator, "meta")
    first = _mark_byte(builder, meta, start)
    byte: ir.Value = ir.Constant(BYTE, _BYTE_START[kind])
    if granules == 1:
        byte = ir.Constant(BYTE, _BYTE_START[kind] | _BYTE_END)
    else:
        last = _mark_byte(builder, meta, end, 1)
        builder.store_atomic(ir.Constant(BYTE, _BYTE_END), last, "monotonic", 1)
        if granules is None:  # the last may be the first
            byte = builder.or_(builder.load_atomic(first, "monotonic", 1, typ=BYTE), byte)
    builder.store_atomic(byte, first, "monotonic", 1)
    builder.store_atomic(end, _field(builder, mutator, "gc_mutator", "bump"), "release", 8)


def emit_alloc(
    builder: ir.IRBuilder,
    mutator: ir.Value,
    size: int | ir.Value,
    kind: Kind,
    slow_path: Callable[[ir.IRBuilder], ir.Value] | None = None,
) -> ir.Value:
    """The address (an i64) of size zeroed bytes of that kind; the builder goes on behind it.

    mutator: a pointer to the thread's gc_mutator.  size: bytes, a Python int or an i64 of any value.  slow_path
    emits what happens when the current hole is used up and returns the address, or 0 when memory is exhausted;
    without it that is a call of gc_alloc_slow, which may collect: see add_symbols.
    ValueError: a constant size is not between 1 and SMALL_MAX, where only the slow path can help."""
    kind = Kind(kind)
    rounded, not_small = _rounded(builder, size)
    start = _load(builder, mutator, "bump")
    end = builder.add(start, rounded, name="end")
    full = builder.icmp_unsigned(">", end, _load(builder, mutator, "limit"))
    if not_small is not None:
        full = builder.or_(full, not_small)
    slow, fast, join = (builder.append_basic_block(name) for name in ("slow", "fast", "join"))
    builder.cbranch(full, slow, fast).set_weights([_UNLIKELY, _LIKELY])

    builder.position_at_end(fast)
    granules = (size + GRANULE - 1) // GRANULE if isinstance(size, int) else None
    _mark_and_bump(builder, mutator, start, end, kind, granules)
    builder.branch(join)

    builder.position_at_end(slow)
    if slow_path is not None:
        other = slow_path(builder)
    else:
        bytes_ = ir.Constant(WORD, size) if isinstance(size, int) else size
        other = builder.call(
            _declared(builder, "gc_alloc_slow"), [mutator, bytes_, ir.Constant(_ENUM, int(kind))]
        )
    slow_end = builder.block
    builder.branch(join)

    builder.position_at_end(join)
    result = builder.phi(WORD)
    result.add_incoming(start, fast)
    result.add_incoming(other, slow_end)
    return result


def emit_alloc_described(
    builder: ir.IRBuilder, mutator: ir.Value, layout_address: int | ir.Value, size: int | ir.Value
) -> ir.Value:
    """The address (an i64) of an object of size bytes with that layout (gcrt.Layout.address, .size()), or 0.

    Nothing of an object is scanned before its layout is stored; so it is stored here, at once."""
    address = emit_alloc(builder, mutator, size, Kind.DESCRIBED)
    layout = ir.Constant(WORD, layout_address) if isinstance(layout_address, int) else layout_address
    with builder.if_then(builder.icmp_unsigned("!=", address, ir.Constant(WORD, 0)), likely=True):
        builder.store(layout, builder.inttoptr(address, POINTER))
    return address


def alloc_function(module: ir.Module, name: str, size: int, kind: Kind, slow_address: int) -> ir.Function:
    """i64 name(ptr mutator), always inlined.  The slow path calls slow_address(size, kind)."""
    function = ir.Function(module, ir.FunctionType(WORD, [POINTER]), name)
    function.linkage = "internal"
    function.attributes.add("alwaysinline")
    function.attributes.add("nounwind")
    builder = ir.IRBuilder(function.append_basic_block("entry"))

    def slow_path(at: ir.IRBuilder) -> ir.Value:
        signature = ir.FunctionType(WORD, [WORD, WORD])
        return at.call(
            at.inttoptr(ir.Constant(WORD, slow_address), signature.as_pointer()),
            [ir.Constant(WORD, size), ir.Constant(WORD, int(kind))],
        )

    builder.ret(emit_alloc(builder, function.args[0], size, kind, slow_path))
    return function


# ------------------------------------------------------------------ safepoints and stores


def emit_safepoint(builder: ir.IRBuilder, mutator: ir.Value) -> None:
    """Run finalizers and callbacks here, when some wait: once a turn of each loop is often enough.

    Other threads' collections need no safepoint.  What runs may be Python, and allocate."""
    place = _field(builder, mutator, "gc_mutator", "poll", _POLL)
    poll = builder.load_atomic(place, "monotonic", 4, name="poll", typ=_POLL)
    with builder.if_then(builder.icmp_unsigned("!=", poll, ir.Constant(_POLL, 0)), likely=False):
        builder.call(_declared(builder, "gc_safepoint_slow"), [mutator])


def _card_table(builder: ir.IRBuilder, name: str) -> ir.Value:
    """A word of gc_cards, which never changes once there is a heap: LLVM may remember it."""
    place = _field(builder, _declared(builder, "gc_cards"), "gc_card_table", name)
    word = builder.load(place, name=name, typ=WORD)
    word.set_metadata("invariant.load", builder.module.add_metadata([]))
    return word


def emit_store(builder: ir.IRBuilder, owner: ir.Value, place: ir.Value, value: ir.Value) -> None:
    """Store a reference into the word at place, inside the object owner.  Each is an i64 or a pointer.

    What gc_store of gc.h does: the place's card is marked, so that minor cycles see that an old object has been
    written to.  Every reference that compiled code puts into an object goes through this function; where it
    can't, the object is declared once (gcrt.Heap.set_unbarriered).  Words that are roots may be stored by it too,
    or plainly."""
    del owner
    word, place = _as_word(builder, value), _as_word(builder, place)
    card = builder.lshr(place, ir.Constant(WORD, CARD_SHIFT))
    card = builder.and_(card, _card_table(builder, "mask"))
    card = builder.add(_card_table(builder, "bytes"), card)
    card = builder.inttoptr(card, BYTE.as_pointer())
    # Release: nothing that comes before, the loads that made the value included, moves behind.
    builder.store_atomic(ir.Constant(BYTE, 1), card, "release", 1)
    builder.store_atomic(word, builder.inttoptr(place, WORD.as_pointer()), "release", 8)
