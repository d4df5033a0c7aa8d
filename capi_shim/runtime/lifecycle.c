/* lifecycle.c: from gcrt_start to the end of the program.
 *
 * The guest's thread has a C stack of its own (address space only, until it is touched) and a second
 * stack for Python frames.  Both have a guard: the C stack's limit is checked by gcrt_enter_c, the frame
 * stack's by frame_push.  Order of initialisation: collector, names, types, exceptions, builtins, sys,
 * import; nothing of it runs Python code. */
#include <signal.h>
#include <sys/mman.h>

#include "embedder.h"
#include "exceptions.h"
#include "state.h"
#include "typeobject.h"
#include "weakref.h"

enum {
    DEFAULT_STACK = 256 << 20,
    STACK_RESERVE = 768 << 10,     /* left for raising RecursionError and for C libraries */
};

__thread PyThreadState *gcrt_ts __attribute__((tls_model("initial-exec")));
struct _is gcrt_interp;
gcrt_host gcrt_host_callbacks;
struct gcrt_names gcrt_names;
pthread_t gcrt_guest_thread;
static struct _ts main_ts;

static struct {
    const gcrt_config *config;
    pthread_t thread;
    int started;
    char *stack;
    size_t stack_bytes, frame_bytes;
    int status;
    int by_signal;
    gc_stats stats;
    struct timespec t0;
    double startup_s;
    char error[200];
} guest;

PyThreadState *
embedder_main_ts(void)
{
    return &main_ts;
}

/* ------------------------------------------------------------------ tables */

