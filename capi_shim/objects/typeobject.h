/* typeobject.h: what the files of the type layer share, and what other files may ask a type. */
#ifndef GCRT_TYPEOBJECT_H
#define GCRT_TYPEOBJECT_H

#include "runtime.h"

/* ---- attribute lookup along the MRO.  A global cache, keyed by (type version, name); it is emptied by
 * every collection, so that it keeps nothing alive. */
typedef struct type_cache_entry {
    unsigned int version;
    PyObject *name;
    PyObject *value;
} type_cache_entry;
enum { TYPE_CACHE_SIZE = 4096 };
extern type_cache_entry type_cache[TYPE_CACHE_SIZE];

static inline type_cache_entry *
type_cache_slot(unsigned int version, PyObject *name)
{
    size_t h = ((uintptr_t)name >> 4) ^ ((size_t)version * 0x9E3779B1u);
    return &type_cache[(h ^ (h >> 12)) & (TYPE_CACHE_SIZE - 1)];
}

PyObject *type_lookup_slow(PyTypeObject *type, PyObject *name);
/* The attribute in the type's MRO or NULL, no exception.  name: interned exact str. */
static inline PyObject *
type_lookup(PyTypeObject *type, PyObject *name)
{
    unsigned int version = type->tp_version_tag;
    if (GCRT_LIKELY(version != 0)) {
        type_cache_entry *e = type_cache_slot(version, name);
        if (GCRT_LIKELY(e->version == version && e->name == name))
            return e->value;
    }
    return type_lookup_slow(type, name);
}

/* The special method of self, bound as the protocol asks: *unbound is 1 when self must be passed as the
 * first argument.  NULL without exception when absent, NULL with one when __get__ failed. */
PyObject *type_special(PyObject *self, PyObject *name, int *unbound);
/* Call a special method; NULL without exception when it is absent. */
PyObject *type_call_special(PyObject *self, PyObject *name, PyObject *const *args, Py_ssize_t nargs);

/* ---- gcrt_flags bits of the type layer's own, beyond those of runtime.h */
enum {
    TYPE_NO_VERSION = 1 << 16,    /* custom MRO: changes of its members can't be noticed */
    TYPE_FROM_PYTHON = 1 << 17,   /* made by type(): its instances may be re-classed */
    TYPE_ADDS_DICT = 1 << 18,     /* the instance record, or a dict word, is this type's addition */
    TYPE_ADDS_SLOTS = 1 << 19,
    TYPE_META_CACHED = 1 << 20,   /* a metaclass on whose attributes caches of its classes rely */
};
/* gcrt_reserved: low 24 bits: tp_basicsize of the nearest static base; high 8: replaced root shapes. */
#define TYPE_STATIC_SIZE(type) ((size_t)((type)->gcrt_reserved & 0xffffff))

/* ---- type_mro.c */
int type_mro_compute(PyTypeObject *type);
PyObject *type_mro_default(PyTypeObject *type);
/* Subclasses are known weakly: the block they are listed in is not scanned. */
typedef struct type_subclasses {
    size_t count, capacity;
    PyTypeObject *items[];
} type_subclasses;
int type_add_subclass(PyTypeObject *base, PyTypeObject *type);
void type_remove_subclass(PyTypeObject *base, PyTypeObject *type);
PyObject *type_subclass_list(PyTypeObject *type);
/* Collector's end of cycle: forget the dead. */
void type_prune_subclasses(void);

/* ---- type_slots.c */
void type_inherit_slots(PyTypeObject *type);
int type_add_slot_wrappers(PyTypeObject *type);
/* Make the C slots of a heap type agree with its MRO's dicts. */
void type_fix_slots(PyTypeObject *type);
/* The same after `name` was set or deleted, for the subclasses too. */
void type_update_slot(PyTypeObject *type, PyObject *name);
void type_update_flags(PyTypeObject *type);
int type_slots_init(void);

/* ---- type_new.c */
PyObject *type_new(PyTypeObject *metatype, PyObject *args, PyObject *kwds);
PyTypeObject *type_best_base(PyObject *bases);
/* The type, or nearest base, that fixes how its instances are laid out. */
PyTypeObject *type_solid_base(PyTypeObject *type);

/* ---- type_attrs.c */
extern PyMethodDef type_methods[];
extern PyGetSetDef type_getsets[];
/* Add the names of cls's attributes and its bases' to a dict. */
int type_merge_class_dict(PyObject *names, PyObject *cls);

/* ---- typeobject.c */
PyObject *type_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames);
PyObject *type_dict_get(PyTypeObject *type, PyObject *name);
void type_clear_cache(void);

/* ---- object_type.c */
PyObject *object_new(PyTypeObject *type, PyObject *args, PyObject *kwds);
int object_init(PyObject *self, PyObject *args, PyObject *kwds);
void object_dealloc(PyObject *self);
int object_excess_args(PyTypeObject *type, int in_new);
int object_refuse_abstract(PyTypeObject *type);

/* ---- object_reduce.c */
PyObject *object_reduce(PyObject *self, PyObject *unused);
PyObject *object_reduce_ex(PyObject *self, PyObject *protocol);
PyObject *object_getstate(PyObject *self, PyObject *unused);

/* ---- descr.c: the two parts of a docstring "name(args)\n--\n\ntext"; None when there is no such part. */
PyObject *descr_text_signature(const char *name, const char *doc);
PyObject *descr_doc(const char *name, const char *doc);

/* ---- abstract_object.c: isinstance and issubclass without asking the class. */
int abstract_real_isinstance(PyObject *op, PyObject *cls);
int abstract_real_issubclass(PyObject *sub, PyObject *cls);

/* ---- genericalias.c, for unions too: type variables in args; args with item's types for them; text */
PyObject *genericalias_parameters(PyObject *args);
PyObject *genericalias_substitute(PyObject *self, PyObject *args, PyObject *parameters, PyObject *item);
PyObject *genericalias_repr_item(PyObject *item);

/* ---- shape.c */
extern PyTypeObject gcrt_shape_type;
gcrt_shape *shape_root_sized(PyTypeObject *type, uint32_t inline_slots);
/* Move the instance's attributes to shapes of another type with the same layout (__class__ = ...). */
int instance_reclass(PyObject *self, gcrt_record *record, PyTypeObject *type);
void shape_clear_cache(void);
/* names of the attributes in order, as a list. */
PyObject *shape_names(gcrt_shape *shape);

/* ---- object_attr.c: raise AttributeError for obj; returns NULL. */
PyObject *descr_not_found(PyObject *obj, PyObject *name);
/* A method that looks attributes up has failed: its AttributeError, where it says nothing else, is about this one. */
PyObject *descr_missing_by(PyObject *obj, PyObject *name);

/* ---- classmethod.c: the Python function that a classmethod binds to the class; NULL: another object. */
PyObject *classmethod_function(PyObject *descr);

/* ---- namespace.c */
extern PyTypeObject gcrt_namespace_type;

/* ---- unionobject.c: X | Y of types */
extern PyTypeObject gcrt_union_type;
PyObject *union_or(PyObject *a, PyObject *b);
#endif
