"""Inline allocation for compiled code: gc.h's gc_alloc, emitted through llvmlite's IRBuilder.

The thread may be stopped by a signal between any two instructions, so the order of the stores is part
of the contract: the mark byte of the last granule, then the start bit of the first one's byte (one
read-modify-write), and the new bump pointer last.  All of them are atomic, and so are the loads of the
mutator's record: LLVM must neither reorder the former nor remember the latter over a safepoint.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from llvmlite import ir

from ._abi import ffi

WORD = ir.IntType(64)
BYTE = ir.IntType(8)
POINTER = ir.PointerType()

GRANULE = ffi.integer_const("GC_GRANULE")
SMALL_MAX = ffi.integer_const("GC_SMALL_MAX")
_BYTE_END = ffi.integer_const("GC_BYTE_END")
_LIKELY, _UNLIKELY = 4000, 1


class Kind(IntEnum):
    """How the collector scans an object: gc_kind."""

    LEAF = ffi.integer_const("GC_LEAF")
    TRACED = ffi.integer_const("GC_TRACED")
    CONSERVATIVE = ffi.integer_const("GC_CONSERVATIVE")


_BYTE_START = {kind: ffi.integer_const(f"GC_BYTE_START_{kind.name}") for kind in Kind}


def _field(builder: ir.IRBuilder, mutator: ir.Value, name: str) -> ir.Value:
    """Address of a field of the mutator's record."""
    offset = ir.Constant(WORD, ffi.offsetof("gc_mutator", name))
    base = builder.ptrtoint(mutator, WORD)
    return builder.inttoptr(builder.add(base, offset), WORD.as_pointer())


def _load(builder: ir.IRBuilder, mutator: ir.Value, name: str) -> ir.Value:
    return builder.load_atomic(_field(builder, mutator, name), "monotonic", 8, name=name, typ=WORD)


def _mark_byte(builder: ir.IRBuilder, meta: ir.Value, address: ir.Value, before: int = 0) -> ir.Value:
    """Address of the mark byte of the granule at (or `before` granules before) an address."""
    granule = builder.udiv(address, ir.Constant(WORD, GRANULE))
    if before:
        granule = builder.sub(granule, ir.Constant(WORD, before))
    return builder.inttoptr(builder.add(meta, granule), BYTE.as_pointer())


def emit_alloc(
    builder: ir.IRBuilder,
    mutator: ir.Value,
    size: int,
    kind: Kind,
    slow_path: Callable[[ir.IRBuilder], ir.Value],
) -> ir.Value:
    """The address (an i64) of size zeroed bytes of that kind; the builder goes on behind it.

    mutator: a pointer to the thread's gc_mutator.  slow_path emits what happens when the current hole is
    used up, most often a call of gc_alloc_slow, and returns the address, or 0 when memory is exhausted.
    ValueError: the size is not between 1 and SMALL_MAX, where only the slow path can help."""
    if not 1 <= size <= SMALL_MAX:
        raise ValueError(f"inline allocation of {size} bytes: only 1 to {SMALL_MAX} are possible")
    rounded = (size + GRANULE - 1) // GRANULE * GRANULE
    start = _load(builder, mutator, "bump")
    end = builder.add(start, ir.Constant(WORD, rounded), name="end")
    full = builder.icmp_unsigned(">", end, _load(builder, mutator, "limit"))
    slow, fast, join = (builder.append_basic_block(name) for name in ("slow", "fast", "join"))
    builder.cbranch(full, slow, fast).set_weights([_UNLIKELY, _LIKELY])

    builder.position_at_end(fast)
    meta = _load(builder, mutator, "meta")
    last = _mark_byte(builder, meta, end, 1)
    builder.store_atomic(ir.Constant(BYTE, _BYTE_END), last, "monotonic", 1)
    first = _mark_byte(builder, meta, start)
    byte = builder.load_atomic(first, "monotonic", 1, typ=BYTE)
    byte = builder.or_(byte, ir.Constant(BYTE, _BYTE_START[kind]))
    builder.store_atomic(byte, first, "monotonic", 1)
    builder.store_atomic(end, _field(builder, mutator, "bump"), "release", 8)
    builder.branch(join)

    builder.position_at_end(slow)
    other = slow_path(builder)
    slow_end = builder.block
    builder.branch(join)

    builder.position_at_end(join)
    result = builder.phi(WORD)
    result.add_incoming(start, fast)
    result.add_incoming(other, slow_end)
    return result


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
