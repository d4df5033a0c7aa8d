/* capsule.c: C pointers as objects.  Those with a destructor are registered for dying; the others cost
 * nothing to forget. */
#include "runtime.h"

typedef struct {
    PyObject_HEAD
    void *pointer;
    const char *name;
    void *context;
    PyCapsule_Destructor destructor;
} capsule;

static void
capsule_trace(PyObject *self, size_t size, gc_tracer *t)
{
    gc_visit_range(t, self, size / sizeof(void *));
}

/* Reached by registered capsules only: the type itself asks for no registration. */
static void
capsule_dealloc(PyObject *self)
{
    capsule *c = (capsule *)self;
    if (c->destructor != NULL)
        c->destructor(self);
    PyObject_Free(self);
}

PyObject *
PyCapsule_New(void *pointer, const char *name, PyCapsule_Destructor destructor)
{
    if (pointer == NULL) {
        PyErr_SetString(PyExc_ValueError, "PyCapsule_New called with null pointer");
        return NULL;
    }
    capsule *c = (capsule *)gc_alloc(gcrt_ts->gc, sizeof(capsule), GC_TRACED);
    if (c == NULL)
        return PyErr_NoMemory();
    c->ob_base.ob_type = &PyCapsule_Type;
    c->pointer = pointer;
    c->name = name;
    c->destructor = destructor;
    if (destructor != NULL && gc_dying_register(c, GC_DYING_DEALLOC | GC_DYING_FREES) < 0)
        return PyErr_NoMemory();
    return (PyObject *)c;
}

/* The capsule, or NULL with ValueError that says which function got something else. */
static capsule *
legal(PyObject *op, const char *message)
{
    if (op != NULL && PyCapsule_CheckExact(op) && ((capsule *)op)->pointer != NULL)
        return (capsule *)op;
    PyErr_SetString(PyExc_ValueError, message);
    return NULL;
}

static int
same_name(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

int
PyCapsule_IsValid(PyObject *op, const char *name)
{
    return op != NULL && PyCapsule_CheckExact(op) && ((capsule *)op)->pointer != NULL
           && same_name(((capsule *)op)->name, name);
}

void *
PyCapsule_GetPointer(PyObject *op, const char *name)
{
    capsule *c = legal(op, "PyCapsule_GetPointer called with invalid PyCapsule object");
    if (c == NULL)
        return NULL;
    if (!same_name(name, c->name)) {
        PyErr_SetString(PyExc_ValueError, "PyCapsule_GetPointer called with incorrect name");
        return NULL;
    }
    return c->pointer;
}

const char *
PyCapsule_GetName(PyObject *op)
{
    capsule *c = legal(op, "PyCapsule_GetName called with invalid PyCapsule object");
    return c == NULL ? NULL : c->name;
}

PyCapsule_Destructor
PyCapsule_GetDestructor(PyObject *op)
{
    capsule *c = legal(op, "PyCapsule_GetDestructor called with invalid PyCapsule object");
    return c == NULL ? NULL : c->destructor;
}

void *
PyCapsule_GetContext(PyObject *op)
{
    capsule *c = legal(op, "PyCapsule_GetContext called with invalid PyCapsule object");
    return c == NULL ? NULL : c->context;
}

int
PyCapsule_SetPointer(PyObject *op, void *pointer)
{
    capsule *c = legal(op, "PyCapsule_SetPointer called with invalid PyCapsule object");
    if (c == NULL)
        return -1;
    if (pointer == NULL) {
        PyErr_SetString(PyExc_ValueError, "PyCapsule_SetPointer called with null pointer");
        return -1;
    }
    c->pointer = pointer;
    return 0;
}

int
PyCapsule_SetName(PyObject *op, const char *name)
{
    capsule *c = legal(op, "PyCapsule_SetName called with invalid PyCapsule object");
    if (c == NULL)
        return -1;
    c->name = name;
    return 0;
}

int
PyCapsule_SetDestructor(PyObject *op, PyCapsule_Destructor destructor)
{
    capsule *c = legal(op, "PyCapsule_SetDestructor called with invalid PyCapsule object");
    if (c == NULL)
        return -1;
    if (c->destructor == NULL && destructor != NULL && gc_dying_register(c, GC_DYING_DEALLOC | GC_DYING_FREES) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    c->destructor = destructor;
    return 0;
}

int
PyCapsule_SetContext(PyObject *op, void *context)
{
    capsule *c = legal(op, "PyCapsule_SetContext called with invalid PyCapsule object");
    if (c == NULL)
        return -1;
    c->context = context;
    return 0;
}

/* name: "package.module.attribute"; the capsule's own name must be the same. */
void *
PyCapsule_Import(const char *name, int no_block)
{
    char *copy = PyMem_Malloc(strlen(name) + 1);
    PyObject *op = NULL;
    (void)no_block;
    if (copy == NULL)
        return PyErr_NoMemory();
    strcpy(copy, name);
    for (char *part = copy, *dot; part != NULL; part = dot) {
        dot = strchr(part, '.');
        if (dot != NULL)
            *dot++ = '\0';
        if (op == NULL) {
            op = PyImport_ImportModule(part);
            if (op == NULL)
                PyErr_Format(PyExc_ImportError, "PyCapsule_Import could not import module \"%s\"", part);
        }
        else {
            op = PyObject_GetAttrString(op, part);
        }
        if (op == NULL)
            break;
    }
    PyMem_Free(copy);
    if (op == NULL)
        return NULL;
    if (PyCapsule_IsValid(op, name))
        return ((capsule *)op)->pointer;
    PyErr_Format(PyExc_AttributeError, "PyCapsule_Import \"%s\" is not valid", name);
    return NULL;
}

static PyObject *
capsule_repr(PyObject *self)
{
    capsule *c = (capsule *)self;
    const char *quote = c->name == NULL ? "" : "\"";
    return PyUnicode_FromFormat("<capsule object %s%s%s at %p>", quote, c->name == NULL ? "NULL" : c->name, quote,
                                c);
}

PyTypeObject PyCapsule_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "PyCapsule",
    .tp_basicsize = sizeof(capsule),
    .tp_dealloc = capsule_dealloc,
    .tp_repr = capsule_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .gcrt_trace = capsule_trace,
};
