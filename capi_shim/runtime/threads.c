/* threads.c: PyThread_*, PyThreadState_*, PyGILState_* and the interpreter state.
 *
 * One guest thread so far: there is no lock to hold.  Locks are real all the same (extensions use them
 * against threads of their own); Save and Restore only mark the section. */
#include "embedder.h"
#include "frame.h"
#include "state.h"

#include <semaphore.h>
#include <sys/syscall.h>

/* ------------------------------------------------------------------ locks */

PyThread_type_lock
PyThread_allocate_lock(void)
{
    sem_t *lock = malloc(sizeof *lock);
    if (lock != NULL && sem_init(lock, 0, 1) != 0) {
        free(lock);
        return NULL;
    }
    return lock;
}

void
PyThread_free_lock(PyThread_type_lock lock)
{
    if (lock != NULL) {
        sem_destroy(lock);
        free(lock);
    }
}

/* microseconds < 0: wait for ever; 0: do not wait. */
PyLockStatus
PyThread_acquire_lock_timed(PyThread_type_lock lock, long long microseconds, int interruptible)
{
    struct timespec deadline;
    int rc;
    if (microseconds > 0) {
        clock_gettime(CLOCK_REALTIME, &deadline);
        deadline.tv_sec += microseconds / 1000000;
        deadline.tv_nsec += (microseconds % 1000000) * 1000;
        if (deadline.tv_nsec >= 1000000000) {
            deadline.tv_sec++;
            deadline.tv_nsec -= 1000000000;
        }
    }
    do {
        if (microseconds == 0)
            rc = sem_trywait(lock);
        else if (microseconds > 0)
            rc = sem_timedwait(lock, &deadline);
        else
            rc = sem_wait(lock);
    } while (rc != 0 && errno == EINTR && !interruptible);
    if (rc == 0)
        return PY_LOCK_ACQUIRED;
    return errno == EINTR ? PY_LOCK_INTR : PY_LOCK_FAILURE;
}

int
PyThread_acquire_lock(PyThread_type_lock lock, int wait)
{
    return PyThread_acquire_lock_timed(lock, wait ? -1 : 0, 0) == PY_LOCK_ACQUIRED;
}

void
PyThread_release_lock(PyThread_type_lock lock)
{
    sem_post(lock);
}

/* ------------------------------------------------------------------ threads */

unsigned long
PyThread_get_thread_ident(void)
{
    return (unsigned long)pthread_self();
}

unsigned long
PyThread_get_thread_native_id(void)
{
    return (unsigned long)syscall(SYS_gettid);
}

unsigned long
PyThread_start_new_thread(void (*func)(void *), void *Py_UNUSED(arg))
{
    (void)func;
    return (unsigned long)-1;
}

void
PyThread_exit_thread(void)
{
    pthread_exit(NULL);
}

static size_t thread_stack_size;

size_t
PyThread_get_stacksize(void)
{
    return thread_stack_size;
}

int
PyThread_set_stacksize(size_t size)
{
    if (size != 0 && size < 32768)
        return -1;
    thread_stack_size = size;
    return 0;
}

PyObject *
PyThread_GetInfo(void)
{
    static PyStructSequence_Field fields[] = {{"name", NULL}, {"lock", NULL}, {"version", NULL}, {NULL, NULL}};
    static PyStructSequence_Desc desc = {"sys.thread_info", "How threads are made.", fields, 3};
    PyTypeObject *type = PyStructSequence_NewType(&desc);
    PyObject *info = type != NULL ? PyStructSequence_New(type) : NULL;
    if (info == NULL)
        return NULL;
    PyStructSequence_SetItem(info, 0, PyUnicode_InternFromString("pthread"));
    PyStructSequence_SetItem(info, 1, PyUnicode_InternFromString("semaphore"));
    PyStructSequence_SetItem(info, 2, Py_None);
    return info;
}

/* ------------------------------------------------------------------ thread-specific storage */

int
PyThread_tss_create(Py_tss_t *key)
{
    if (key->_is_initialized)
        return 0;
    if (pthread_key_create(&key->_key, NULL) != 0)
        return -1;
    key->_is_initialized = 1;
    return 0;
}

void
PyThread_tss_delete(Py_tss_t *key)
{
    if (key->_is_initialized) {
        pthread_key_delete(key->_key);
        key->_is_initialized = 0;
    }
}

Py_tss_t *
PyThread_tss_alloc(void)
{
    return PyMem_RawCalloc(1, sizeof(Py_tss_t));
}

void
PyThread_tss_free(Py_tss_t *key)
{
    if (key != NULL) {
        PyThread_tss_delete(key);
        PyMem_RawFree(key);
    }
}

int
PyThread_tss_is_created(Py_tss_t *key)
{
    return key->_is_initialized;
}

/* What is stored may be the only reference to an object, and the C library's table is not scanned:
 * values that point into the heap are kept alive by a list of their own. */
static void *kept_values[64];

int
PyThread_tss_set(Py_tss_t *key, void *value)
{
    if (key->_key < Py_ARRAY_LENGTH(kept_values))
        kept_values[key->_key] = value;
    return pthread_setspecific(key->_key, value) != 0 ? -1 : 0;
}

