"""Globals and attributes: versions and shapes make them constants or loads."""

from __future__ import annotations

from .build_sites import SiteBuilder
from .ir import Slot, Type, Value, Virtual
from .unit import AttrCache, Insn, Unit, attr_cache, global_cache

# Instructions that ask the function's globals.
GLOBAL_READERS = {"LOAD_GLOBAL", "STORE_GLOBAL", "LOAD_NAME", "STORE_NAME"}


class NameBuilder(SiteBuilder):
    root_has_globals: bool  # the entry has made sure of them

    # ------------------------------------------------------------------ globals

    def op_LOAD_GLOBAL(self, insn: Insn) -> bool:
        cache = global_cache(insn)
        unit = self.state.top.unit
        if not cache.module_version and not self.avoids("cold"):
            return self.leave("cold")
        if not cache.module_version or self.avoids("global") or not self.guard_function_globals():
            name = self.name_constant(insn)
            value = self.helper("jit_load_global", self.as_object(self.state.top.func), name, check="null")
            if insn.b:
                self.push(None)
            return self.finish(0, value)
        if cache.builtin_version:
            self.guard_dict(unit.globals, "keys", cache.module_version)
            value = self.entry_value(unit.builtins, cache.builtin_version, cache.index)
        else:
            varies = unit.names[insn.a] in unit.rebound
            value = self.entry_value(unit.globals, cache.module_version, cache.index, varies)
        if insn.b:
            self.push(None)
        return self.finish(0, value)

    def guard_function_globals(self) -> bool:
        """The running function has the globals that the snapshot's function had."""
        frame = self.state.top
        unit = frame.unit
        if frame is self.state.frames[0]:
            return self.root_has_globals
        if not unit.func:
            return False
        func = frame.func
        if isinstance(func, Value) and func.is_const:
            return func.attr == unit.func or (
                self.memory.u64(func.attr, "PyFunctionObject.func_globals") == unit.globals  # type: ignore
                and self.memory.u64(func.attr, "PyFunctionObject.func_builtins") == unit.builtins  # type: ignore
            )
        self.guard_globals(self.as_object(func), unit, "global")
        return True

    def guard_globals(self, func: Value, unit: Unit, reason: str) -> None:
        for field, expected in (("func_globals", unit.globals), ("func_builtins", unit.builtins)):
            value = self.load_field(func, "PyFunctionObject." + field, "func")
            same = self.emit("cmp", Type.BOOL, value, self.const_word(expected), attr="eq")
            self.guard(same, reason)

    def guard_dict(self, dict_: int, what: str, version: int) -> None:
        """The dict has the "keys" it had when it got that version, or those it had in their "places"."""
        self.pool.keep(dict_)
        if self.check_world((what, dict_), version):
            return
        now = self.load_u32(self.const_obj(dict_), f"PyDictObject.{what}_version", "dict")
        self.guard(self.emit("cmp", Type.BOOL, now, self.const_word(version), attr="eq"), "global")

    def entry_value(self, dict_: int, version: int, index: int, varies: bool = False) -> Slot:
        """The value of the key that entry `index` had when the dict's places got that version."""
        self.guard_dict(dict_, "places", version)
        return self.dict_value(dict_, index, varies)

    def dict_value(self, dict_: int, index: int, varies: bool) -> Slot:
        """entries[index] of a dict whose places are as expected: a constant when it is an object, unless it varies."""
        key = ("value", dict_, index)
        known = self.state.world.get(key)
        if isinstance(known, int):
            return self.constant(known)
        size = self.layout.sizes["gcrt_dict_entry"]
        offset = index * size + self.layout.offsets["gcrt_dict_entry.me_value"]
        word = self.memory.u64(self.memory.u64(dict_, "PyDictObject.entries") + offset)
        if word and word & 3 == 0:
            # Once it is kept, look again: it must not have died in between.
            self.pool.keep(word)
            again = self.memory.u64(self.memory.u64(dict_, "PyDictObject.entries") + offset)
            word = word if word == again else 0
        entries = self.load_field(self.const_obj(dict_), "PyDictObject.entries", "dict")
        value = self.load(entries, offset, "entry", Type.OBJ)
        may_guard = not varies and not self.avoids("global-value")
        if word and word & 3 == 0 and may_guard and self.is_stable(word):
            same = self.emit("cmp", Type.BOOL, value, self.const_obj(word), attr="eq")
            self.guard(same, "global-value")
            self.state.world[key] = word
            return self.constant(word)
        return value

    def is_stable(self, word: int) -> bool:
        """Objects that are usually bound once: functions, types, modules, None... not numbers."""
        return self.memory.u64(word) != self.layout.addresses["PyLong_Type"]

    def op_STORE_GLOBAL(self, insn: Insn) -> bool:
        if self.memory.u64(self.state.top.unit.globals) != self.layout.addresses["PyDict_Type"] or (
            not self.guard_function_globals()
        ):
            return self.leave("unsupported")
        unit = self.state.top.unit
        self.pool.keep(unit.globals)
        self.pool.keep(unit.names[insn.a])
        self.helper(
            "jit_store_global",
            self.const_obj(unit.globals),
            self.const_obj(unit.names[insn.a]),
            self.as_object(self.peek()),
            check="negative",
        )
        return self.finish(1)

    # ------------------------------------------------------------------ names of a module's own code

    def find_key(self, dict_: int, name: int) -> int | None:
        """Entry number of an interned str, as the dict is now; the keys' version guards the answer."""
        m, o = self.memory, self.layout.offsets
        entries, n = m.u64(dict_, "PyDictObject.entries"), m.u32(dict_, "PyDictObject.nentries")
        size, key = self.layout.sizes["gcrt_dict_entry"], o["gcrt_dict_entry.me_key"]
        if n > 20_000:
            return None
        for i in range(n):
            if m.u64(entries + i * size + key) == name:
                return i
        return None

    def namespace_version(self, dict_: int, what: str) -> int:
        """Version of the "keys" or "places" now; 0: nothing can be said."""
        if self.memory.u64(dict_) != self.layout.addresses["PyDict_Type"] or self.avoids("global"):
            return 0
        return self.memory.u32(dict_, f"PyDictObject.{what}_version")

    def op_LOAD_NAME(self, insn: Insn) -> bool:
        """The frame's locals are its globals (checked at the entry)."""
        unit = self.state.top.unit
        name = unit.names[insn.a]
        keys, places = (self.namespace_version(unit.globals, what) for what in ("keys", "places"))
        if keys and places and self.guard_function_globals():
            index = self.find_key(unit.globals, name)
            if index is not None:
                return self.finish(0, self.entry_value(unit.globals, places, index, name in unit.rebound))
            places = self.namespace_version(unit.builtins, "places")
            index = self.find_key(unit.builtins, name) if places else None
            if index is not None:
                self.guard_dict(unit.globals, "keys", keys)
                return self.finish(0, self.entry_value(unit.builtins, places, index))
        func = self.as_object(self.state.top.func)
        return self.finish(0, self.helper("jit_load_global", func, self.name_constant(insn), check="null"))

    def op_STORE_NAME(self, insn: Insn) -> bool:
        unit = self.state.top.unit
        places = self.namespace_version(unit.globals, "places")
        if places and self.guard_function_globals():
            index = self.find_key(unit.globals, unit.names[insn.a])
            if index is not None:
                self.guard_dict(unit.globals, "places", places)
                word = self.as_object(self.peek())
                entries = self.load_field(self.const_obj(unit.globals), "PyDictObject.entries", "dict")
                offset = index * self.layout.sizes["gcrt_dict_entry"]
                self.store(entries, offset + self.layout.offsets["gcrt_dict_entry.me_value"], "entry", word)
                self.state.world.pop(("value", unit.globals, index), None)
                return self.finish(1)
        return self.op_STORE_GLOBAL(insn)

    # ------------------------------------------------------------------ attributes

    def is_type_object(self, word: int) -> bool:
        """word (an object) is a class, not a shape."""
        meta = self.memory.u64(word)
        flags = self.memory.u64(meta, "PyTypeObject.tp_flags")
        return bool(flags & self.layout.constants["TPFLAGS_TYPE_SUBCLASS"])

    def instance_offset(self, type_: int) -> int:
        return self.memory.i32(type_, "PyTypeObject.gcrt_inst_offset")

    def guard_version(self, type_: int, version: int) -> None:
        self.pool.keep(type_)
        if self.check_world(("type", type_), version):
            return
        now = self.load_u32(self.const_obj(type_), "PyTypeObject.tp_version_tag", "type")
        self.guard(self.emit("cmp", Type.BOOL, now, self.const_word(version), attr="eq"), "attr")

    def guard_shape(self, value: Value, shape: int) -> bool:
        """value has that shape: False when shapes of this kind can't be checked."""
        if self.state.known.get(value) == ("shape", shape):
            return True
        type_ = self.memory.u64(shape, "gcrt_shape.type")
        offset = self.instance_offset(type_)
        if offset <= 0:
            return False
        self.pool.keep(shape)
        known = self.type_of(value)
        if known is None:
            if offset == 8:
                self.not_immediate(value)
            else:
                self.guard_type_address(value, type_, "attr")
        now = self.load(value, offset + self.layout.offsets["gcrt_record.shape"], "inst", Type.OBJ)
        self.guard(self.emit("cmp", Type.BOOL, now, self.const_obj(shape), attr="eq"), "attr")
        self.state.known[value] = ("shape", shape)
        return True

    def not_immediate(self, value: Value) -> None:
        immediate = self.emit("is_immediate", Type.BOOL, value)
        self.guard(self.emit("bnot", Type.BOOL, immediate), "attr")

    def guard_attr(self, slot: Slot, cache: AttrCache) -> Value | None:
        """Guard that the cache's key and version hold for the object; None when it can't be done."""
        if isinstance(slot, Virtual) or slot is None or slot.type is not Type.OBJ:
            return None
        if self.avoids("attr") or not cache.key or not cache.version:
            return None
        if self.is_type_object(cache.key):
            known = self.type_of(slot)
            if known is not None and known != cache.key:
                return None
            self.pool.keep(cache.key)
            self.guard_type_address(slot, cache.key, "attr")
            self.guard_version(cache.key, cache.version)
            return slot
        if not self.guard_shape(slot, cache.key):
            return None
        self.guard_version(self.memory.u64(cache.key, "gcrt_shape.type"), cache.version)
        return slot

    def kind_name(self, kind: int) -> str:
        k = self.layout.constants
        for name in (
            "EMPTY",
            "INST_SLOT",
            "INST_EXTRA",
            "INST_ADD",
            "TYPE_VALUE",
            "MEMBER",
            "PROPERTY",
            "DESCR",
            "MODULE",
            "CLASS_VALUE",
            "CLASS_METHOD",
            "MEGAMORPHIC",
        ):
            if k["GCRT_ATTR_" + name] == kind:
                return name
        return "MEGAMORPHIC"

    def extra_slot(self, value: Value, cache: AttrCache) -> Value:
        type_ = self.memory.u64(cache.key, "gcrt_shape.type")
        offset = self.instance_offset(type_) + self.layout.offsets["gcrt_record.extra"]
        return self.load(value, offset, "inst", Type.WORD)

    def load_plain(self, slot: Slot, cache: AttrCache, kind: str) -> Slot:
        """Value of an attribute whose cache says where it is; None when there is no fast way."""
        if kind == "MODULE":
            return self.load_module_attr(slot, cache)
        if kind == "CLASS_VALUE":
            return self.load_class_attr(slot, cache)
        value = self.guard_attr(slot, cache)
        return None if value is None else self.load_from(value, cache, kind)

    def load_from(self, value: Value, cache: AttrCache, kind: str) -> Slot:
        """The attribute of an object that the cache is right about."""
        if kind == "INST_SLOT":
            return self.load(value, cache.index, "inst", Type.OBJ)
        if kind == "INST_EXTRA":
            return self.load(self.extra_slot(value, cache), 8 * cache.index, "inst", Type.OBJ)
        if kind == "MEMBER":
            result = self.load(value, cache.index, "inst", Type.OBJ)
            self.guard(self.emit("cmp", Type.BOOL, result, self.const_obj(0), attr="ne"), "raise")
            return result
        self.pool.keep(cache.value)
        return self.constant(cache.value)

    def load_module_attr(self, slot: Slot, cache: AttrCache) -> Slot:
        if (
            not isinstance(slot, Value)
            or slot.type is not Type.OBJ
            or self.avoids("attr")
            or not cache.version
        ):
            return None
        self.guard_type(slot, "PyModule_Type", "attr")
        dict_ = self.load_field(slot, "PyModuleObject.md_dict", "module")
        self.guard(self.emit("cmp", Type.BOOL, dict_, self.const_word(cache.key), attr="eq"), "attr")
        return self.entry_value(cache.key, cache.version, cache.index)

    def load_class_attr(self, slot: Slot, cache: AttrCache) -> Slot:
        if (
            not isinstance(slot, Value)
            or slot.type is not Type.OBJ
            or self.avoids("attr")
            or not cache.version
        ):
            return None
        self.pool.keep(cache.key)
        self.guard_is(slot, cache.key, "attr")
        self.guard_version(cache.key, cache.version)
        self.pool.keep(cache.value)
        return self.constant(cache.value)

    PLAIN = {"INST_SLOT", "INST_EXTRA", "MEMBER", "MODULE", "CLASS_VALUE", "TYPE_VALUE"}

    def name_constant(self, insn: Insn) -> Value:
        name = self.state.top.unit.names[insn.a]
        self.pool.keep(name)
        return self.const_obj(name)

    def op_LOAD_ATTR(self, insn: Insn) -> bool:
        slot = self.peek()
        if self.is_cold(insn, slot):
            return self.leave("cold")
        if self.many_seen(insn):
            done = self.at_site(
                insn,
                slot,
                lambda owner, entry: self.load_seen(insn, owner, entry),
                lambda: self.load_generally(insn),
            )
            if done is not None:
                return done
        cache = attr_cache(insn)
        kind = self.kind_name(cache.kind)
        if kind in self.PLAIN:
            value = self.load_plain(slot, cache, kind)
            if value is not None:
                return self.finish(1, value)
        elif kind in ("PROPERTY", "DESCR"):
            owner = self.guard_attr(slot, cache)
            if owner is not None:
                return self.load_through(insn, owner, cache, kind)
        return self.load_generally(insn)

    def load_through(self, insn: Insn, owner: Value, cache: AttrCache, kind: str) -> bool:
        """An attribute that code computes."""
        self.pool.keep(cache.value)
        through = self.const_obj(cache.value)
        if kind == "PROPERTY":
            return self.call_known_function(insn, through, [owner], 1)
        return self.finish(1, self.helper("jit_load_descr", owner, through, check="null"))

    def load_generally(self, insn: Insn) -> bool:
        owner = self.as_object(self.peek())
        return self.finish(1, self.helper("jit_load_attr", owner, self.name_constant(insn), check="null"))

    def load_seen(self, insn: Insn, owner: Value, entry: AttrCache) -> bool:
        kind = self.kind_name(entry.kind)
        if kind in ("PROPERTY", "DESCR"):
            return self.load_through(insn, owner, entry, kind)
        return self.finish(1, self.load_from(owner, entry, kind))

    def op_STORE_ATTR(self, insn: Insn) -> bool:
        slot, value = self.peek(1), self.peek(2)
        if self.is_cold(insn, slot):
            return self.leave("cold")
        if self.many_seen(insn):
            done = self.at_site(insn, slot, self.store_seen, lambda: self.store_generally(insn))
            if done is not None:
                return done
        cache = attr_cache(insn)
        kind = self.kind_name(cache.kind)
        if kind in ("INST_SLOT", "INST_EXTRA", "MEMBER", "INST_ADD"):
            word = self.as_object(value)
            owner = self.guard_attr(slot, cache)
            if owner is not None:
                return self.store_to(owner, cache, word)
        return self.store_generally(insn)

    def store_generally(self, insn: Insn) -> bool:
        a, b = self.as_object(self.peek(1)), self.as_object(self.peek(2))
        self.helper("jit_store_attr", a, self.name_constant(insn), b, check="negative")
        return self.finish(2)

    def store_seen(self, owner: Value, entry: AttrCache) -> bool:
        return self.store_to(owner, entry, self.as_object(self.peek(2)))

    def store_to(self, owner: Value, cache: AttrCache, word: Value) -> bool:
        """Store into an object that the cache is right about."""
        kind = self.kind_name(cache.kind)
        if kind == "INST_EXTRA":
            self.store(self.extra_slot(owner, cache), 8 * cache.index, "inst", word)
        else:
            self.store(owner, cache.index, "inst", word)
        if kind == "INST_ADD":
            self.change_shape(owner, cache)
        return self.finish(2)

    def change_shape(self, owner: Value, cache: AttrCache) -> None:
        """The object has got an attribute.  Other names of it have the old shape no more."""
        type_ = self.memory.u64(cache.key, "gcrt_shape.type")
        offset = self.instance_offset(type_) + self.layout.offsets["gcrt_record.shape"]
        self.pool.keep(cache.value)
        self.store(owner, offset, "inst", self.const_obj(cache.value))
        for value, fact in list(self.state.known.items()):
            if fact == ("shape", cache.key):
                self.state.known[value] = ("type", type_)
            elif fact[0] == "shapes" and cache.key in fact[1:]:
                del self.state.known[value]
        self.state.known[owner] = ("shape", cache.value)

    def op_DELETE_ATTR(self, insn: Insn) -> bool:
        return self.leave("unsupported")

    def op_LOAD_METHOD(self, insn: Insn) -> bool:
        """Pushes (function, self), or (NULL, value) when the attribute is no method."""
        slot = self.peek()
        if self.is_cold(insn, slot) and not isinstance(slot, Virtual):
            return self.leave("cold")
        if isinstance(slot, Virtual):
            slot = self.materialize(slot)
        if self.many_seen(insn):
            done = self.at_site(insn, slot, self.method_seen, lambda: self.method_generally(insn))
            if done is not None:
                return done
        cache = attr_cache(insn)
        kind = self.kind_name(cache.kind)
        if kind in ("TYPE_VALUE", "CLASS_METHOD"):
            owner = self.guard_attr(slot, cache)
            if owner is not None:
                self.pool.keep(cache.value)
                return self.finish(1, self.const_obj(cache.value), slot)
        elif kind in self.PLAIN:
            value = self.load_plain(slot, cache, kind)
            if value is not None:
                return self.finish(1, None, value)
        return self.method_generally(insn)

    def method_generally(self, insn: Insn) -> bool:
        owner = self.as_object(self.peek())
        result = self.helper("jit_load_attr", owner, self.name_constant(insn), check="null")
        return self.finish(1, None, result)

    def method_seen(self, owner: Value, entry: AttrCache) -> bool:
        kind = self.kind_name(entry.kind)
        if kind == "TYPE_VALUE":
            self.pool.keep(entry.value)
            return self.finish(1, self.const_obj(entry.value), owner)
        return self.finish(1, None, self.load_from(owner, entry, kind))
