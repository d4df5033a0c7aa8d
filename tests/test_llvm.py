"""gcrt.llvm: what the emitted code does to a real heap, and that LLVM leaves its order alone."""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Callable, Iterator

import pytest
from heap_support import MODE, MODES
from llvmlite import binding, ir

import gcrt
from gcrt import gc_constants, llvm
from gcrt._gc_abi import ffi

WORD = llvm.WORD


def const(value: int) -> ir.Constant:
    return ir.Constant(WORD, value)


def machine() -> binding.TargetMachine:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding.Target.from_default_triple().create_target_machine(opt=3, codemodel="large", jit=True)


def module_of(emit: Callable[[ir.IRBuilder, list[ir.Value]], ir.Value], arguments: int) -> ir.Module:
    """i64 f(ptr mutator, i64 ...)."""
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(WORD, [llvm.POINTER] + [WORD] * arguments), "f")
    builder = ir.IRBuilder(function.append_basic_block())
    builder.ret(emit(builder, list(function.args)))
    return module


def optimized(module: ir.Module, target: binding.TargetMachine) -> binding.ModuleRef:
    parsed = binding.parse_assembly(str(module))
    parsed.verify()
    passes = binding.create_pass_builder(target, binding.create_pipeline_tuning_options(speed_level=3))
    passes.getModulePassManager().run(parsed, passes)
    return parsed


@pytest.fixture
def native() -> Iterator[Callable[..., Callable[..., int]]]:
    engines = []

    def compile_(
        emit: Callable[[ir.IRBuilder, list[ir.Value]], ir.Value], arguments: int
    ) -> Callable[..., int]:
        llvm.add_symbols()
        target = machine()
        engine = binding.create_mcjit_compiler(optimized(module_of(emit, arguments), target), target)
        engine.finalize_object()
        engines.append(engine)
        word = ctypes.c_uint64
        return ctypes.CFUNCTYPE(word, ctypes.c_void_p, *[word] * arguments)(engine.get_function_address("f"))

    yield compile_


@pytest.fixture
def heap() -> Iterator[gcrt.Heap]:
    """Of the mode that heap_support.py names, but collects as often as the test says."""
    with gcrt.Heap(**MODES[MODE]) as heap:
        heap.set_stress(0)
        yield heap
        heap.set_stress(MODES[MODE].get("stress_every", 0))


def emit_list(builder: ir.IRBuilder, arguments: list[ir.Value]) -> ir.Value:
    """A list of n pairs [number, rest]; the last one made comes first.  Stores the head at `place`."""
    mutator, n, place = arguments
    before, loop = builder.block, builder.append_basic_block("loop")
    done = builder.append_basic_block("done")
    builder.branch(loop)
    builder.position_at_end(loop)
    i, rest = builder.phi(WORD), builder.phi(WORD)
    pair = llvm.emit_alloc(builder, mutator, 16, gcrt.Kind.CONSERVATIVE)
    llvm.emit_store(builder, pair, pair, i)
    llvm.emit_store(builder, pair, builder.add(pair, const(8)), rest)
    following = builder.add(i, const(1))
    i.add_incoming(const(0), before)
    rest.add_incoming(const(0), before)
    i.add_incoming(following, builder.block)
    rest.add_incoming(pair, builder.block)
    builder.cbranch(builder.icmp_unsigned("<", following, n), loop, done)
    builder.position_at_end(done)
    llvm.emit_store(builder, place, place, pair)
    return pair


def numbers(head: gcrt.Handle | None) -> list[int]:
    found = []
    while head is not None:
        found.append(head.load_word(0))
        head = head.load_ref(8)
    return found


@pytest.mark.parametrize(("n", "stress"), [(1, 0), (20_000, 0), (3000, 7), (300, 1)])
def test_a_list_made_inline(heap: gcrt.Heap, native: Callable, n: int, stress: int) -> None:
    make = native(emit_list, 2)
    roots = heap.roots(1)
    heap.set_stress(stress)
    before = heap.stats()
    assert make(heap.mutator_address, n, roots.address) == roots.load_word(0)
    after = heap.stats()
    assert after.allocated_objects - before.allocated_objects == n
    assert after.allocated_bytes - before.allocated_bytes == 16 * n
    assert stress == 0 or after.collections - before.collections >= n // stress
    heap.collect()
    heap.verify()
    assert numbers(roots[0]) == list(range(n - 1, -1, -1))


