"""The IR by itself: verifier, text, passes, and lowering to native code without a guest."""

from __future__ import annotations

import ctypes

import pytest
from gcrt.jit.deopt import Recipe
from gcrt.jit.ir import (
    Alloc,
    Call,
    Edge,
    Exit,
    FrameRecord,
    FrameState,
    Function,
    IRError,
    Memory,
    Type,
    Virtual,
    float_word,
    format_function,
    int_word,
    verify,
    word_float,
    word_int,
)
from gcrt.jit.passes import dce, fuse, params, ranges, run_passes
from gcrt.jit.state import fits, join


class FakeUnit:
    code, live_insns, frame_slots, name = 4096, 8192, 4, "f"


def state(*slots):
    return FrameState([FrameRecord(FakeUnit, None, 7, list(slots), [])])


def leave(*slots):
    return Exit(state(*slots), False, "kind", (4096, 7))


def block_jump(function, block, target, *args):
    block.terminator = function.value("jump", Type.VOID)
    block.edges = [Edge(target, list(args))]


def counting_loop():
    """i from 0 while i < n: total += i; returns the boxed total."""
    f = Function("count")
    entry, head, body, done = (f.block() for _ in range(4))
    n_word = f.value("input", Type.OBJ, attr="func")
    n = f.value("guard_int", Type.INT, [n_word], exit=leave(n_word))
    entry.body = [n_word, n]
    zero, one = f.value("const", Type.INT, attr=0), f.value("const", Type.INT, attr=1)
    i, total, same = (f.value("param", Type.INT) for _ in range(3))
    head.params = [i, total, same]
    block_jump(f, entry, head, zero, zero, n)
    more = f.value("cmp", Type.BOOL, [i, same], "lt")
    head.body = [more]
    head.terminator = f.value("branch", Type.VOID, [more])
    head.edges = [Edge(body, []), Edge(done, [])]
    total2 = f.value("add", Type.INT, [total, i], exit=leave(total, i))
    i2 = f.value("add", Type.INT, [i, one], exit=leave(total, i))
    body.body = [total2, i2]
    block_jump(f, body, head, i2, total2, same)
    boxed = f.value("box_int", Type.OBJ, [total])
    done.body = [boxed]
    done.terminator = f.value("return", Type.VOID, [boxed])
    return f


def test_verifier_accepts_and_refuses():
    f = counting_loop()
    verify(f)
    f.blocks[0].edges[0].args.pop()
    with pytest.raises(IRError, match="arguments"):
        verify(f)
    g = counting_loop()
    late = g.blocks[2].body[0]
    g.blocks[3].body.insert(0, g.value("box_int", Type.OBJ, [late]))
    with pytest.raises(IRError, match="dominated"):
        verify(g)
    h = counting_loop()
    h.blocks[2].body[0].exit = None
    with pytest.raises(IRError, match="without an exit"):
        verify(h)


def test_trivial_parameter_goes():
    f = counting_loop()
    params.run(f)
    verify(f)
    head = f.blocks[1]
    assert len(head.params) == 2
    assert head.body[0].args[1].op == "guard_int"


def test_dce_keeps_guards_and_what_exits_need():
    f = counting_loop()
    body = f.blocks[2]
    unused = f.value("not", Type.INT, [body.body[0]])
    wanted = f.value("not", Type.INT, [body.body[0]])
    last = f.value("guard", Type.VOID, [f.value("const", Type.BOOL, attr=True)], exit=leave(wanted))
    body.body += [unused, wanted, last]
    dce.run(f)
    verify(f)
    assert unused not in body.body and wanted in body.body and last in body.body


def test_ranges_drop_impossible_overflow():
    f = counting_loop()
    entry = f.blocks[0]
    seven = f.value("const", Type.INT, attr=7)
    small = f.value("mod", Type.INT, [entry.body[1], seven], "fits")
    total = f.value("add", Type.INT, [small, seven], exit=leave(small))
    entry.body += [small, total]
    ranges.run(f)
    assert total.attr == "fits" and total.exit is None
    assert f.blocks[2].body[0].attr != "fits"


def test_slice_assignment_is_fused_and_rebuilt_at_exits():
    f = Function("fuse")
    block = f.block()
    a = f.value("input", Type.OBJ, attr="func")
    k = f.value("guard_int", Type.INT, [a], exit=leave(a))
    none, one = f.value("const", Type.WORD, attr=-(1 << 63)), f.value("const", Type.WORD, attr=1)
    slice_ = f.value(
        "call", Type.OBJ, [a, k, none, one], Call("jit_list_slice_int", "ooiii", "null"), leave(a)
    )
    more = f.value("add", Type.INT, [k, k], exit=leave(a, slice_))
    store = f.value(
        "call",
        Type.WORD,
        [a, slice_, none, more, one],
        Call("jit_list_store_slice", "iooiii", "negative"),
        leave(a, slice_),
    )
    block.body = [a, k, slice_, more, store]
    block.terminator = f.value("return", Type.VOID, [a])
    fuse.run(f)
    verify(f)
    assert slice_ not in block.body
    assert store.attr.target == "jit_list_move_slice"
    rebuilt = more.exit.state.frames[0].locals[1]
    assert isinstance(rebuilt, Virtual) and rebuilt.kind == "list_slice"


