/* eval_attr.c: attribute access of the loop: the generic paths, which fill the inline caches.
 *
 * What a cache may rely on: a type's version tag names one type and the whole contents of its MRO; a
 * shape names one type and the place of every attribute.  An instance attribute may be cached when the
 * type has no data descriptor of that name; a class attribute when the shape has no such attribute (or the
 * type's instances have none) and it needs no binding, or binding can be left out (methods in calls). */
#include "interp.h"
#include "attr_cache.h"
#include "jit_sites.h"
#include "structmember.h"

/* A site that has missed LIMIT times is left to the shared table, but for one miss in PERIOD, by which the
 * compiler learns what the site sees now.  (A prime: programs repeat themselves in rounder numbers.) */
enum { WARMUP = 2, LIMIT = 40, PERIOD = 61 };

/* Counts a miss: is the cache to be filled? */
static int
may_specialize(gcrt_cache_attr *cache)
{
    cache->misses++;
    if (cache->misses < LIMIT + PERIOD)
        return cache->misses <= LIMIT;
    cache->misses = LIMIT;
    return 1;
}

void
eval_attr_sample(const gcrt_insn *pc)
{
    int base = gcrt_op_table[pc->op].base;
    if (base != OP_LOAD_ATTR && base != OP_LOAD_METHOD && base != OP_STORE_ATTR)
        return;
    gcrt_cache_attr *cache = (gcrt_cache_attr *)(pc + 1);
    if (cache->misses >= LIMIT)
        cache->misses = LIMIT + PERIOD - 1;
}

static void
give_up(gcrt_insn *pc, gcrt_cache_attr *cache, int op)
{
    pc->op = (uint16_t)op;
    cache->kind = cache->misses >= LIMIT ? GCRT_ATTR_MEGAMORPHIC : GCRT_ATTR_EMPTY;
}

static void
fill(gcrt_insn *pc, int op, enum gcrt_attr_kind kind, void *key, uint32_t version, int64_t index, PyObject *value)
{
    gcrt_cache_attr *cache = (gcrt_cache_attr *)(pc + 1);
    cache->key = key;
    cache->version = version;
    cache->kind = (uint16_t)kind;
    cache->index = index;
    cache->value = value;
    pc->op = (uint16_t)op;
}

/* The record of an instance whose attributes are in slots, not in a dict; NULL otherwise. */
static gcrt_record *
slot_record(PyObject *owner, PyTypeObject *type)
{
    if (type->gcrt_inst_offset <= 0)
        return NULL;
    gcrt_record *record = gcrt_instance_record(owner, type);
    return record->shape == NULL || record->shape->is_dict ? NULL : record;
}

static int64_t
slot_offset(const gcrt_shape *shape, PyTypeObject *type, Py_ssize_t i)
{
    return i < (Py_ssize_t)shape->inline_slots ? type->tp_basicsize + 8 * i : -1;
}

/* An attribute that the instance itself has.  1 when the cache was filled. */
static int
fill_instance(gcrt_insn *pc, PyObject *owner, PyTypeObject *type, uint32_t version, PyObject *name,
              int op_slot, int op_cached)
{
    gcrt_record *record = slot_record(owner, type);
    Py_ssize_t i = record == NULL ? -1 : shape_lookup(record->shape, name);
    if (i < 0)
        return 0;
    int64_t offset = slot_offset(record->shape, type, i);
    if (offset >= 0)
        fill(pc, op_slot, GCRT_ATTR_INST_SLOT, record->shape, version, offset, NULL);
    else if (op_cached != 0)
        fill(pc, op_cached, GCRT_ATTR_INST_EXTRA, record->shape, version, i - record->shape->inline_slots, NULL);
    else
        return 0;
    return 1;
}

/* Key for an attribute of the type: the shape that lacks it, or the type when instances have no record. */
static void *
type_key(PyObject *owner, PyTypeObject *type)
{
    if (type->gcrt_inst_offset > 0) {
        gcrt_record *record = slot_record(owner, type);
        return record == NULL ? NULL : record->shape;
    }
    return type->gcrt_inst_offset == 0 && type->tp_dictoffset == 0 ? type : NULL;
}