@pytest.mark.parametrize("words", [8, 1024, 100_000])
def test_stores_into_old_objects(heap: gcrt.Heap, native: Callable, words: int) -> None:
    def emit(builder: ir.IRBuilder, arguments: list[ir.Value]) -> ir.Value:
        mutator, table, offset, number = arguments
        pair = llvm.emit_alloc(builder, mutator, 16, gcrt.Kind.CONSERVATIVE)
        llvm.emit_store(builder, pair, pair, number)
        llvm.emit_store(builder, table, builder.add(table, offset), pair)
        return const(0)

    store, table = native(emit, 3), heap.alloc_conservative(8 * words)
    heap.collect()
    heap.set_stress(3)
    offsets = range(0, 8 * words, 8 * max(1, words // 100))
    for number, offset in enumerate(offsets):
        store(heap.mutator_address, table.address, offset, number)
    for _ in range(10):
        heap.alloc_leaf(16)
    assert [table.load_ref(offset).load_word(0) for offset in offsets] == list(range(len(offsets)))


def test_many_threads_allocate_inline(heap: gcrt.Heap, native: Callable) -> None:
    make, roots, lists = native(emit_list, 2), heap.roots(4), []

    def work(i: int) -> None:
        for _ in range(30):
            make(heap.mutator_address, 2000, roots.address + 8 * i)
            if i == 0:
                heap.collect()
        lists.append(numbers(roots[i]))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lists == [list(range(1999, -1, -1))] * 4
    heap.verify()


@pytest.mark.parametrize("size", [1, 15, 16, 17, 100, 8191, 8192])
@pytest.mark.parametrize("kind", [gcrt.Kind.LEAF, gcrt.Kind.CONSERVATIVE])
def test_sizes_and_kinds(heap: gcrt.Heap, native: Callable, size: int, kind: gcrt.Kind) -> None:
    def emit(builder: ir.IRBuilder, arguments: list[ir.Value]) -> ir.Value:
        address = llvm.emit_alloc(builder, arguments[0], size, kind)
        llvm.emit_store(builder, arguments[1], arguments[1], address)
        return address

    allocate, roots = native(emit, 1), heap.roots(1)
    for _ in range(3):
        allocate(heap.mutator_address, roots.address)
        handle = roots[0]
        assert (handle.size, handle.kind) == ((size + 15) // 16 * 16, kind)
        assert bytes(handle.view()) == bytes(handle.size)
    heap.verify()


def test_sizes_known_at_run_time(heap: gcrt.Heap, native: Callable) -> None:
    def emit(builder: ir.IRBuilder, arguments: list[ir.Value]) -> ir.Value:
        address = llvm.emit_alloc(builder, arguments[0], arguments[1], gcrt.Kind.LEAF)
        llvm.emit_store(builder, arguments[2], arguments[2], address)
        return address

    allocate, roots = native(emit, 2), heap.roots(1)
    for size in (0, 1, 16, 17, 8192, 8193, 1 << 20):
        allocate(heap.mutator_address, size, roots.address)
        assert roots[0].size == max(16, (size + 15) // 16 * 16)
    for size in (2**64 - 1, 2**63, 2**62):
        assert allocate(heap.mutator_address, size, roots.address) == 0
    heap.verify()


def test_constant_sizes_must_be_small() -> None:
    for size in (0, -1, gc_constants.SMALL_MAX + 1):
        with pytest.raises(ValueError, match="only 1 to 8192"):
            module_of(lambda b, a, size=size: llvm.emit_alloc(b, a[0], size, gcrt.Kind.LEAF), 0)


def test_described_objects(heap: gcrt.Heap, native: Callable) -> None:
    layout = gcrt.Layout("rw")

    def emit(builder: ir.IRBuilder, arguments: list[ir.Value]) -> ir.Value:
        mutator, place, reference, number = arguments
        address = llvm.emit_alloc_described(builder, mutator, layout.address, layout.size())
        llvm.emit_store(builder, address, builder.add(address, const(8)), reference)
        llvm.emit_store(builder, address, builder.add(address, const(16)), number)
        llvm.emit_store(builder, place, place, address)
        return address

    make, roots, target = native(emit, 3), heap.roots(1), heap.alloc_leaf(16)
    make(heap.mutator_address, roots.address, target.address, 99)
    object_ = roots[0]
    assert (object_.kind, object_.layout.fixed, object_.load_word(16)) == (gcrt.Kind.DESCRIBED, "rw", 99)
    assert object_.load_ref(8).address == target.address


def test_safepoints_run_what_waits(heap: gcrt.Heap, native: Callable) -> None:
    def emit(builder: ir.IRBuilder, arguments: list[ir.Value]) -> ir.Value:
        llvm.emit_safepoint(builder, arguments[0])
        return const(0)

    poll, ran = native(emit, 0), []

    def die() -> None:
        for i in range(100):
            heap.finalizer(heap.alloc_leaf(16), lambda h, i=i: ran.append(i))

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    poll(heap.mutator_address)
    assert ran == []
    heap.collect()
    assert ran == []
    poll(heap.mutator_address)
    assert len(ran) > 90
    assert ffi.cast("gc_mutator *", heap.mutator_address).poll == 0


def test_llvm_keeps_the_order_of_the_stores() -> None:
    """END, then START, then bump; and then what fills the object, each time the card first: in optimized IR."""

    def emit(builder: ir.IRBuilder, arguments: list[ir.Value]) -> ir.Value:
        pair = llvm.emit_alloc(builder, arguments[0], 32, gcrt.Kind.CONSERVATIVE)
        llvm.emit_store(builder, pair, pair, arguments[1])
        return pair

    text = str(optimized(module_of(emit, 1), machine()))
    stores = re.findall(r"store (atomic )?(i\d+) ([^,]*),.*?(monotonic|release|$)", text, flags=re.M)
    end, start = gc_constants.BYTE_END, gc_constants.BYTE_START[gcrt.Kind.CONSERVATIVE]
    assert [s[0] for s in stores] == ["atomic "] * 5
    assert [s[1] for s in stores] == ["i8", "i8", "i64", "i8", "i64"]
    assert [s[3] for s in stores] == ["monotonic", "monotonic", "release", "release", "release"]
    assert stores[3][2] == "1"
    assert [int(s[2]) % 256 for s in stores[:2]] == [end, start]


def marks_of(size: int | None) -> tuple[int, int]:
    """How many bytes an allocation loads and stores; None: of a size that is not known before."""

    def emit(builder: ir.IRBuilder, arguments: list[ir.Value]) -> ir.Value:
        return llvm.emit_alloc(builder, arguments[0], size or arguments[1], gcrt.Kind.LEAF)

    text = str(optimized(module_of(emit, 1), machine()))
    return len(re.findall(r"load atomic i8", text)), len(re.findall(r"store atomic i8", text))


def test_a_known_size_needs_no_look_at_the_mark_byte() -> None:
    assert [marks_of(size) for size in (16, 17, 8192, None)] == [(0, 1), (0, 2), (0, 2), (1, 2)]


def test_each_allocation_reads_the_record_anew() -> None:
    """Nothing of the mutator may be remembered from one allocation to the next: a cycle may lie between."""

    def emit(builder: ir.IRBuilder, arguments: list[ir.Value]) -> ir.Value:
        first = llvm.emit_alloc(builder, arguments[0], 16, gcrt.Kind.LEAF)
        return builder.add(first, llvm.emit_alloc(builder, arguments[0], 16, gcrt.Kind.LEAF))

    text = str(optimized(module_of(emit, 0), machine()))
    assert len(re.findall(r"load atomic i64", text)) == 6


def test_the_card_table_is_read_once() -> None:
    """Not in each turn of a loop."""
    text = str(optimized(module_of(emit_list, 2), machine()))
    assert len(re.findall(r"load i64, .*gc_cards", text)) == 2


def test_layout_constants_are_those_of_the_header() -> None:
    assert (gc_constants.GRANULE, gc_constants.SMALL_MAX, gc_constants.BYTE_END) == (16, 8192, 0x80)
    assert gc_constants.CARD_SHIFT == 9
    assert {k.name: b for k, b in gc_constants.BYTE_START.items()} == {
        "LEAF": 1,
        "TRACED": 3,
        "CONSERVATIVE": 5,
        "DESCRIBED": 7,
    }
