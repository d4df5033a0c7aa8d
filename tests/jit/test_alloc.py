"""Inline allocation: what the emitted code does to the mutator's record and the mark bytes."""

from __future__ import annotations

import ctypes
import re

import llvmlite.binding as llvm
import pytest
from llvmlite import ir

from gcrt.llvm import _BYTE_END, _BYTE_START, GRANULE, SMALL_MAX, Kind, alloc_function, emit_alloc

SLOW_ANSWER = 0xABC0


def new_machine():
    """An engine owns its machine: each needs one."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(opt=2, codemodel="large", jit=True)


@pytest.fixture(scope="module")
def slow_calls():
    calls = []

    @ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64)
    def slow(size, kind):
        calls.append((size, kind))
        return SLOW_ANSWER

    calls.append(slow)
    return calls


def module_text(size, kind, slow_address):
    module = ir.Module("alloc")
    function = alloc_function(module, "allocate", size, kind, slow_address)
    function.linkage = "external"
    function.attributes.discard("alwaysinline")
    return str(module)


@pytest.fixture
def native(slow_calls):
    engines = []

    def compile_(size, kind):
        address = ctypes.cast(slow_calls[0], ctypes.c_void_p).value
        engine = llvm.create_mcjit_compiler(
            llvm.parse_assembly(module_text(size, kind, address)), new_machine()
        )
        engine.finalize_object()
        engines.append(engine)
        return ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)(engine.get_function_address("allocate"))

    return compile_


class Heap:
    """A hole of 64 granules with its mark bytes, and the mutator's record of it."""

    def __init__(self):
        self._space = (ctypes.c_uint8 * (65 * GRANULE))()
        self.start = (ctypes.addressof(self._space) + GRANULE - 1) // GRANULE * GRANULE
        self.marks = (ctypes.c_uint8 * 64)()
        meta = ctypes.addressof(self.marks) - self.start // GRANULE
        self.record = (ctypes.c_uint64 * 4)(self.start, self.start + 64 * GRANULE, meta & ((1 << 64) - 1), 0)


@pytest.mark.parametrize("size", [1, 8, 16, 17, 32, 48, 100])
@pytest.mark.parametrize("kind", list(Kind))
def test_bumps_and_marks(native, size, kind):
    heap, allocate = Heap(), native(size, kind)
    granules = (size + GRANULE - 1) // GRANULE
    for i in range(3):
        assert allocate(ctypes.addressof(heap.record)) == heap.start + i * granules * GRANULE
        assert heap.record[0] == heap.start + (i + 1) * granules * GRANULE
    expected = [0] * 64
    for i in range(3):
        expected[i * granules] |= _BYTE_START[kind]
        expected[(i + 1) * granules - 1] |= _BYTE_END
    assert list(heap.marks) == expected


def test_full_hole_takes_the_slow_path(native, slow_calls):
    heap, allocate = Heap(), native(48, Kind.TRACED)
    heap.record[0] = heap.record[1] - 32
    del slow_calls[1:]
    assert allocate(ctypes.addressof(heap.record)) == SLOW_ANSWER
    assert slow_calls[1:] == [(48, Kind.TRACED)]
    assert heap.record[0] == heap.record[1] - 32 and not any(heap.marks)


def test_order_of_stores():
    """The end byte, then the start byte, then the bump pointer."""
    machine = new_machine()
    module = llvm.parse_assembly(module_text(48, Kind.TRACED, 0x1234))
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    stores = re.findall(
        r"^\t(movb\t\$-128|movb\t\$3|movq\t%\w+, \(%rdi\))", machine.emit_assembly(module), re.M
    )
    assert [s.split("\t")[0] for s in stores] == ["movb", "movb", "movq"] and "-128" in stores[0]


@pytest.mark.parametrize("size", [0, SMALL_MAX + 1])
def test_sizes_that_are_never_inline(size):
    with pytest.raises(ValueError, match="inline allocation"):
        emit_alloc(ir.IRBuilder(), None, size, Kind.LEAF, lambda b: None)
