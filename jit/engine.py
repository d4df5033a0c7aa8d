"""The compile service: takes jobs from the guest, compiles, publishes.  Runs on a thread of the host.

An exception in the compiler rejects the job and never ends the service; GCRT_JIT_DEBUG=1 prints it.
GCRT_JIT_DISABLE names passes and builder features that are left out, to find the one that miscompiles.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import cffi

from .build import Builder
from .build_base import PATIENT_REASONS, CannotCompile, ConstantPool, TooLarge
from .ir import format_function
from .layout import Layout, RawMemory
from .lower.text import ExitRecord, Lowering
from .passes import run_passes
from .unit import Unit, UnitReader

# What the host's cffi face must declare for this module.
CDEF = "const char *gcrt_jit_layout(void);"

NO_OSR = 0xFFFFFFFF
EXIT_LIMIT = 40  # exits by one guard until the code is compiled again without its assumption
Assumption = tuple[int, int, str]  # code and pc of the instruction, reason of the guard
# Versions of code in which an assumption may fail before it is dropped, where it isn't one.  What a module binds
# changes while its own code runs, and then no more: the interpreter's cache knows the new state by then.
CHANCES = {"global": 3, "global-value": 2}
MAX_COMPILES = 8  # of one function or loop; then it stays in the interpreter
CHUNK = 256  # words of a block that keeps constants alive


class Pool(ConstantPool):
    """Constants of compiled code, in extension memory that the collector scans."""

    def __init__(self, ffi: cffi.FFI, calloc: int) -> None:
        self._ffi = ffi
        self._calloc = ffi.cast("void *(*)(size_t, size_t)", calloc)
        self._kept: set[int] = set()
        self._chunk = None
        self._used = CHUNK

    def keep(self, word: int) -> None:
        if word == 0 or word & 3 or word in self._kept:
            return
        if self._used == CHUNK:
            self._chunk = self._ffi.cast("uint64_t *", self._calloc(CHUNK, 8))
            if self._chunk == self._ffi.NULL:
                raise MemoryError("no memory for constants of compiled code")
            self._used = 0
        self._chunk[self._used] = word  # type: ignore[index]
        self._used += 1
        self._kept.add(word)


@dataclass
class Site:
    """What is remembered of a function (by code address) over compilations."""

    compiles: int = 0
    failures: Counter[Assumption] = field(default_factory=Counter)  # versions in which it failed often
    exits: list[ExitRecord] = field(default_factory=list)
    records: list[object] = field(default_factory=list)

    def avoided(self) -> set[Assumption]:
        """Assumptions that have had their chances."""
        return {a for a, versions in self.failures.items() if versions >= CHANCES.get(a[2], 1)}


class Engine:
    """One compile service."""

    def __init__(
        self, lib: object, ffi: cffi.FFI, dump: str | None = None, dump_function: str | None = None
    ) -> None:
        # An interface of its own: the host's may be compiled ahead and then parses no C types.
        self._ffi = cffi.FFI()
        self.layout = Layout(ffi.string(lib.gcrt_jit_layout()).decode())  # type: ignore[attr-defined]
        self.memory = RawMemory(self._ffi, self.layout)
        self.reader = UnitReader(self.memory, self.layout)
        addresses = self.layout.addresses
        self._take = self._ffi.cast("void *(*)(void)", addresses["jit_take"])
        self._publish = self._ffi.cast("void (*)(void *, void *, double)", addresses["jit_publish"])
        self._reject = self._ffi.cast("void (*)(void *, int)", addresses["jit_reject"])
        self.pool = Pool(self._ffi, addresses["gc_ext_calloc"])
        self.sites: dict[int, Site] = defaultdict(Site)
        self.native = None
        self.debug = bool(os.environ.get("GCRT_JIT_DEBUG"))
        self.exits_wanted = bool(os.environ.get("GCRT_JIT_EXITS"))
        self.disabled = frozenset(filter(None, os.environ.get("GCRT_JIT_DISABLE", "").split(",")))
        kind, _, function = (dump or os.environ.get("GCRT_JIT_DUMP", "")).partition(":")
        self.dump_kind, self.dump_function = kind, dump_function or function
        self._counter = 0
        self._records: list[object] = []
        self.list_methods = self._read_list_methods()

    def _read_list_methods(self) -> dict[int, str]:
        result: dict[int, str] = {}
        at = self.layout.addresses["list_methods"]
        while name := self.memory.u64(at, "PyMethodDef.ml_name"):
            result[at] = self.memory.text(name)
            at += self.layout.sizes["PyMethodDef"]
        return result

    # ------------------------------------------------------------------ service

    def serve(self) -> None:
        """Handle jobs until the guest ends."""
        while True:
            job = self._take()
            if job == self._ffi.NULL:
                return
            self.handle(job)
            if self.exits_wanted:
                self.print_exits()

    def print_exits(self) -> None:
        """The guards that failed most often up to now."""
        found = []
        for code, site in self.sites.items():
            for record in site.exits:
                count = self.memory.u32(record.address, "jit_exit.count")
                if count >= EXIT_LIMIT:
                    found.append((count, code, record))
        for count, code, record in sorted(found, key=lambda f: -f[0])[:20]:
            names = [
                self.reader.str_text(self.memory.u64(c, "PyCodeObject.co_qualname"))
                for c in (code, record.site[0])
            ]
            where = f"{names[1]}:{record.site[1]}"
            print(f"jit: {count} exits from {names[0]} at {where}: {record.reason}", file=sys.stderr)

    def handle(self, job: object) -> None:
        start = time.perf_counter()
        address = int(self._ffi.cast("uintptr_t", job))
        try:
            entry = self.compile_job(address)
        except CannotCompile as reason:
            if self.debug:
                print(f"jit: not compiled: {reason}", file=sys.stderr)
            self._reject(job, 1)
            return
        except Exception:
            if self.debug:
                traceback.print_exc()
            self._reject(job, 1)
            return
        self._publish(job, self._ffi.cast("void *", entry), (time.perf_counter() - start) * 1e3)

    # ------------------------------------------------------------------ one job

    def read_units(self, job: int) -> list[Unit]:
        m, size = self.memory, self.layout.sizes["gcrt_jit_unit"]
        first = m.u64(job, "gcrt_jit_job.units")
        units = []
        for i in range(m.u32(job, "gcrt_jit_job.n_units")):
            at = first + i * size
            units.append(
                self.reader.read(
                    m.u64(at, "gcrt_jit_unit.code"),
                    m.u64(at, "gcrt_jit_unit.func"),
                    m.u64(at, "gcrt_jit_unit.insns"),
                    m.u32(at, "gcrt_jit_unit.n_words"),
                    m.u64(at, "gcrt_jit_unit.sites"),
                )
            )
        return units

    def compile_job(self, job: int) -> int:
        m = self.memory
        units = self.read_units(job)
        root = units[0]
        for unit in units:
            self.pool.keep(unit.code)
            self.pool.keep(unit.func)
        site = self.sites[root.code]
        site.compiles += 1
        if site.compiles > MAX_COMPILES:
            raise CannotCompile(f"{root.name}: assumptions keep failing")
        self.learn(site)
        osr = m.u32(job, "gcrt_jit_job.osr_word")
        osr_word = None if osr == NO_OSR else osr
        slots: list[int] = []
        if osr_word is not None:
            slots = m.words(m.u64(job, "gcrt_jit_job.slot_values"), m.u32(job, "gcrt_jit_job.n_slots"))
        marks = [time.perf_counter()]
        builder = self.build(units, site, osr_word, slots)
        function = builder.function
        marks.append(time.perf_counter())
        run_passes(function, self.disabled)
        marks.append(time.perf_counter())
        self._counter += 1
        symbol = f"jit_{self._counter}"
        head = root.insns[osr_word].a if osr_word is not None else None

        def allocate(record: ExitRecord) -> int:
            return self.allocate_exit(record, root.code, osr_word is not None, site)

        lowering = Lowering(function, self.layout, symbol, root, builder.max_offset, head, allocate)
        text = lowering.run()
        marks.append(time.perf_counter())
        wanted = self.dump_kind and (not self.dump_function or self.dump_function in root.name)
        if wanted and self.dump_kind == "ir":
            print(format_function(function), file=sys.stderr)
        if wanted and self.dump_kind == "llvm-in":
            print(text, file=sys.stderr)
        if self.native is None:
            from .lower.native import NativeCompiler

            self.native = NativeCompiler()
        entry, optimized, assembly = self.native.compile(text, symbol, bool(wanted))
        if wanted and self.dump_kind in ("llvm", "asm"):
            print(optimized if self.dump_kind == "llvm" else assembly, file=sys.stderr)
        if self.debug:
            where = f" at word {osr_word}" if osr_word is not None else ""
            took = " ".join(
                f"{b - a:.2f}" for a, b in zip(marks, [*marks[1:], time.perf_counter()], strict=False)
            )
            print(f"jit: compiled {root.name}{where}: {function.nodes} nodes, {took} s", file=sys.stderr)
        return entry

    def build(self, units: list[Unit], site: Site, osr_word: int | None, slots: list[int]) -> Builder:
        """A builder that has built; with caution when it got too large without."""

        def new_builder() -> Builder:
            return Builder(
                units,
                self.layout,
                self.memory,
                self.pool,
                site.avoided(),
                osr_word,
                slots,
                self.list_methods,
                self.disabled,
            )

        builder = new_builder()
        try:
            builder.build()
        except TooLarge:
            builder = new_builder()
            builder.cautious = True
            builder.build()
        return builder

    def allocate_exit(self, record: ExitRecord, code: int, loop: bool, site: Site) -> int:
        """An exit record for jit_leave; lives as long as the process."""
        ffi, layout = self._ffi, self.layout
        recipe = ffi.new("uint64_t[]", record.recipe or [0])
        memory = ffi.new("char[]", layout.sizes["jit_exit"])
        base = int(ffi.cast("uintptr_t", memory))
        self._records += [recipe, memory]
        o = layout.offsets
        limit = 0 if record.raises or record.reason in PATIENT_REASONS else EXIT_LIMIT

        def put(field_: str, kind: str, value: int) -> None:
            ffi.cast(kind + " *", base + o["jit_exit." + field_])[0] = value

        put("limit", "uint32_t", limit)
        put(
            "mode", "uint32_t", layout.constants["GCRT_RESUME_RAISE" if record.raises else "GCRT_RESUME_NEXT"]
        )
        put("n_frames", "uint32_t", record.n_frames)
        put("loop", "uint32_t", int(loop))
        put("code", "uint64_t", code)
        put("recipe", "uint64_t", int(ffi.cast("uintptr_t", recipe)))
        record.address = base
        site.exits.append(record)
        return base

    def learn(self, site: Site) -> None:
        """Note the assumptions whose guards failed often in earlier versions."""
        failed = set()
        for record in site.exits:
            count = self.memory.u32(record.address, "jit_exit.count")
            if count < EXIT_LIMIT // 2 or record.raises or record.reason in PATIENT_REASONS:
                continue
            if record.reason == "unsupported":
                raise CannotCompile("an instruction that is left to the interpreter is hot")
            if record.learned:
                continue
            record.learned = True
            failed.add((*record.site, record.reason))
            if self.debug:
                print(f"jit: {record.reason} failed at {record.site[1]}: {count} exits", file=sys.stderr)
        site.failures.update(failed)


# Engines are never closed: LLVM's clean-up would free code that the guest may still be in.
_served: list[Engine] = []


def serve(lib: object, ffi: cffi.FFI, dump: str | None = None, dump_function: str | None = None) -> None:
    """Entry of the host's compile thread.  lib: libgcrt as the host has opened it, with CDEF declared.
    dump: 'ir', 'llvm' or 'asm' of the functions whose name contains dump_function (all: None)."""
    engine = Engine(lib, ffi, dump, dump_function)
    _served.append(engine)
    engine.serve()
