"""Attribute sites that see several shapes.

The interpreter keeps some entries of each site (jit_sites.h: GCRT_SITE_ENTRIES).  Entries that find the attribute in
the same way form a group: `self.x` in a base class's method is one load whatever the subclass, once the
shape is one of those that were seen.  Where groups differ the site becomes a chain of tests, and each
group goes on in a path of its own that knows the shape: a method is then a constant there, and can be
inlined.  What no test finds leaves; when that happens often it takes the general way instead."""

from __future__ import annotations

from collections.abc import Callable

from .build_base import BuilderBase
from .ir import Slot, Type, Value, Virtual
from .unit import AttrCache, Insn

# Entries whose key is the shape or type of the object; others name one object.
BY_KEY = {"INST_SLOT", "INST_EXTRA", "INST_ADD", "MEMBER", "TYPE_VALUE", "PROPERTY", "DESCR"}
# Chains of tests are not made deeper than this many inlined frames: each multiplies the code behind it.
SPLIT_DEPTH = 3
SPLIT_NODES = 800


class SiteBuilder(BuilderBase):
    def site_groups(self, insn: Insn, slot: Value) -> list[list[AttrCache]]:
        """Entries that the object may match, those with the same answer together; the larger first."""
        fact = self.state.known.get(slot)
        groups: dict[tuple, list[AttrCache]] = {}
        if not all(self.kind_name(e.kind) in BY_KEY for e in insn.seen):
            return []
        for entry in insn.seen:
            if self.is_current(entry) and self.matches(entry, fact):
                groups.setdefault((entry.kind, entry.index, entry.value), []).append(entry)
        return sorted(groups.values(), key=len, reverse=True)

    def type_of_key(self, entry: AttrCache) -> int:
        return entry.key if self.is_type_object(entry.key) else self.memory.u64(entry.key, "gcrt_shape.type")

    def is_current(self, entry: AttrCache) -> bool:
        """The class has not changed since the entry was made."""
        return self.memory.u32(self.type_of_key(entry), "PyTypeObject.tp_version_tag") == entry.version

    def matches(self, entry: AttrCache, fact: tuple | None) -> bool:
        """May an object of which that is known have the entry's key?"""
        if self.is_type_object(entry.key):
            if fact is None or fact == ("unbound?",):
                return True
            if fact[0] == "type":
                return fact[1] == entry.key
            return False
        type_ = self.memory.u64(entry.key, "gcrt_shape.type")
        if self.memory.i32(type_, "PyTypeObject.gcrt_inst_offset") != 8:
            return False
        if fact is None or fact == ("unbound?",):
            return True
        if fact[0] == "type":
            return fact[1] == type_
        return entry.key in fact[1:]

    def proved(self, group: list[AttrCache], fact: tuple | None) -> bool:
        """The object has one of the group's keys: that is known already."""
        if fact is None:
            return False
        keys = {e.key for e in group}
        if fact[0] == "type":
            return fact[1] in keys
        return fact[0] in ("shape", "shapes") and keys.issuperset(fact[1:])

    def test_keys(self, slot: Value, group: list[AttrCache]) -> Value:
        """Does the object (no immediate) have one of the keys?"""
        result: Value | None = None
        words: dict[bool, Value] = {}
        for entry in group:
            by_type = self.is_type_object(entry.key)
            self.pool.keep(entry.key)
            if by_type not in words:
                if by_type:
                    words[by_type] = self.load(slot, 0, "type", Type.OBJ)
                else:
                    offset = 8 + self.layout.offsets["gcrt_record.shape"]
                    words[by_type] = self.load(slot, offset, "inst", Type.OBJ)
            same = self.emit("cmp", Type.BOOL, words[by_type], self.const_obj(entry.key), attr="eq")
            result = same if result is None else self.emit("bor", Type.BOOL, result, same)
        assert result is not None
        return result

    def learn_keys(self, slot: Value, group: list[AttrCache]) -> None:
        keys = tuple(sorted({e.key for e in group}))
        types = [k for k in keys if self.is_type_object(k)]
        if not types:
            self.state.known[slot] = ("shape", *keys) if len(keys) == 1 else ("shapes", *keys)
        elif len(keys) == 1:
            self.state.known[slot] = ("type", keys[0])

    def guard_versions(self, group: list[AttrCache]) -> None:
        for entry in group:
            self.guard_version(self.type_of_key(entry), entry.version)

    def many_seen(self, insn: Insn) -> bool:
        return len(insn.seen) > 1 and "sites" not in self.disabled

    def at_site(
        self,
        insn: Insn,
        slot: Slot,
        answer: Callable[[Value, AttrCache], bool],
        general: Callable[[], bool],
    ) -> bool | None:
        """Execute an attribute instruction whose site has seen several keys; None: there is no fast way.

        answer executes it for an object that has a key of an entry's group (False: it went on)."""
        if isinstance(slot, Virtual) or slot is None or slot.type is not Type.OBJ or slot.is_const:
            return None
        groups = self.site_groups(insn, slot)
        if not groups:
            return None
        if len(groups) == 1 and not self.unsure():
            group = groups[0]
            if not self.proved(group, self.state.known.get(slot)):
                self.not_immediate_at(slot)
                self.guard(self.test_keys(slot, group), "attr")
                self.learn_keys(slot, group)
            self.guard_versions(group)
            return answer(slot, group[0])
        if self.proved(groups[0], self.state.known.get(slot)) and len(groups) == 1:
            self.guard_versions(groups[0])
            return answer(slot, groups[0][0])
        depth, nodes = (1, SPLIT_NODES // 2) if self.cautious else (SPLIT_DEPTH, SPLIT_NODES)
        if len(self.state.frames) > depth or self.function.nodes > nodes:
            return None
        return self.chain(slot, groups, general)

    def unsure(self) -> bool:
        """A site of this code has seen objects that it did not expect: the others will see them too."""
        return self.state.top.unit.code in self.surprised

    def not_immediate_at(self, slot: Value) -> None:
        if self.type_of(slot) is None and (self.state.known.get(slot) or ("",))[0] != "shapes":
            immediate = self.emit("is_immediate", Type.BOOL, slot)
            self.guard(self.emit("bnot", Type.BOOL, immediate), "attr")

    def chain(self, slot: Value, groups: list[list[AttrCache]], general: Callable[[], bool]) -> bool:
        """One path a group; the last one leaves, or takes the general way, for all others."""
        fact = self.state.known.get(slot)
        closed = self.proved([e for g in groups for e in g], fact)
        leaves = not closed and not self.unsure()
        if not closed:
            if self.avoids("immediate"):
                return general()
            immediate = self.emit("is_immediate", Type.BOOL, slot)
            self.guard(self.emit("bnot", Type.BOOL, immediate), "immediate")
        for i, group in enumerate(groups):
            last = i == len(groups) - 1
            if last and leaves:
                self.guard(self.test_keys(slot, group), "attr")
            elif not (last and closed):
                yes, no = self.branch(self.test_keys(slot, group))
                here, self.block = self.state, no
                self.state = here.copy()
                self.learn_keys(slot, group)
                self.work.append((yes, self.state, True))
                self.state = here
                continue
            self.learn_keys(slot, group)
            self.work.append((self.block, self.state, True))
            return True
        if general():
            return True
        self.work.append((self.block, self.state, False))
        return True

    def is_type_object(self, word: int) -> bool:
        raise NotImplementedError

    def kind_name(self, kind: int) -> str:
        raise NotImplementedError

    def guard_version(self, type_: int, version: int) -> None:
        raise NotImplementedError

    def branch(self, condition: Value) -> tuple:
        raise NotImplementedError


__all__ = ["SiteBuilder"]
