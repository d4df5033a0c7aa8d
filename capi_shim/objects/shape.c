/* shape.c: hidden classes of instances of Python classes (layout: runtime.h).
 *
 * The shapes of a type form trees, one tree for each number of inline slots that its instances have had.
 *
 *     type->gcrt_root_shape -> root (count 0, the size that new instances get)
 *                                |- transitions: name -> shape with one attribute more
 *                                `- table: the root's dictionary-mode shape
 *                                            `- transitions: the type's next (older) root
 *
 * A parent keeps its children; a child keeps its parent, and so all the names it stands for.
 * `transitions` is the only child itself while n_transitions is 1, and a hash table of children after
 * that.  `table` of a shape with more than SHAPE_WALK attributes is a hash table of names: not scanned,
 * for the chain of parents holds the names. */
#include "typeobject.h"

enum { SHAPE_WALK = 8, SHAPE_MAX_COUNT = 256, SHAPE_MAX_CHILDREN = 512, SHAPE_MAX_INLINE = 63,
       SHAPE_FIRST_INLINE = 3, SHAPE_MAX_ROOTS = 8, SHAPE_CACHE_SIZE = 1024 };

typedef struct shape_entry {
    PyObject *name;
    size_t index;
} shape_entry;
typedef struct shape_table {
    size_t mask;
    shape_entry entries[];
} shape_table;
typedef struct shape_children {
    size_t mask;
    gcrt_shape *items[];
} shape_children;

static void
shape_trace(PyObject *self, size_t size, gc_tracer *t)
{
    gcrt_shape *shape = (gcrt_shape *)self;
    (void)size;
    gc_visit(t, (uintptr_t)shape->type);
    gc_visit(t, (uintptr_t)shape->parent);
    gc_visit(t, (uintptr_t)shape->name);
    gc_visit(t, (uintptr_t)shape->transitions);
    gc_visit(t, (uintptr_t)shape->table);
}

PyTypeObject gcrt_shape_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "gcrt.shape",
    .tp_basicsize = sizeof(gcrt_shape),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .gcrt_trace = shape_trace,
};

static inline size_t
name_hash(PyObject *name)
{
    size_t h = (uintptr_t)name >> 4;
    return h ^ (h >> 9);
}

static gcrt_shape *
new_shape(PyTypeObject *type, gcrt_shape *parent, PyObject *name, uint32_t inline_slots)
{
    gcrt_shape *shape = (gcrt_shape *)gcrt_new(&gcrt_shape_type, sizeof(gcrt_shape));
    if (shape == NULL)
        return NULL;
    shape->type = type;
    shape->parent = parent;
    shape->name = name;
    shape->count = parent == NULL ? 0 : parent->count + 1;
    shape->inline_slots = inline_slots;
    return shape;
}

static gcrt_shape *
new_root(PyTypeObject *type, uint32_t inline_slots)
{
    gcrt_shape *root = new_shape(type, NULL, NULL, inline_slots);
    if (root == NULL)
        return NULL;
    gcrt_shape *dict_mode = new_shape(type, NULL, NULL, inline_slots);
    if (dict_mode == NULL)
        return NULL;
    dict_mode->is_dict = 1;
    gc_store(root, &root->table, dict_mode);
    return root;
}

/* ---- roots */

static inline gcrt_shape *
dict_mode_of_root(gcrt_shape *root)
{
    return (gcrt_shape *)root->table;
}

static void
push_root(PyTypeObject *type, gcrt_shape *root)
{
    gc_store(dict_mode_of_root(root), &dict_mode_of_root(root)->transitions, type->gcrt_root_shape);
    gc_store(type, &type->gcrt_root_shape, root);
}