static int
fill_module(gcrt_insn *pc, PyObject *owner, PyObject *name, int op)
{
    PyDictObject *dict = (PyDictObject *)((PyModuleObject *)owner)->md_dict;
    if (dict == NULL || !PyDict_CheckExact((PyObject *)dict) || !dict->str_keys_only)
        return 0;
    Py_ssize_t i = dict_index_of_str(dict, name);
    uint32_t version = i < 0 ? 0 : dict_places_version(dict);
    if (version == 0)
        return 0;
    fill(pc, op, GCRT_ATTR_MODULE, dict, version, i, NULL);
    return 1;
}

/* Attribute of a class object: a plain value, or a function (found without an instance). */
static int
fill_class(gcrt_insn *pc, PyObject *owner, PyObject *name, int op)
{
    PyTypeObject *type = (PyTypeObject *)owner, *meta = Py_TYPE(owner);
    if (meta->tp_getattro != PyType_Type.tp_getattro || attr_lookup_info(meta, name).kind == ATTR_DATA)
        return 0;
    uint32_t version = type_version_as_meta(meta) == 0 ? 0 : type_version(type);
    attr_info info = attr_lookup_info(type, name);
    if (version == 0 || info.kind == ATTR_ABSENT || info.kind == ATTR_DATA)
        return 0;
    if (info.kind != ATTR_VALUE && !function_is(info.descr))
        return 0;
    fill(pc, op, GCRT_ATTR_CLASS_VALUE, type, version, 0, info.descr);
    return 1;
}

static PyMemberDef *
object_member(PyObject *descr, PyTypeObject *type)
{
    if (Py_TYPE(descr) != &PyMemberDescr_Type || !PyType_IsSubtype(type, PyDescr_TYPE(descr)))
        return NULL;
    PyMemberDef *def = ((PyMemberDescrObject *)descr)->d_member;
    return def->type == Py_T_OBJECT_EX && !(def->flags & Py_READONLY) ? def : NULL;
}

/* ------------------------------------------------------------------ sites that see many types
 *
 * They share one direct-mapped table a kind of access, keyed by (shape or type, version, name). */

enum { SHARED_SIZE = 1024 };
enum shared_use { SHARED_LOAD, SHARED_METHOD, SHARED_STORE };
typedef struct {
    PyObject *name;
    gcrt_cache_attr cache;
} shared_entry;
static shared_entry shared_table[3][SHARED_SIZE];
typedef int (*specializer)(PyObject *owner, PyObject *name, gcrt_insn *pc);

/* The entry for an access, filled when it can be; NULL: take the general path. */
static const gcrt_cache_attr *
shared_lookup(enum shared_use use, specializer specialize, int op, PyObject *owner, PyObject *name)
{
    if (!gcrt_is_pointer(owner) || owner->ob_type->gcrt_inst_offset <= 0)
        return NULL;
    PyTypeObject *type = owner->ob_type;
    gcrt_shape *shape = gcrt_instance_record(owner, type)->shape;
    uint32_t version = type->tp_version_tag;
    size_t hash = ((uintptr_t)shape >> 4) * 31 + ((uintptr_t)name >> 4) + version;
    shared_entry *entry = &shared_table[use][(hash ^ hash >> 10) % SHARED_SIZE];
    if (entry->name == name && entry->cache.key == shape && entry->cache.version == version && version != 0)
        return &entry->cache;
    gcrt_insn insn[1 + CACHE_WORDS_ATTR] = {{.op = (uint16_t)op}};
    gcrt_cache_attr cache;
    if (!specialize(owner, name, insn))
        return NULL;
    memcpy(&cache, insn + 1, sizeof cache);
    if (cache.key != shape || (cache.kind != GCRT_ATTR_INST_SLOT && cache.kind != GCRT_ATTR_TYPE_VALUE))
        return NULL;
    entry->name = name;
    entry->cache = cache;
    return &entry->cache;
}

/* ------------------------------------------------------------------ LOAD_ATTR */