static int
init_names(void)
{
#define NAME(id)                                                                                        \
    gcrt_names.n_##id = PyUnicode_InternFromString(#id);                                                \
    if (gcrt_names.n_##id == NULL)                                                                      \
        return -1;
#include "names.def"
#undef NAME
    return 0;
}

#define TYPE(sym) extern PyTypeObject sym;
#include "types.def"
#undef TYPE

int
gcrt_init_types(void)
{
    static PyTypeObject *const all[] = {
#define TYPE(sym) &sym,
#include "types.def"
#undef TYPE
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(all); i++)
        if (PyType_Ready(all[i]) < 0)
            return -1;
    return 0;
}

/* ------------------------------------------------------------------ recursion, safepoint */

int
gcrt_c_recursion_error(const char *where)
{
    PyThreadState *ts = gcrt_ts;
    char here;
    /* Raising needs some stack: give it the reserve, once. */
    char *limit = ts->c_stack_limit;
    if (&here < limit - STACK_RESERVE / 2)
        Py_FatalError("Cannot recover from stack overflow.");
    ts->c_stack_limit = limit - STACK_RESERVE / 2;
    PyErr_Format(PyExc_RecursionError, "maximum recursion depth exceeded%s", where);
    ts->c_stack_limit = limit;
    return -1;
}

int
gcrt_safepoint(PyThreadState *ts)
{
    uint32_t bits = __atomic_exchange_n(&ts->breaker, 0, __ATOMIC_ACQ_REL);
    PyObject *raised = ts->exception;
    if (bits & GCRT_BREAK_GC) {
        ts->exception = NULL;
        gc_run_pending(ts->gc);
        weakref_run_callbacks();
        ts->exception = raised;
    }
    if ((bits & GCRT_BREAK_SIGNAL) && signals_run_pending() < 0)
        return -1;
    if ((bits & GCRT_BREAK_PENDING_CALL) && Py_MakePendingCalls() < 0)
        return -1;
    return 0;
}

/* ------------------------------------------------------------------ initialisation */

static int
init_thread_state(void)
{
    const gcrt_config *config = guest.config;
    main_ts.interp = &gcrt_interp;
    main_ts.id = 1;
    main_ts.exc_info = &main_ts.exc_base;
    main_ts.recursion_limit = config->recursion_limit > 0 ? config->recursion_limit : 1000;
    main_ts.recursion_left = main_ts.recursion_limit;
    main_ts.c_stack_high = guest.stack + guest.stack_bytes;
    main_ts.c_stack_limit = guest.stack + STACK_RESERVE;
    guest.frame_bytes = config->frame_stack_bytes > 0 ? config->frame_stack_bytes : DEFAULT_STACK;
    char *frames = mmap(NULL, guest.frame_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (frames == MAP_FAILED)
        return -1;
    main_ts.stack_base = main_ts.stack_top = frames;
    main_ts.stack_limit = frames + guest.frame_bytes;
    gcrt_ts = &main_ts;
    return 0;
}

static int
init_collector(void)
{
    gc_options options = {0};
    if (guest.config->gc != NULL)
        options = *guest.config->gc;
    options.watch_old = true;
    options.stress_every = 0; /* begins with the program: see begin_stress */
    embedder_init();
    if (gc_init(&options) < 0)
        return -1;
    main_ts.gc = gc_mutator_attach(guest.stack, guest.stack + guest.stack_bytes);
    if (main_ts.gc == NULL || gc_root_image_add(&main_ts) < 0)
        return -1;
    gc_root_range_add((void *const *)(void *)&main_ts.stack_base, (void *const *)(void *)&main_ts.stack_top);
    return 0;
}

/* 0, or the name of the step that failed. */
static const char *
init_runtime(void)
{
    if (init_thread_state() < 0)
        return "no address space for the frame stack";
    if (init_collector() < 0)
        return "the collector can't reserve its address range";
    gcrt_interp.config = guest.config;
    gcrt_interp.int_max_str_digits = 4300;
    if (init_names() < 0)
        return "interned names";
    if (gcrt_init_types() < 0)
        return "built-in types";
    if (exceptions_init() < 0 || errors_init() < 0)
        return "exceptions";
    gcrt_interp.modules = PyDict_New();
    if (gcrt_interp.modules == NULL || builtins_init() == NULL)
        return "builtins";
    if (sys_init() == NULL || sys_set_config(guest.config) < 0)
        return "sys";
    if (signals_init() < 0)
        return "signals";
    if (import_init() < 0)
        return "import";
    gcrt_interp.initialized = 1;
    return NULL;
}

/* ------------------------------------------------------------------ the end of the program */

static int
flush_stream(const char *name)
{
    PyObject *file = sys_get(name);
    if (file == NULL || file == Py_None)
        return 0;
    PyObject *closed = PyObject_GetAttrString(file, "closed");
    if (closed == NULL)
        PyErr_Clear();
    else if (PyObject_IsTrue(closed) > 0)
        return 0;
    return PyObject_CallMethodNoArgs(file, GCRT_NAME(flush)) == NULL ? -1 : 0;
}

/* 0, or -1 when output was lost. */
static int
flush_std_files(void)
{
    int status = 0;
    PyObject *raised = error_take();
    if (flush_stream("stdout") < 0) {
        PyErr_WriteUnraisable(sys_get("stdout"));
        status = -1;
    }
    if (flush_stream("stderr") < 0) {
        PyErr_Clear();
        status = -1;
    }
    error_restore(raised);
    return status;
}

/* SystemExit's meaning: None is 0, an int is the status, anything else is printed and is 1. */
static int
exit_status_of(PyObject *exc)
{
    PyObject *code = ((PySystemExitObject *)exc)->code;
    if (code == NULL || code == Py_None)
        return 0;
    if (PyLong_Check(code)) {
        int overflow;
        long value = PyLong_AsLongAndOverflow(code, &overflow);
        PyErr_Clear();
        return overflow ? 255 : (int)(value & 0xff);
    }
    flush_std_files();
    PyObject *err = sys_get("stderr");
    if (err == NULL || err == Py_None || PyFile_WriteObject(code, err, Py_PRINT_RAW) < 0 ||
        PyFile_WriteString("\n", err) < 0)
        PyErr_Clear();
    return 1;
}

int
lifecycle_handle_exception(void)
{
    PyObject *exc = gcrt_ts->exception;
    if (exc == NULL)
        return 0;
    if (PyObject_TypeCheck(exc, &exc_SystemExit)) {
        PyErr_Clear();
        return exit_status_of(exc);
    }
    int interrupted = PyObject_TypeCheck(exc, &exc_KeyboardInterrupt);
    PyErr_Print();
    if (interrupted)
        guest.by_signal = SIGINT;
    return interrupted ? 130 : 1;
}

static void
finish(void)
{
    PyThreadState *ts = gcrt_ts;
    threading_shutdown();
    atexit_run();
    lifecycle_run_exit_functions();
    int lost = flush_std_files() < 0;
    if (lost && guest.status == 0)
        guest.status = 120;
    gc_run_pending(ts->gc);
    gcrt_interp.finalizing = 1;
    /* Finalizers may have printed. */
    if (!lost)
        flush_std_files();
    signals_shutdown();
    gc_get_stats(ts->gc, &guest.stats);
}

/* Collector stress is for the program: start-up is the same every time, and collecting at each of its
 * allocations would take longer than most programs. */
static void
begin_stress(void)
{
    if (guest.config->gc != NULL && guest.config->gc->stress_every != 0)
        gc_set_stress(gcrt_ts->gc, guest.config->gc->stress_every);
}

static void
note_startup(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    guest.startup_s = (double)(now.tv_sec - guest.t0.tv_sec) + 1e-9 * (double)(now.tv_nsec - guest.t0.tv_nsec);
}

/* A PYTHON* switch: 0 when it is unset or empty, its number, or 1 when it is no number. */
static int
environment_level(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL || *value == '\0')
        return 0;
    int level = atoi(value);
    return level > 0 ? level : 1;
}

static void
raise_to(int *setting, int level)
{
    if (level > *setting)
        *setting = level;
}

/* The configuration with the environment's switches added. */
static const gcrt_config *
with_environment(const gcrt_config *config)
{
    static gcrt_config effective;
    effective = *config;
    if (!config->isolated && !config->ignore_environment) {
        raise_to(&effective.dont_write_bytecode, environment_level("PYTHONDONTWRITEBYTECODE"));
        raise_to(&effective.unbuffered, environment_level("PYTHONUNBUFFERED"));
        raise_to(&effective.optimize, environment_level("PYTHONOPTIMIZE"));
        raise_to(&effective.verbose, environment_level("PYTHONVERBOSE"));
        raise_to(&effective.safe_path, environment_level("PYTHONSAFEPATH"));
    }
    return &effective;
}

static void *
guest_main(void *Py_UNUSED(arg))
{
    sigset_t none;
    gcrt_guest_thread = pthread_self();
    const char *failed = init_runtime();
    if (failed != NULL) {
        fprintf(stderr, "gcrt: start-up failed: %s\n", failed);
        if (gcrt_ts != NULL && gcrt_ts->exception != NULL && gcrt_interp.sysdict != NULL)
            PyErr_Print();
        guest.status = 1;
        return NULL;
    }
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    note_startup();
    begin_stress();
    if (run_main(guest.config) == NULL)
        guest.status = lifecycle_handle_exception();
    finish();
    if (gcrt_interp.forked)
        _exit(guest.status);
    return NULL;
}

/* ------------------------------------------------------------------ what the host calls */

int
gcrt_start(const gcrt_config *config)
{
    pthread_attr_t attr;
    sigset_t interrupt, old;
    if (guest.started) {
        snprintf(guest.error, sizeof guest.error, "a guest runs already: one guest a process");
        return -1;
    }
    if (gcrt_host_callbacks.compile == NULL) {
        snprintf(guest.error, sizeof guest.error, "the host gave no compile callback");
        return -1;
    }
    clock_gettime(CLOCK_MONOTONIC, &guest.t0);
    guest.config = with_environment(config);
    guest.stack_bytes = config->stack_bytes > 0 ? config->stack_bytes : DEFAULT_STACK;
    guest.stack = mmap(NULL, guest.stack_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (guest.stack == MAP_FAILED) {
        snprintf(guest.error, sizeof guest.error, "no address space for the guest's stack of %zu bytes",
                 guest.stack_bytes);
        return -1;
    }
    mprotect(guest.stack, 4096, PROT_NONE);
    pthread_attr_init(&attr);
    pthread_attr_setstack(&attr, guest.stack, guest.stack_bytes);
    /* Until the guest has its handler, SIGINT waits; signals that end a process go on doing so. */
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    pthread_sigmask(SIG_BLOCK, &interrupt, &old);
    int rc = pthread_create(&guest.thread, &attr, guest_main, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    if (rc != 0) {
        snprintf(guest.error, sizeof guest.error, "can't start the guest's thread: %s", strerror(rc));
        return -1;
    }
    guest.started = 1;
    return 0;
}

const char *
gcrt_start_error(void)
{
    return guest.error;
}

int
gcrt_wait(void)
{
    sigset_t all, old;
    if (!guest.started)
        return 1;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_join(guest.thread, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return guest.status;
}

int
gcrt_ended_by_signal(void)
{
    return guest.by_signal;
}

const gc_stats *
gcrt_final_gc_stats(void)
{
    return &guest.stats;
}

int
gcrt_gc_trace(const char *path)
{
    return gc_trace_file(path);
}

double
gcrt_startup_seconds(void)
{
    return guest.startup_s;
}

/* ------------------------------------------------------------------ API */

int
Py_IsInitialized(void)
{
    return gcrt_interp.initialized;
}

int
_Py_IsFinalizing(void)
{
    return gcrt_interp.finalizing;
}

void
_Py_FatalErrorFunc(const char *func, const char *message)
{
    fprintf(stderr, "Fatal Python error: %s%s%s\n", func != NULL ? func : "", func != NULL ? ": " : "", message);
    if (gcrt_ts != NULL && gcrt_ts->exception != NULL)
        fprintf(stderr, "pending exception: %s\n", Py_TYPE(gcrt_ts->exception)->tp_name);
    fflush(stderr);
    abort();
}

void
Py_FatalError(const char *message)
{
    _Py_FatalErrorFunc(NULL, message);
}

void
Py_Exit(int status)
{
    guest.status = status & 0xff;
    finish();
    if (gcrt_interp.forked)
        _exit(guest.status);
    exit(guest.status);
}

enum { MAX_EXIT_FUNCTIONS = 32 };
static void (*exit_functions[MAX_EXIT_FUNCTIONS])(void);
static int n_exit_functions;

int
Py_AtExit(void (*func)(void))
{
    if (n_exit_functions >= MAX_EXIT_FUNCTIONS)
        return -1;
    exit_functions[n_exit_functions++] = func;
    return 0;
}

void
lifecycle_run_exit_functions(void)
{
    while (n_exit_functions > 0)
        exit_functions[--n_exit_functions]();
}

int
Py_EnterRecursiveCall(const char *where)
{
    return gcrt_enter_c(where);
}

void
Py_LeaveRecursiveCall(void)
{
}

int
Py_GetRecursionLimit(void)
{
    return gcrt_ts->recursion_limit;
}

void
Py_SetRecursionLimit(int limit)
{
    PyThreadState *ts = gcrt_ts;
    ts->recursion_left += limit - ts->recursion_limit;
    ts->recursion_limit = limit;
}