gcrt_shape *
shape_root_sized(PyTypeObject *type, uint32_t inline_slots)
{
    gcrt_shape *root = type->gcrt_root_shape;
    for (; root != NULL; root = (gcrt_shape *)dict_mode_of_root(root)->transitions) {
        if (root->inline_slots == inline_slots)
            return root;
    }
    root = new_root(type, inline_slots);
    if (root == NULL)
        return NULL;
    if (type->gcrt_root_shape == NULL) {
        push_root(type, root);
    }
    else {
        /* Behind the first, which new instances go on using. */
        gcrt_shape *first = dict_mode_of_root(type->gcrt_root_shape);
        gc_store(root->table, &dict_mode_of_root(root)->transitions, first->transitions);
        gc_store(first, &first->transitions, root);
    }
    return root;
}

/* New instances get as many inline slots as earlier ones turned out to need; how often a type may
 * change its mind is bounded, since each root starts a tree of its own. */
gcrt_shape *
shape_root(PyTypeObject *type)
{
    gcrt_shape *root = type->gcrt_root_shape;
    if (GCRT_LIKELY(root != NULL && root->inline_slots == type->gcrt_inline_slots))
        return root;
    if (type->gcrt_inst_offset < 0) {
        type->gcrt_inline_slots = 0;
    }
    else if (root == NULL) {
        uint32_t guess = code_guess_attributes(type);
        guess = guess < SHAPE_FIRST_INLINE ? SHAPE_FIRST_INLINE : guess | 1;
        if (type->gcrt_inline_slots < guess)
            type->gcrt_inline_slots = guess;
    }
    else if (root != NULL) {
        if (type->gcrt_reserved >> 24 >= SHAPE_MAX_ROOTS) {
            type->gcrt_inline_slots = root->inline_slots;
            return root;
        }
        type->gcrt_reserved += 1u << 24;
    }
    gcrt_shape *fresh = new_root(type, type->gcrt_inline_slots);
    if (fresh == NULL) {
        if (root == NULL)
            return NULL;
        PyErr_Clear();
        type->gcrt_inline_slots = root->inline_slots;
        return root;
    }
    push_root(type, fresh);
    return fresh;
}

static gcrt_shape *
root_of(gcrt_shape *shape)
{
    while (shape->parent != NULL)
        shape = shape->parent;
    return shape;
}

/* ---- lookup */

static int
build_table(gcrt_shape *shape)
{
    size_t size = 16;
    while (size < (size_t)shape->count * 2)
        size *= 2;
    shape_table *table = gcrt_alloc_leaf(sizeof(shape_table) + size * sizeof(shape_entry));
    if (table == NULL)
        return -1;
    table->mask = size - 1;
    for (gcrt_shape *s = shape; s->parent != NULL; s = s->parent) {
        size_t i = name_hash(s->name) & table->mask;
        while (table->entries[i].name != NULL)
            i = (i + 1) & table->mask;
        table->entries[i].name = s->name;
        table->entries[i].index = s->count - 1;
    }
    gc_store(shape, &shape->table, table);
    return 0;
}

static Py_ssize_t
table_lookup(shape_table *table, PyObject *name)
{
    size_t i = name_hash(name) & table->mask;
    for (;;) {
        shape_entry *e = &table->entries[i];
        if (e->name == name)
            return (Py_ssize_t)e->index;
        if (e->name == NULL)
            return -1;
        i = (i + 1) & table->mask;
    }
}

static Py_ssize_t
walk_lookup(gcrt_shape *shape, PyObject *name)
{
    for (gcrt_shape *s = shape; s->parent != NULL; s = s->parent) {
        if (s->name == name)
            return (Py_ssize_t)s->count - 1;
    }
    return -1;
}

/* Answers for places that see many shapes.  Shapes don't change; the cache is emptied by each collection,
 * lest it keep any alive or outlive one. */
static struct {
    gcrt_shape *shape;
    PyObject *name;
    Py_ssize_t index;
} cache[SHAPE_CACHE_SIZE];

void
shape_clear_cache(void)
{
    memset(cache, 0, sizeof cache);
}

