"""A stand-in for the C side: enough layout and helpers to run lowered code without a guest."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def layout():
    from gcrt.jit.layout import Layout

    fake = Layout.__new__(Layout)
    fake.offsets = {}
    text = (_ROOT / "capi_shim/interp/jit_layout.c").read_text()
    for i, name in enumerate(
        ["gc", "frame", "stack_top", "stack_limit", "exception", "breaker", "recursion_left"]
    ):
        fake.offsets["ts." + name] = 8 * i
    fake.offsets["ts.c_stack_limit"] = 64
    for struct, field in re.findall(r"FIELD\((\w+), (\w+)\)", text):
        known = [k for k in fake.offsets if k.startswith(struct + ".")]
        fake.offsets[f"{struct}.{field}"] = 8 * len(known)
    fake.sizes = {"gcrt_frame": 96}
    fake.constants = {name: i for i, name in enumerate(re.findall(r"CONSTANT\((\w+)\)", text))}
    fake.addresses = {"None": 0x1000, "True": 0x1008, "False": 0x1010, "PyFloat_Type": 0x1018}
    fake._keep = []
    word = ctypes.c_uint64

    def callback(name, result, *arguments):
        function = ctypes.CFUNCTYPE(word, *[word] * len(arguments))(result)
        fake._keep.append(function)
        fake.addresses[name] = ctypes.cast(function, ctypes.c_void_p).value

    callback("jit_leave", lambda ts, frame, record, values: 77, 1, 2, 3, 4)
    callback("jit_no_room", lambda ts, func, args: 99, 1, 2, 3)
    callback("jit_pop_frame", lambda ts, frame: 0, 1, 2)
    callback("jit_alloc_slow", lambda size, kind: 0, 1, 2)
    return fake


@pytest.fixture
def lowered(layout):
    """Compile an IR function to a Python callable of one word; also its exit records."""
    from gcrt.jit.lower.native import NativeCompiler
    from gcrt.jit.lower.text import Lowering
    from gcrt.jit.passes import run_passes

    compiler = NativeCompiler()

    class Root:
        code, live_insns, frame_slots, name = 4096, 8192, 4, "f"

    def make(function):
        run_passes(function, check=True)
        exits = []

        def allocate(record):
            exits.append(record)
            return len(exits)

        text = Lowering(function, layout, f"test_{id(function)}", Root, 0, None, allocate).run()
        address, _, _ = compiler.compile(text, f"test_{id(function)}")
        stack = (ctypes.c_uint64 * 512)()
        ts = (ctypes.c_uint64 * 16)()
        ts[2] = ctypes.addressof(stack)
        ts[3] = ctypes.addressof(stack) + 4096
        ts[6] = 100
        native = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64)(address)

        def run(value):
            top = ts[2]
            result = native(ctypes.addressof(ts), value, 0)
            ts[2], ts[6] = top, 100
            return result

        run.keep = (stack, ts)
        return run, exits

    make.compiler = compiler
    return make