def test_signatures_join_and_fit():
    any_object = ("o", None)
    assert join("i", "f") == any_object
    assert join(("o", ("type", 5)), ("o", ("type", 6))) == any_object
    assert join("-", "i") == ("o", ("unbound?",))
    assert join(("tuple", "i", "f"), ("tuple", "i", "i")) == ("tuple", "i", any_object)
    assert join(("range_iter", "i", "i", ("k", 1)), ("range_iter", "i", "i", ("k", 2)))[3] == "i"
    assert join(("tuple", "i"), ("tuple", "i", "i")) == any_object
    assert fits("i", any_object) and not fits(any_object, "i") and not fits("-", any_object)
    assert fits("-", ("o", ("unbound?",)))


@pytest.mark.parametrize("i", [0, 1, -1, (1 << 62) - 1, -(1 << 62), 12345])
def test_int_words(i):
    assert word_int(int_word(i)) == i


@pytest.mark.parametrize("d", [0.0, 1.0, -1.5, 1e77, -1e-76, 3.141592653589793])
def test_float_words(d):
    assert word_float(float_word(d)) == d
    assert float_word(d) & 3 == 2


@pytest.mark.parametrize("d", [-0.0, 1e300, 5e-324, float("inf")])
def test_floats_that_need_a_box(d):
    assert float_word(d) is None


GOLDEN = """\
function count
block 0():
    %0:obj = input <func>
    %1:int = guard_int %0
    jump -> 1(0, 0)
block 1(%4:int, %5:int):
    %8:bool = cmp <lt> %4, %1
    branch %8 -> 2() -> 3()
block 3():
    %13:obj = box_int %5
    return %13
block 2():
    %10:int = add %5, %4
    %11:int = add %4, 1
    jump -> 1(%11, %10)
"""


def test_golden_text():
    f = counting_loop()
    run_passes(f, check=True)
    assert format_function(f, states=False) == GOLDEN


def test_recipe_shares_virtual_objects(layout):
    f = Function("r")
    x = f.value("input", Type.INT, attr="func")
    pair = Virtual("tuple", (x, x))
    recipe = Recipe(layout)
    recipe.state(state(pair, pair, None))
    assert recipe.values == [x]
    kinds = [w & 0xFF for w in recipe.words[4:]]
    c = layout.constants
    assert kinds == [
        c["JIT_RECIPE_TUPLE"],
        c["JIT_RECIPE_INT"],
        c["JIT_RECIPE_INT"],
        c["JIT_RECIPE_REF"],
        c["JIT_RECIPE_NULL"],
    ]


def test_native_loop(layout, lowered):
    """The lowered loop counts; without its frame (no room) it calls jit_no_room instead."""
    run, exits = lowered(counting_loop())
    assert word_int(run(int_word(1000))) == sum(range(1000))
    assert word_int(run(int_word(0))) == 0
    assert run(layout.addresses["None"]) == 77  # not an int: the exit's answer
    assert exits and exits[0].reason == "kind"
    big = (1 << 62) - 1
    f = Function("overflow")
    block = f.block()
    w = f.value("input", Type.OBJ, attr="func")
    i = f.value("guard_int", Type.INT, [w], exit=leave(w))
    twice = f.value("add", Type.INT, [i, i], exit=leave(w))
    box = f.value("box_int", Type.OBJ, [twice])
    block.body = [w, i, twice, box]
    block.terminator = f.value("return", Type.VOID, [box])
    run, _ = lowered(f)
    assert word_int(run(int_word(21))) == 42
    assert run(int_word(big)) == 77
    assert run(int_word(-(1 << 62))) == 77
    assert ctypes.c_int64(run(int_word(-(1 << 61)))).value >> 1 == -(1 << 62)


def test_alloc_is_kept_and_printed():
    """An allocation may leave; its function is written once a size and kind."""
    f = Function("pair")
    block = f.block()
    a = f.value("input", Type.OBJ, attr="func")
    pair = f.value("alloc", Type.OBJ, [], Alloc(32, "TRACED"), leave(a))
    other = f.value("alloc", Type.OBJ, [], Alloc(32, "TRACED"), leave(a))
    fill = f.value("store", Type.VOID, [pair, a], Memory(16, "tuple"))
    block.body = [a, pair, other, fill]
    block.terminator = f.value("return", Type.VOID, [pair])
    run_passes(f, check=True)
    assert format_function(f, states=False) == ALLOC_GOLDEN


ALLOC_GOLDEN = """\
function pair
block 0():
    %0:obj = input <func>
    %1:obj = alloc <32 traced>
    %2:obj = alloc <32 traced>
    store <tuple+16> %1, %0
    return %1
"""
