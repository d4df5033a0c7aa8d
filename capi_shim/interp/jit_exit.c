/* jit_exit.c: from a frame state of compiled code to interpreter frames. */
#include "jit_runtime.h"
#include "iters.h"
#include "number_fast.h"
#include "tuple.h"

/* Objects made by one exit; more are never shared by REF (the compiler keeps to it). */
enum { MAX_MADE = 64 };

typedef struct {
    const uint64_t *recipe;
    const uint64_t *values;
    PyObject *made[MAX_MADE];
    uint32_t n_made;
    int failed;
} reader;

static PyObject *make(reader *r);

static uint32_t
reserve(reader *r)
{
    return r->n_made++;
}

static PyObject *
keep(reader *r, uint32_t number, PyObject *op)
{
    if (number < MAX_MADE)
        r->made[number] = op;
    if (op == NULL)
        r->failed = 1;
    return op;
}

static PyObject *
make_tuple(reader *r, uint32_t n)
{
    uint32_t number = reserve(r);
    if (n == 0)
        return keep(r, number, PyTuple_New(0));
    PyTupleObject *tuple = tuple_alloc(n);
    for (uint32_t i = 0; i < n; i++) {
        PyObject *item = make(r);
        if (tuple != NULL)
            tuple->ob_item[i] = item;
    }
    return keep(r, number, (PyObject *)tuple);
}

/* A raw int that describes an iterator's position. */
static int64_t
make_word(reader *r)
{
    uint64_t word = *r->recipe++;
    switch (word & 0xff) {
    case JIT_RECIPE_INT:
        return (int64_t)r->values[word >> 8];
    case JIT_RECIPE_RAW:
        return (int64_t)*r->recipe++;
    case JIT_RECIPE_CONST:
        return gcrt_int_value((void *)(uintptr_t)*r->recipe++);
    default:
        Py_FatalError("compiled code: an exit's recipe has no number where one belongs");
    }
}

static PyObject *
make_range(reader *r)
{
    uint32_t number = reserve(r);
    PyObject *args[3];
    for (int i = 0; i < 3; i++)
        args[i] = make(r);
    return keep(r, number, PyObject_Vectorcall((PyObject *)&PyRange_Type, args, 3, NULL));
}

static PyObject *
make_range_iter(reader *r)
{
    uint32_t number = reserve(r);
    gcrt_range_iter *it = (gcrt_range_iter *)gcrt_new(&PyRangeIter_Type, sizeof *it);
    int64_t current = make_word(r), remaining = make_word(r), step = make_word(r);
    if (it != NULL) {
        it->current = current;
        it->remaining = remaining;
        it->step = step;
    }
    return keep(r, number, (PyObject *)it);
}

static PyObject *
move_range_iter(reader *r)
{
    uint32_t number = reserve(r);
    gcrt_range_iter *it = (gcrt_range_iter *)make(r);
    it->current = make_word(r);
    it->remaining = make_word(r);
    make_word(r); /* the step never changes */
    return keep(r, number, (PyObject *)it);
}

static PyObject *
make_sequence_iter(reader *r, PyTypeObject *type)
{
    uint32_t number = reserve(r);
    gcrt_list_iter *it = (gcrt_list_iter *)gcrt_new(type, sizeof *it);
    int64_t index = make_word(r);
    PyObject *sequence = make(r);
    if (it != NULL) {
        it->index = index;
        it->list = (PyListObject *)sequence;
    }
    return keep(r, number, (PyObject *)it);
}
_Static_assert(sizeof(gcrt_list_iter) == sizeof(gcrt_tuple_iter), "one maker for both");

static PyObject *
make_enumerate(reader *r)
{
    uint32_t number = reserve(r);
    gcrt_enumerate *it = (gcrt_enumerate *)gcrt_new(&PyEnum_Type, sizeof *it);
    int64_t count = make_word(r);
    PyObject *inner = make(r);
    if (it != NULL) {
        it->count = count;
        it->iter = inner;
    }
    return keep(r, number, (PyObject *)it);
}

static PyObject *
make_zip(reader *r, uint32_t n)
{
    uint32_t number = reserve(r);
    gcrt_zip *it = (gcrt_zip *)gcrt_new(&PyZip_Type, sizeof *it);
    PyTupleObject *iters = tuple_alloc(n);
    for (uint32_t i = 0; i < n; i++) {
        PyObject *item = make(r);
        if (iters != NULL)
            iters->ob_item[i] = item;
    }
    if (it != NULL)
        it->iters = (PyObject *)iters;
    return keep(r, number, iters == NULL ? NULL : (PyObject *)it);
}

static PyObject *
make_method(reader *r)
{
    uint32_t number = reserve(r);
    PyObject *func = make(r), *self = make(r);
    return keep(r, number, PyMethod_New(func, self));
}

static PyObject *
make_list_slice(reader *r)
{
    uint32_t number = reserve(r);
    PyObject *list = make(r);
    int64_t start = make_word(r), stop = make_word(r), step = make_word(r);
    return keep(r, number, jit_list_slice_int(list, start, stop, step));
}