static int
specialize_load(PyObject *owner, PyObject *name, gcrt_insn *pc)
{
    PyTypeObject *type = Py_TYPE(owner);
    if (!gcrt_is_pointer(owner))
        return 0;
    if (type == &PyModule_Type)
        return fill_module(pc, owner, name, OP_LOAD_ATTR_CACHED);
    if (PyType_Check(owner))
        return fill_class(pc, owner, name, OP_LOAD_ATTR_CACHED);
    if (!(type->gcrt_flags & GCRT_TYPE_GENERIC_GETATTR))
        return 0;
    uint32_t version = type_version(type);
    if (version == 0)
        return 0;
    attr_info info = attr_lookup_info(type, name);
    if (info.kind == ATTR_DATA) {
        PyMemberDef *member = object_member(info.descr, type);
        if (member != NULL) {
            fill(pc, OP_LOAD_ATTR_CACHED, GCRT_ATTR_MEMBER, type, version, member->offset, NULL);
            return 1;
        }
        if (descr_is_native(info.descr) && PyType_IsSubtype(type, PyDescr_TYPE(info.descr))) {
            fill(pc, OP_LOAD_ATTR_CACHED, GCRT_ATTR_DESCR, type, version, 0, info.descr);
            return 1;
        }
        PyObject *getter = NULL;
        if (Py_TYPE(info.descr) == &PyProperty_Type)
            getter = PyObject_GetAttrString(info.descr, "fget");
        if (getter == NULL || !function_is(getter))
            return 0;
        fill(pc, OP_LOAD_ATTR_CACHED, GCRT_ATTR_PROPERTY, type, version, 0, getter);
        return 1;
    }
    if (fill_instance(pc, owner, type, version, name, OP_LOAD_ATTR_SLOT, OP_LOAD_ATTR_CACHED))
        return 1;
    void *key = info.kind == ATTR_VALUE ? type_key(owner, type) : NULL;
    if (key == NULL)
        return 0;
    fill(pc, OP_LOAD_ATTR_CACHED, GCRT_ATTR_TYPE_VALUE, key, version, 0, info.descr);
    return 1;
}

PyObject *
eval_load_attr(PyObject *owner, PyObject *name, gcrt_insn *pc)
{
    gcrt_cache_attr *cache = (gcrt_cache_attr *)(pc + 1);
    if (may_specialize(cache)) {
        if (cache->misses < WARMUP || !specialize_load(owner, name, pc))
            give_up(pc, cache, OP_LOAD_ATTR);
        else
            attr_site_note(pc);
    }
    else {
        const gcrt_cache_attr *shared = shared_lookup(SHARED_LOAD, specialize_load, OP_LOAD_ATTR, owner, name);
        if (pc->op != OP_LOAD_ATTR)
            give_up(pc, cache, OP_LOAD_ATTR);
        if (shared != NULL)
            return shared->kind == GCRT_ATTR_TYPE_VALUE ? shared->value
                                                        : *(PyObject **)((char *)owner + shared->index);
    }
    return PyObject_GetAttr(owner, name);
}

PyObject *
eval_load_attr_shared(PyObject *owner, PyObject *name)
{
    const gcrt_cache_attr *shared = shared_lookup(SHARED_LOAD, specialize_load, OP_LOAD_ATTR, owner, name);
    if (shared == NULL)
        return PyObject_GetAttr(owner, name);
    return shared->kind == GCRT_ATTR_TYPE_VALUE ? shared->value
                                                : *(PyObject **)((char *)owner + shared->index);
}

/* ------------------------------------------------------------------ STORE_ATTR */

static int
specialize_store(PyObject *owner, PyObject *name, gcrt_insn *pc)
{
    PyTypeObject *type = Py_TYPE(owner);
    if (!gcrt_is_pointer(owner) || !(type->gcrt_flags & GCRT_TYPE_GENERIC_SETATTR))
        return 0;
    uint32_t version = type_version(type);
    if (version == 0)
        return 0;
    attr_info info = attr_lookup_info(type, name);
    if (info.kind == ATTR_DATA) {
        PyMemberDef *member = object_member(info.descr, type);
        if (member == NULL)
            return 0;
        fill(pc, OP_STORE_ATTR_CACHED, GCRT_ATTR_MEMBER, type, version, member->offset, NULL);
        return 1;
    }
    if (fill_instance(pc, owner, type, version, name, OP_STORE_ATTR_SLOT, OP_STORE_ATTR_CACHED))
        return 1;
    gcrt_record *record = slot_record(owner, type);
    int64_t offset = record == NULL ? -1 : slot_offset(record->shape, type, record->shape->count);
    if (offset < 0)
        return 0;
    gcrt_shape *next = shape_add(record->shape, name);
    if (next == NULL) {
        PyErr_Clear();
        return 0;
    }
    if (next->is_dict || next->inline_slots != record->shape->inline_slots)
        return 0;
    fill(pc, OP_STORE_ATTR_CACHED, GCRT_ATTR_INST_ADD, record->shape, version, offset, (PyObject *)next);
    return 1;
}

