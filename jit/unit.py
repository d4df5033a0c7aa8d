"""A code object as the compiler sees it: instructions with feedback, joins, live variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .layout import Layout, RawMemory

_LOADS = {"LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_LOAD_CONST"}
_DEREFS = {"MAKE_CELL", "LOAD_CLOSURE", "LOAD_DEREF", "STORE_DEREF", "DELETE_DEREF", "LOAD_CLASSDEREF"}

# Functions that look at their caller's variables: a caller that names one is left to the interpreter,
# whose frames hold all variables at any time.
FRAME_READERS = {"locals", "vars", "dir", "eval", "exec", "_getframe", "currentframe", "super"}


@dataclass(slots=True)
class Insn:
    """One instruction.  name is that of the plain form; pc and next are word indices."""

    name: str
    pc: int
    next: int
    a: int
    b: int
    cache: tuple[int, ...] = ()
    seen: tuple[AttrCache, ...] = ()  # what the cache of an attribute site has held

    def kinds(self) -> tuple[int, int, int]:
        word = self.cache[0]
        return word & 0xFFFF, (word >> 16) & 0xFFFF, (word >> 32) & 0xFFFF


@dataclass(frozen=True, slots=True)
class Handler:
    start: int
    end: int
    target: int


@dataclass(frozen=True, slots=True)
class AttrCache:
    key: int
    version: int
    kind: int
    misses: int
    index: int
    value: int


@dataclass(frozen=True, slots=True)
class GlobalCache:
    module_version: int
    builtin_version: int
    index: int


@dataclass(frozen=True, slots=True)
class CallCache:
    key: int
    callable: int
    version: int
    kind: int
    misses: int


def attr_cache(insn: Insn) -> AttrCache:
    return attr_entry(insn.cache)


def attr_entry(words: tuple[int, ...]) -> AttrCache:
    key, packed, index, value = words
    signed = index - (1 << 64) if index >> 63 else index
    return AttrCache(key, packed & 0xFFFFFFFF, (packed >> 32) & 0xFFFF, packed >> 48, signed, value)


def global_cache(insn: Insn) -> GlobalCache:
    first, second = insn.cache
    return GlobalCache(first & 0xFFFFFFFF, first >> 32, second & 0xFFFFFFFF)


def call_cache(insn: Insn) -> CallCache:
    key, callable_, packed = insn.cache
    return CallCache(key, callable_, packed & 0xFFFFFFFF, (packed >> 32) & 0xFFFF, packed >> 48)


def decode(words: list[int], layout: Layout) -> dict[int, Insn]:
    """Instructions by word index."""
    result: dict[int, Insn] = {}
    pc = 0
    while pc < len(words):
        word = words[pc]
        info = layout.opcodes[word & 0xFFFF]
        end = pc + 1 + info.cache_words
        result[pc] = Insn(info.base, pc, end, word >> 32, (word >> 16) & 0xFFFF, tuple(words[pc + 1 : end]))
        pc = end
    return result


@dataclass(eq=False)
class Unit:
    """A function (code object and one function object that runs it)."""

    code: int
    func: int
    insns: dict[int, Insn]
    n_words: int
    live_insns: int  # address of the stream that frames' pc point into
    n_localsplus: int
    n_params: int
    n_args: int  # positional
    frame_slots: int
    flags: int
    consts: list[int]
    names: list[int]  # str objects
    name_texts: list[str]
    handlers: list[Handler]
    kinds: bytes  # of the local variables
    name: str
    globals: int
    builtins: int
    defaults: int = 0
    has_kwonly: bool = False
    local_names: list[str] = field(default_factory=list)
    layout: Layout | None = None

    @cached_property
    def always_live(self) -> int:
        """Cells are shared with other functions: never dead."""
        return sum(1 << i for i, k in enumerate(self.kinds) if k & 0xC0)

    def successors(self, insn: Insn) -> Iterator[int]:
        assert self.layout is not None
        info = self.layout.by_name[insn.name]
        if info.jumps:
            yield insn.a
        if not info.ends:
            yield insn.next

    @cached_property
    def joins(self) -> set[int]:
        """Where several paths meet, and loop heads."""
        seen: dict[int, int] = {0: 1}
        heads: set[int] = set()
        for insn in self.insns.values():
            for target in self.successors(insn):
                seen[target] = seen.get(target, 0) + 1
            if insn.name == "JUMP_BACKWARD":
                heads.add(insn.a)
        return {pc for pc, n in seen.items() if n > 1} | heads

    @cached_property
    def loop_heads(self) -> set[int]:
        return {i.a for i in self.insns.values() if i.name == "JUMP_BACKWARD"}

    @cached_property
    def rebound(self) -> set[int]:
        """Names (str objects) of globals that this code binds again and again: in a loop, or in each call."""
        loops = [(i.a, i.pc) for i in self.insns.values() if i.name == "JUMP_BACKWARD"]

        def repeats(insn: Insn) -> bool:
            if insn.name == "STORE_NAME":
                return any(head <= insn.pc <= end for head, end in loops)
            return insn.name == "STORE_GLOBAL"

        return {self.names[i.a] for i in self.insns.values() if repeats(i)}

    @cached_property
    def live(self) -> dict[int, int]:
        """Bit set of the variables that are read later, before each instruction; handlers count."""
        order = sorted(self.insns, reverse=True)
        covers: dict[int, list[int]] = {}
        for h in self.handlers:
            for pc in order:
                if h.start <= pc < h.end:
                    covers.setdefault(pc, []).append(h.target)
        live: dict[int, int] = {pc: 0 for pc in order}
        live[self.n_words] = 0
        changed = True
        while changed:
            changed = False
            for pc in order:
                insn = self.insns[pc]
                out = 0
                for target in self.successors(insn):
                    out |= live[target]
                use, kill = self._use_and_kill(insn)
                new = (out & ~kill) | use
                for target in covers.get(pc, ()):
                    new |= live[target]
                if new != live[pc]:
                    live[pc] = new
                    changed = True
        return live

    def live_at(self, pc: int) -> int:
        return self.live[pc] | self.always_live

    @staticmethod
    def _use_and_kill(insn: Insn) -> tuple[int, int]:
        name = insn.name
        if name in _LOADS or name in _DEREFS:
            return 1 << insn.a, 0
        if name == "LOAD_FAST_LOAD_FAST":
            return 1 << insn.a | 1 << insn.b, 0
        if name == "STORE_FAST":
            return 0, 1 << insn.a
        if name == "STORE_FAST_LOAD_FAST":
            return (1 << insn.b) & ~(1 << insn.a), 1 << insn.a
        if name == "STORE_FAST_STORE_FAST":
            return 0, 1 << insn.a | 1 << insn.b
        if name == "DELETE_FAST":
            return 1 << insn.a, 1 << insn.a
        return 0, 0


class UnitReader:
    """Makes Units from snapshots in the guest's memory."""

    def __init__(self, memory: RawMemory, layout: Layout) -> None:
        self._memory = memory
        self._layout = layout

    def tuple_items(self, op: int) -> list[int]:
        n = self._memory.i64(op, "PyVarObject.ob_size")
        return self._memory.words(op + self._layout.offsets["PyTupleObject.ob_item"], n)

    def str_text(self, op: int) -> str:
        """Text of an ASCII str; others get a name that no identifier has."""
        memory = self._memory
        n = memory.i64(op, "PyASCIIObject.length")
        state = memory.u32(op, "PyASCIIObject.state")
        if not (state >> 6) & 1:  # not ascii
            return f"?{op:x}"
        return memory.data(op + self._layout.sizes["PyASCIIObject"], n).decode("ascii", "replace")

    def add_sites(self, insns: dict[int, Insn], sites: int) -> None:
        """Put what attribute sites have seen at their instructions (jit_sites.h)."""
        m, o, sizes = self._memory, self._layout.offsets, self._layout.sizes
        at = sites + o["gcrt_attr_sites.site"]
        n_words = sizes["gcrt_cache_attr"] // 8
        for _ in range(m.u32(sites, "gcrt_attr_sites.count") if sites else 0):
            n = m.u16(at, "gcrt_attr_site.count")
            words = m.words(at + o["gcrt_attr_site.entry"], n * n_words)
            entries = [attr_entry(tuple(words[i : i + n_words])) for i in range(0, n * n_words, n_words)]
            insn = insns.get(m.u32(at, "gcrt_attr_site.word"))
            if insn is not None:
                insn.seen = tuple(e for e in entries if e.key and e.version)
            at += sizes["gcrt_attr_site"]

    def read(self, code: int, func: int, insns: int, n_words: int, sites: int = 0) -> Unit:
        m, layout = self._memory, self._layout
        names = self.tuple_items(m.u64(code, "PyCodeObject.co_names"))
        kinds = m.u64(code, "PyCodeObject.co_localspluskinds")
        n_localsplus = m.u32(code, "PyCodeObject.n_localsplus")
        handlers = m.u64(code, "PyCodeObject.handlers")
        size = layout.sizes["gcrt_handler"]
        instructions = decode(m.words(insns, n_words), layout)
        self.add_sites(instructions, sites)
        n_consts = m.i64(m.u64(code, "PyCodeObject.co_consts"), "PyVarObject.ob_size")
        return Unit(
            code=code,
            func=func,
            insns=instructions,
            n_words=n_words,
            live_insns=m.u64(code, "PyCodeObject.insns"),
            n_localsplus=n_localsplus,
            n_params=m.u32(code, "PyCodeObject.n_params"),
            n_args=m.u32(code, "PyCodeObject.co_argcount"),
            frame_slots=m.u32(code, "PyCodeObject.frame_slots"),
            flags=m.u32(code, "PyCodeObject.co_flags"),
            consts=m.words(m.u64(code, "PyCodeObject.consts"), n_consts),
            names=names,
            name_texts=[self.str_text(n) for n in names],
            handlers=[
                Handler(
                    m.u32(h, "gcrt_handler.start"),
                    m.u32(h, "gcrt_handler.end"),
                    m.u32(h, "gcrt_handler.target"),
                )
                for h in (handlers + i * size for i in range(m.u32(code, "PyCodeObject.n_handlers")))
            ],
            kinds=m.data(kinds + layout.offsets["PyBytesObject.ob_sval"], n_localsplus),
            name=self.str_text(m.u64(code, "PyCodeObject.co_qualname")),
            globals=m.u64(func, "PyFunctionObject.func_globals") if func else 0,
            builtins=m.u64(func, "PyFunctionObject.func_builtins") if func else 0,
            defaults=m.u64(func, "PyFunctionObject.func_defaults") if func else 0,
            has_kwonly=m.u32(code, "PyCodeObject.co_kwonlyargcount") > 0,
            local_names=[
                self.str_text(n) for n in self.tuple_items(m.u64(code, "PyCodeObject.co_localsplusnames"))
            ],
            layout=layout,
        )