static Py_ssize_t
full_lookup(gcrt_shape *shape, PyObject *name)
{
    if (shape->count > SHAPE_WALK) {
        if (shape->table != NULL || build_table(shape) == 0)
            return table_lookup((shape_table *)shape->table, name);
        PyErr_Clear();
    }
    return walk_lookup(shape, name);
}

Py_ssize_t
shape_lookup(gcrt_shape *shape, PyObject *name)
{
    if (shape->count <= 2)
        return walk_lookup(shape, name);
    size_t h = ((uintptr_t)shape >> 5) ^ ((uintptr_t)name >> 4);
    size_t i = (h ^ (h >> 10)) & (SHAPE_CACHE_SIZE - 1);
    if (GCRT_LIKELY(cache[i].shape == shape && cache[i].name == name))
        return cache[i].index;
    /* The lookup may build a table, and so collect: fill the cache afterwards. */
    Py_ssize_t index = full_lookup(shape, name);
    cache[i].shape = shape;
    cache[i].name = name;
    cache[i].index = index;
    return index;
}

/* For stores: shapes that are only passed through on the way to a larger one get no table. */
static Py_ssize_t
store_lookup(gcrt_shape *shape, PyObject *name)
{
    return shape->table != NULL ? table_lookup((shape_table *)shape->table, name)
                                : walk_lookup(shape, name);
}

/* ---- transitions */

static gcrt_shape *
find_child(gcrt_shape *shape, PyObject *name)
{
    if (shape->n_transitions == 0)
        return NULL;
    if (shape->n_transitions == 1) {
        gcrt_shape *child = (gcrt_shape *)shape->transitions;
        return child->name == name ? child : NULL;
    }
    shape_children *children = (shape_children *)shape->transitions;
    for (size_t i = name_hash(name);; i++) {
        gcrt_shape *child = children->items[i & children->mask];
        if (child == NULL || child->name == name)
            return child;
    }
}

static void
put_child(shape_children *children, gcrt_shape *child)
{
    size_t i = name_hash(child->name) & children->mask;
    while (children->items[i] != NULL)
        i = (i + 1) & children->mask;
    gc_store(children, &children->items[i], child);
}

static int
add_child(gcrt_shape *shape, gcrt_shape *child)
{
    uint32_t n = shape->n_transitions;
    if (n == 0) {
        gc_store(shape, &shape->transitions, child);
        shape->n_transitions = 1;
        return 0;
    }
    shape_children *old = n == 1 ? NULL : (shape_children *)shape->transitions;
    if (old == NULL || (n + 1) * 2 > old->mask + 1) {
        size_t size = old == NULL ? 8 : (old->mask + 1) * 2;
        shape_children *fresh = gcrt_alloc_words(1 + size);
        if (fresh == NULL)
            return -1;
        fresh->mask = size - 1;
        if (old == NULL) {
            put_child(fresh, (gcrt_shape *)shape->transitions);
        }
        else {
            for (size_t i = 0; i <= old->mask; i++) {
                if (old->items[i] != NULL)
                    put_child(fresh, old->items[i]);
            }
        }
        put_child(fresh, child);
        gc_store(shape, &shape->transitions, fresh);
    }
    else {
        put_child(old, child);
    }
    shape->n_transitions = n + 1;
    return 0;
}

gcrt_shape *
shape_add(gcrt_shape *shape, PyObject *name)
{
    gcrt_shape *child = find_child(shape, name);
    if (child != NULL)
        return child;
    child = new_shape(shape->type, shape, name, shape->inline_slots);
    if (child == NULL || add_child(shape, child) < 0)
        return NULL;
    return child;
}

PyObject *
shape_names(gcrt_shape *shape)
{
    PyObject *list = PyList_New(shape->count);
    if (list == NULL)
        return NULL;
    for (gcrt_shape *s = shape; s->parent != NULL; s = s->parent)
        PyList_SET_ITEM(list, s->count - 1, s->name);
    return list;
}