void *
PyThread_tss_get(Py_tss_t *key)
{
    return pthread_getspecific(key->_key);
}

int
PyThread_create_key(void)
{
    pthread_key_t key;
    return pthread_key_create(&key, NULL) != 0 ? -1 : (int)key;
}

void
PyThread_delete_key(int key)
{
    pthread_key_delete((pthread_key_t)key);
}

void *
PyThread_get_key_value(int key)
{
    return pthread_getspecific((pthread_key_t)key);
}

int
PyThread_set_key_value(int key, void *value)
{
    if ((size_t)key < Py_ARRAY_LENGTH(kept_values))
        kept_values[key] = value;
    return pthread_setspecific((pthread_key_t)key, value) != 0 ? -1 : 0;
}

/* ------------------------------------------------------------------ thread state */

PyThreadState *
PyThreadState_Get(void)
{
    if (gcrt_ts == NULL)
        Py_FatalError("PyThreadState_Get: this thread runs no guest code");
    return gcrt_ts;
}

PyThreadState *
_PyThreadState_UncheckedGet(void)
{
    return gcrt_ts;
}

PyObject *
PyThreadState_GetDict(void)
{
    PyThreadState *ts = gcrt_ts;
    if (ts == NULL)
        return NULL;
    if (ts->dict == NULL) {
        ts->dict = PyDict_New();
        if (ts->dict == NULL)
            PyErr_Clear();
    }
    return ts->dict;
}

PyFrameObject *
PyThreadState_GetFrame(PyThreadState *ts)
{
    return ts->frame != NULL ? frame_object(ts->frame) : NULL;
}

uint64_t
PyThreadState_GetID(PyThreadState *ts)
{
    return ts->id;
}

PyInterpreterState *
PyThreadState_GetInterpreter(PyThreadState *ts)
{
    return ts->interp;
}

PyThreadState *
PyThreadState_New(PyInterpreterState *Py_UNUSED(interp))
{
    return embedder_main_ts();
}

void
PyThreadState_Clear(PyThreadState *Py_UNUSED(ts))
{
}

void
PyThreadState_Delete(PyThreadState *Py_UNUSED(ts))
{
}

void
PyThreadState_DeleteCurrent(void)
{
}

PyThreadState *
PyThreadState_Next(PyThreadState *Py_UNUSED(ts))
{
    return NULL;
}

PyThreadState *
PyThreadState_Swap(PyThreadState *Py_UNUSED(ts))
{
    return gcrt_ts;
}

void
PyThreadState_EnterTracing(PyThreadState *Py_UNUSED(ts))
{
}

void
PyThreadState_LeaveTracing(PyThreadState *Py_UNUSED(ts))
{
}

static PyObject *async_exception;

static int
raise_async(void *Py_UNUSED(arg))
{
    PyObject *exc = async_exception;
    async_exception = NULL;
    if (exc == NULL)
        return 0;
    PyErr_SetNone(exc);
    return -1;
}

int
PyThreadState_SetAsyncExc(unsigned long id, PyObject *exc)
{
    if (id != (unsigned long)gcrt_guest_thread)
        return 0;
    async_exception = exc;
    if (exc != NULL)
        Py_AddPendingCall(raise_async, NULL);
    return 1;
}

/* ------------------------------------------------------------------ Save, Restore, GILState */

PyThreadState *
PyEval_SaveThread(void)
{
    return gcrt_ts;
}

void
PyEval_RestoreThread(PyThreadState *Py_UNUSED(ts))
{
}

void
PyEval_AcquireThread(PyThreadState *Py_UNUSED(ts))
{
}

void
PyEval_ReleaseThread(PyThreadState *Py_UNUSED(ts))
{
}

void
PyEval_InitThreads(void)
{
}

int
PyEval_ThreadsInitialized(void)
{
    return 1;
}

int
PyGILState_Check(void)
{
    return gcrt_ts != NULL;
}

PyThreadState *
PyGILState_GetThisThreadState(void)
{
    return gcrt_ts;
}

PyGILState_STATE
PyGILState_Ensure(void)
{
    if (gcrt_ts == NULL)
        Py_FatalError("PyGILState_Ensure: gcrt runs guest code on one thread so far; an extension's own thread "
                      "must not call the C API");
    return PyGILState_LOCKED;
}

void
PyGILState_Release(PyGILState_STATE Py_UNUSED(state))
{
}

/* ------------------------------------------------------------------ interpreter state */

PyInterpreterState *
PyInterpreterState_Get(void)
{
    return &gcrt_interp;
}

PyInterpreterState *
PyInterpreterState_Main(void)
{
    return &gcrt_interp;
}

PyInterpreterState *
PyInterpreterState_Head(void)
{
    return &gcrt_interp;
}

int64_t
PyInterpreterState_GetID(PyInterpreterState *Py_UNUSED(interp))
{
    return 0;
}

PyObject *
PyInterpreterState_GetDict(PyInterpreterState *interp)
{
    if (interp->dict == NULL) {
        interp->dict = PyDict_New();
        if (interp->dict == NULL)
            PyErr_Clear();
    }
    return interp->dict;
}