int
eval_store_attr(PyObject *owner, PyObject *name, PyObject *value, gcrt_insn *pc)
{
    gcrt_cache_attr *cache = (gcrt_cache_attr *)(pc + 1);
    if (may_specialize(cache)) {
        if (cache->misses < WARMUP || !specialize_store(owner, name, pc))
            give_up(pc, cache, OP_STORE_ATTR);
        else
            attr_site_note(pc);
    }
    else {
        const gcrt_cache_attr *shared =
            shared_lookup(SHARED_STORE, specialize_store, OP_STORE_ATTR, owner, name);
        if (pc->op != OP_STORE_ATTR)
            give_up(pc, cache, OP_STORE_ATTR);
        if (shared != NULL) {
            gc_store(owner, (char *)owner + shared->index, value);
            return 0;
        }
    }
    return PyObject_SetAttr(owner, name, value);
}

int
eval_store_attr_shared(PyObject *owner, PyObject *name, PyObject *value)
{
    const gcrt_cache_attr *shared = shared_lookup(SHARED_STORE, specialize_store, OP_STORE_ATTR, owner, name);
    if (shared == NULL)
        return PyObject_SetAttr(owner, name, value);
    gc_store(owner, (char *)owner + shared->index, value);
    return 0;
}

/* ------------------------------------------------------------------ LOAD_METHOD */

static int
specialize_method(PyObject *owner, PyObject *name, gcrt_insn *pc)
{
    PyTypeObject *type = Py_TYPE(owner);
    if (!gcrt_is_pointer(owner))
        return 0;
    if (type == &PyModule_Type)
        return fill_module(pc, owner, name, OP_LOAD_METHOD_CACHED);
    if (PyType_Check(owner))
        return fill_class(pc, owner, name, OP_LOAD_METHOD_CACHED);
    if (!(type->gcrt_flags & GCRT_TYPE_GENERIC_GETATTR))
        return 0;
    uint32_t version = type_version(type);
    attr_info info = attr_lookup_info(type, name);
    if (version == 0 || info.kind == ATTR_DATA)
        return 0;
    if (fill_instance(pc, owner, type, version, name, OP_LOAD_METHOD_CACHED, 0))
        return 1;
    /* The instance's own attribute goes first, also where the cache can't hold its place. */
    gcrt_record *record = slot_record(owner, type);
    if (record != NULL && shape_lookup(record->shape, name) >= 0)
        return 0;
    void *key = info.kind == ATTR_METHOD ? type_key(owner, type) : NULL;
    if (key == NULL)
        return 0;
    fill(pc, OP_LOAD_METHOD_CACHED, GCRT_ATTR_TYPE_VALUE, key, version, 0, info.descr);
    return 1;
}

int
eval_load_method(PyObject **sp, PyObject *name, gcrt_insn *pc)
{
    gcrt_cache_attr *cache = (gcrt_cache_attr *)(pc + 1);
    PyObject *owner = sp[-1], *method;
    if (may_specialize(cache)) {
        if (cache->misses < WARMUP || !specialize_method(owner, name, pc))
            give_up(pc, cache, OP_LOAD_METHOD);
        else
            attr_site_note(pc);
    }
    else {
        const gcrt_cache_attr *shared =
            shared_lookup(SHARED_METHOD, specialize_method, OP_LOAD_METHOD, owner, name);
        if (pc->op != OP_LOAD_METHOD)
            give_up(pc, cache, OP_LOAD_METHOD);
        if (shared != NULL) {
            int method_kind = shared->kind == GCRT_ATTR_TYPE_VALUE;
            sp[-1] = method_kind ? shared->value : NULL;
            sp[0] = method_kind ? owner : *(PyObject **)((char *)owner + shared->index);
            return 0;
        }
    }
    int unbound = _PyObject_GetMethod(owner, name, &method);
    if (method == NULL)
        return -1;
    sp[-1] = unbound ? method : NULL;
    sp[0] = unbound ? owner : method;
    return 0;
}