/* ---- attributes of an instance */

/* Memory that foreign code allocated and PyObject_Init'ed has room for the record only. */
static gcrt_shape *
instance_shape(PyObject *self, gcrt_record *record)
{
    if (GCRT_LIKELY(record->shape != NULL))
        return record->shape;
    gcrt_shape *root = shape_root_sized(Py_TYPE(self), 0);
    if (root != NULL)
        gc_store(self, &record->shape, root);
    return root;
}

static inline PyObject **
slot_at(PyObject *self, gcrt_record *record, gcrt_shape *shape, size_t i)
{
    if (GCRT_LIKELY(i < shape->inline_slots))
        return (PyObject **)((char *)self + shape->type->tp_basicsize) + i;
    return (PyObject **)record->extra + (i - shape->inline_slots);
}

PyObject *
instance_get(PyObject *self, gcrt_record *record, PyObject *name)
{
    gcrt_shape *shape = record->shape;
    if (GCRT_UNLIKELY(shape == NULL))
        return NULL;
    if (GCRT_UNLIKELY(shape->is_dict)) {
        PyObject *dict = record->extra;
        if (dict == NULL)
            return NULL;
        if (((PyDictObject *)dict)->str_keys_only && PyDict_CheckExact(dict))
            return dict_get_str(dict, name);
        return PyDict_GetItemWithError(dict, name);
    }
    Py_ssize_t i = shape_lookup(shape, name);
    return i < 0 ? NULL : *slot_at(self, record, shape, (size_t)i);
}

static int
reserve_extra(PyObject *self, gcrt_record *record, size_t needed)
{
    size_t have = record->extra == NULL ? 0 : gc_object_size(record->extra) / sizeof(PyObject *);
    if (needed <= have)
        return 0;
    PyObject **fresh = gcrt_alloc_words(needed < 4 ? 4 : needed + needed / 2);
    if (fresh == NULL)
        return -1;
    if (have > 0)
        memcpy(fresh, record->extra, have * sizeof(PyObject *));
    gc_store(self, &record->extra, fresh);
    return 0;
}

static int
append_attribute(PyObject *self, gcrt_record *record, gcrt_shape *shape, PyObject *name, PyObject *value)
{
    gcrt_shape *next = shape_add(shape, name);
    if (next == NULL)
        return -1;
    size_t i = shape->count;
    if (i >= shape->inline_slots) {
        if (reserve_extra(self, record, i - shape->inline_slots + 1) < 0)
            return -1;
        uint32_t wanted = (uint32_t)(i + 1) | 1;
        PyTypeObject *type = shape->type;
        if (wanted > type->gcrt_inline_slots && wanted <= SHAPE_MAX_INLINE && type->gcrt_inst_offset > 0)
            type->gcrt_inline_slots = wanted;
    }
    gc_store(self, slot_at(self, record, shape, i), value);
    gc_store(self, &record->shape, next);
    return 0;
}

/* The shape with the same attributes but `name`, in the same tree. */
static gcrt_shape *
shape_without(gcrt_shape *shape, PyObject *name)
{
    if (shape->name == name)
        return shape->parent;
    gcrt_shape *rest = shape_without(shape->parent, name);
    return rest == NULL ? NULL : shape_add(rest, shape->name);
}

static int
delete_attribute(PyObject *self, gcrt_record *record, gcrt_shape *shape, PyObject *name)
{
    Py_ssize_t at = shape_lookup(shape, name);
    if (at < 0)
        return 1;
    gcrt_shape *next = shape_without(shape, name);
    if (next == NULL)
        return -1;
    size_t last = shape->count - 1;
    for (size_t i = (size_t)at; i < last; i++)
        gc_store(self, slot_at(self, record, shape, i), *slot_at(self, record, shape, i + 1));
    *slot_at(self, record, shape, last) = NULL;
    gc_store(self, &record->shape, next);
    return 0;
}