static PyObject *
checked(reader *r, PyObject *op)
{
    if (op == NULL)
        r->failed = 1;
    return op;
}

static PyObject *
make(reader *r)
{
    uint64_t word = *r->recipe++;
    uint32_t argument = (uint32_t)(word >> 8);
    double d;
    switch ((enum jit_recipe)(word & 0xff)) {
    case JIT_RECIPE_NULL:
        return NULL;
    case JIT_RECIPE_CONST:
        return (PyObject *)(uintptr_t)*r->recipe++;
    case JIT_RECIPE_OBJECT:
        return (PyObject *)(uintptr_t)r->values[argument];
    case JIT_RECIPE_INT:
        return checked(r, long_box((int64_t)r->values[argument]));
    case JIT_RECIPE_FLOAT:
        memcpy(&d, &r->values[argument], sizeof d);
        return checked(r, float_box(d));
    case JIT_RECIPE_BOOL:
        return r->values[argument] ? Py_True : Py_False;
    case JIT_RECIPE_TUPLE:
        return make_tuple(r, argument);
    case JIT_RECIPE_REF:
        return argument < MAX_MADE ? r->made[argument] : NULL;
    case JIT_RECIPE_RANGE:
        return make_range(r);
    case JIT_RECIPE_RANGE_ITER:
        return make_range_iter(r);
    case JIT_RECIPE_LIST_ITER:
        return make_sequence_iter(r, &PyListIter_Type);
    case JIT_RECIPE_TUPLE_ITER:
        return make_sequence_iter(r, &PyTupleIter_Type);
    case JIT_RECIPE_ENUMERATE:
        return make_enumerate(r);
    case JIT_RECIPE_ZIP:
        return make_zip(r, argument);
    case JIT_RECIPE_METHOD:
        return make_method(r);
    case JIT_RECIPE_RANGE_ITER_AT:
        return move_range_iter(r);
    case JIT_RECIPE_LIST_SLICE:
        return make_list_slice(r);
    case JIT_RECIPE_RAW:
    case JIT_RECIPE_COUNT:
        break;
    }
    Py_FatalError("compiled code: an exit's recipe is damaged");
}

/* Fill one frame; `base` is given for the outermost, the others are pushed.  NULL: no room. */
static gcrt_frame *
make_frame(PyThreadState *ts, reader *r, gcrt_frame *base)
{
    PyCodeObject *code = (PyCodeObject *)(uintptr_t)*r->recipe++;
    uint64_t place = *r->recipe++;
    PyFunctionObject *func = (PyFunctionObject *)make(r);
    PyObject *init_self = make(r);
    gcrt_frame *frame = base != NULL ? base : frame_push_raw(ts, func, code);
    if (frame == NULL)
        return NULL;
    uint32_t n = code->n_localsplus + (uint32_t)(place >> 32);
    frame->pc = code->insns + (uint32_t)place;
    frame->sp = frame->slots + n;
    if (init_self != NULL) {
        frame->init_self = init_self;
        frame->flags |= GCRT_FRAME_INIT;
    }
    /* Zero first: making the values may collect, and the stack is scanned. */
    memset(frame->slots, 0, n * sizeof frame->slots[0]);
    for (uint32_t i = 0; i < n; i++)
        frame->slots[i] = make(r);
    return frame;
}

PyObject *
jit_leave(PyThreadState *ts, gcrt_frame *frame, jit_exit *exit, const uint64_t *values)
{
    reader r = {.recipe = exit->recipe, .values = values};
    gcrt_frame *top = NULL;
    int mode = (int)exit->mode;
    gcrt_jit_stats_.side_exits += mode == GCRT_RESUME_NEXT;
    exit->count++;
    if (exit->limit != 0 && exit->count == exit->limit)
        jit_discard(exit->code);
    if (mode == GCRT_RESUME_RAISE && ts->exception == NULL)
        PyErr_SetString(PyExc_SystemError, "error return without exception set");
    /* Frames that compiled code linked for inlined functions are made anew. */
    for (gcrt_frame *f = ts->frame; f != frame; f = f->back) {
        if (f->object != NULL)
            frame_detach(f);
    }
    ts->frame = frame;
    if (!(frame->flags & GCRT_FRAME_GENERATOR))
        ts->stack_top = (char *)frame + frame_size(frame->code);
    frame->flags &= ~(uint32_t)GCRT_FRAME_JIT;
    for (uint32_t i = 0; i < exit->n_frames; i++) {
        gcrt_frame *next = make_frame(ts, &r, i == 0 ? frame : NULL);
        if (next == NULL) { /* RecursionError, as if raised by the call */
            mode = GCRT_RESUME_RAISE;
            break;
        }
        top = next;
    }
    if (mode == GCRT_RESUME_NEXT && top != NULL)
        eval_attr_sample(top->pc);
    if (r.failed && mode == GCRT_RESUME_NEXT)
        mode = GCRT_RESUME_RAISE; /* MemoryError is set */
    if (exit->loop)
        return mode == GCRT_RESUME_RAISE ? GCRT_JIT_LEFT_RAISE : GCRT_JIT_LEFT_NEXT;
    return interp_resume(ts, top, frame, mode);
}