static int
set_in_dict(PyObject *dict, PyObject *name, PyObject *value)
{
    if (value != NULL)
        return PyDict_SetItem(dict, name, value);
    int found = PyDict_Contains(dict, name);
    if (found <= 0)
        return found < 0 ? -1 : 1;
    return PyDict_DelItem(dict, name);
}

int
instance_set(PyObject *self, gcrt_record *record, PyObject *name, PyObject *value)
{
    gcrt_shape *shape = instance_shape(self, record);
    if (GCRT_UNLIKELY(shape == NULL))
        return -1;
    if (GCRT_LIKELY(!shape->is_dict)) {
        if (value == NULL)
            return delete_attribute(self, record, shape, name);
        Py_ssize_t i = shape->parent == NULL ? -1 : store_lookup(shape, name);
        if (i >= 0) {
            gc_store(self, slot_at(self, record, shape, (size_t)i), value);
            return 0;
        }
        if (shape->count < SHAPE_MAX_COUNT && shape->n_transitions < SHAPE_MAX_CHILDREN)
            return append_attribute(self, record, shape, name, value);
    }
    PyObject *dict = instance_dict(self, record);
    return dict == NULL ? -1 : set_in_dict(dict, name, value);
}

static void
forget_slots(PyObject *self, gcrt_record *record, gcrt_shape *shape)
{
    size_t n = shape->count < shape->inline_slots ? shape->count : shape->inline_slots;
    for (size_t i = 0; i < n; i++)
        *slot_at(self, record, shape, i) = NULL;
}

static void
enter_dict_mode(PyObject *self, gcrt_record *record, gcrt_shape *shape, PyObject *dict)
{
    if (!shape->is_dict) {
        forget_slots(self, record, shape);
        gc_store(self, &record->extra, dict);
        gc_store(self, &record->shape, dict_mode_of_root(root_of(shape)));
    }
    else {
        gc_store(self, &record->extra, dict);
    }
}

PyObject *
instance_dict(PyObject *self, gcrt_record *record)
{
    gcrt_shape *shape = instance_shape(self, record);
    if (shape == NULL)
        return NULL;
    if (shape->is_dict && record->extra != NULL)
        return record->extra;
    PyObject *dict = PyDict_New();
    if (dict == NULL)
        return NULL;
    if (!shape->is_dict && shape->count > 0) {
        PyObject *names = shape_names(shape);
        if (names == NULL)
            return NULL;
        for (size_t i = 0; i < shape->count; i++) {
            PyObject *value = *slot_at(self, record, shape, i);
            if (PyDict_SetItem(dict, PyList_GET_ITEM(names, i), value) < 0)
                return NULL;
        }
    }
    enter_dict_mode(self, record, shape, dict);
    return dict;
}

int
instance_set_dict(PyObject *self, gcrt_record *record, PyObject *dict)
{
    gcrt_shape *shape = instance_shape(self, record);
    if (shape == NULL)
        return -1;
    enter_dict_mode(self, record, shape, dict);
    return 0;
}

int
instance_reclass(PyObject *self, gcrt_record *record, PyTypeObject *type)
{
    gcrt_shape *shape = instance_shape(self, record);
    if (shape == NULL)
        return -1;
    gcrt_shape *next = shape_root_sized(type, shape->inline_slots);
    if (next == NULL)
        return -1;
    if (shape->is_dict) {
        next = dict_mode_of_root(next);
    }
    else if (shape->count > 0) {
        PyObject *names = shape_names(shape);
        for (size_t i = 0; names != NULL && next != NULL && i < shape->count; i++)
            next = shape_add(next, PyList_GET_ITEM(names, i));
        if (names == NULL || next == NULL)
            return -1;
    }
    gc_store(self, &record->shape, next);
    return 0;
}
