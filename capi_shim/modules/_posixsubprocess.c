/* _posixsubprocess.c: fork_exec, on which the library's subprocess.py stands.
 *
 * The process has other threads (the compiler's, the collector's), which a child does not get, and locks that they may
 * hold.  So all that allocates happens before the fork, and the child makes async-signal-safe calls only, until exec; with
 * vfork it runs in its parent's memory, and writes to none but its own variables.  preexec_fn is the exception: it is
 * Python code in a forked child, and the program's risk, as in CPython.
 *
 * What goes wrong in the child is written to the pipe errpipe_write, which exec closes: "OSError:<errno, hex>:" and
 * "noexec" when exec was not tried yet, or "SubprocessError:0:<message>". */
#include "posix_module.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>

typedef struct {
    char *const *argv;
    char *const *envp;        /* NULL: the parent's */
    char *const *executables; /* tried in turn */
    const int *keep;          /* descriptors that stay open, ascending */
    Py_ssize_t n_keep;
    const char *cwd;          /* NULL: the parent's */
    int p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write;
    int close_fds, restore_signals, new_session, process_group, umask;
    int set_gid, set_uid, set_groups;
    gid_t gid, *groups;
    size_t n_groups;
    uid_t uid;
    PyObject *preexec_fn;
    const sigset_t *mask; /* the signal mask to return to; NULL: nothing is blocked */
} child_plan;

/* ------------------------------------------------------------------ in the child */

static int
make_inheritable(int fd)
{
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 ? -1 : fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
}

/* Descriptors from low to high, both included; -1: to the last. */
static void
close_between(unsigned low, unsigned high)
{
    if (low > high || close_range(low, high, 0) == 0)
        return;
    long limit = sysconf(_SC_OPEN_MAX); /* an older kernel */
    if (limit < 0)
        limit = 256;
    for (unsigned fd = low; fd <= high && fd < (unsigned long)limit; fd++)
        close((int)fd);
}

static void
close_others(const child_plan *p)
{
    unsigned low = 3;
    for (Py_ssize_t i = 0; i < p->n_keep; i++) {
        if ((unsigned)p->keep[i] < low)
            continue;
        if (p->keep[i] > 0)
            close_between(low, (unsigned)p->keep[i] - 1);
        low = (unsigned)p->keep[i] + 1;
    }
    close_between(low, ~0U);
}

/* Put `fd` where the program expects it; -1: leave what is there. */
static int
place(int fd, int target)
{
    if (fd == target)
        return make_inheritable(fd);
    return fd < 0 ? 0 : dup2(fd, target);
}

static int
place_pipes(child_plan *p)
{
    for (Py_ssize_t i = 0; i < p->n_keep; i++)
        if (p->keep[i] != p->errpipe_write && make_inheritable(p->keep[i]) < 0)
            return -1;
    const int parents[] = {p->p2cwrite, p->c2pread, p->errread, p->errpipe_read};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(parents); i++)
        if (parents[i] >= 0)
            close(parents[i]);
    /* Ends that lie where another will be put get out of the way. */
    int output = p->c2pwrite, errors = p->errwrite;
    if (output == 0 && (output = dup(output)) < 0)
        return -1;
    while (errors == 0 || errors == 1)
        if ((errors = dup(errors)) < 0)
            return -1;
    return place(p->p2cread, 0) < 0 || place(output, 1) < 0 || place(errors, 2) < 0 ? -1 : 0;
}

/* Handlers are code of the parent's: before its mask comes back they must be gone. */
static void
forget_handlers(void)
{
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) < 0 || action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL)
            continue;
        action = (struct sigaction){.sa_handler = SIG_DFL};
        sigaction(number, &action, NULL);
    }
}

/* Everything between the pipes and preexec_fn; -1 with errno. */
static int
change_process(const child_plan *p)
{
    if (p->cwd != NULL && chdir(p->cwd) < 0)
        return -1;
    if (p->umask >= 0)
        umask((mode_t)p->umask);
    if (p->restore_signals) {
        signal(SIGPIPE, SIG_DFL);
        signal(SIGXFSZ, SIG_DFL);
    }
    if (p->mask != NULL) {
        forget_handlers();
        pthread_sigmask(SIG_SETMASK, p->mask, NULL);
    }
    if (p->new_session && setsid() < 0)
        return -1;
    if (p->process_group >= 0 && setpgid(0, p->process_group) < 0)
        return -1;
    if (p->set_groups && setgroups(p->n_groups, p->groups) < 0)
        return -1;
    if (p->set_gid && setregid(p->gid, p->gid) < 0)
        return -1;
    return p->set_uid && setreuid(p->uid, p->uid) < 0 ? -1 : 0;
}

/* Returns the errno to report: the first that is not "no such file". */
static int
try_executables(const child_plan *p)
{
    int failed = 0, last = 0;
    for (char *const *path = p->executables; *path != NULL; path++) {
        execve(*path, p->argv, p->envp != NULL ? p->envp : environ);
        last = errno;
        if (failed == 0 && errno != ENOENT && errno != ENOTDIR)
            failed = errno;
    }
    return failed != 0 ? failed : last;
}

static void
tell(int fd, const char *text)
{
    ssize_t done = write(fd, text, strlen(text));
    (void)done;
}

static void
tell_errno(int fd, int number, const char *stage)
{
    char hex[2 * sizeof number + 1], *at = hex + sizeof hex - 1;
    *at = '\0';
    do
        *--at = "0123456789ABCDEF"[number & 15];
    while ((number >>= 4) != 0);
    tell(fd, "OSError:");
    tell(fd, at);
    tell(fd, ":");
    tell(fd, stage);
}

static _Noreturn void
run_child(child_plan *p)
{
    if (place_pipes(p) < 0 || change_process(p) < 0) {
        tell_errno(p->errpipe_write, errno, "noexec");
        _exit(255);
    }
    if (p->preexec_fn != NULL && PyObject_CallNoArgs(p->preexec_fn) == NULL) {
        tell(p->errpipe_write, "SubprocessError:0:Exception occurred in preexec_fn.");
        _exit(255);
    }
    if (p->close_fds)
        close_others(p);
    tell_errno(p->errpipe_write, try_executables(p), "");
    _exit(255);
}

/* ------------------------------------------------------------------ in the parent */

/* Not inlined: the child of vfork must not change variables of a frame that its parent returns through. */
static __attribute__((noinline)) pid_t
start_child(child_plan *p, int may_vfork)
{
    pid_t pid = may_vfork ? vfork() : fork();
    if (pid != 0)
        return pid;
    if (p->preexec_fn != NULL)
        PyOS_AfterFork_Child();
    run_child(p);
}

static pid_t
start_unsharing(child_plan *p)
{
    PyOS_BeforeFork();
    pid_t pid = start_child(p, 0);
    int failed = errno;
    PyOS_AfterFork_Parent();
    errno = failed;
    return pid;
}

/* In a child of vfork a handler would run in its parent's memory: nothing may arrive. */
static pid_t
start_sharing(child_plan *p)
{
    sigset_t all, old;
    sigfillset(&all);
    if (pthread_sigmask(SIG_BLOCK, &all, &old) != 0)
        return start_unsharing(p);
    p->mask = &old;
    pid_t pid = start_child(p, 1);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    p->mask = NULL;
    return pid < 0 ? start_unsharing(p) : pid;
}

/* ------------------------------------------------------------------ arguments */

static int *
kept_descriptors(PyObject *tuple)
{
    Py_ssize_t size = PyTuple_GET_SIZE(tuple);
    int *fds = gcrt_alloc_leaf((size_t)(size + 1) * sizeof *fds), last = -1;
    for (Py_ssize_t i = 0; fds != NULL && i < size; i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);
        int fd = PyLong_Check(item) ? _PyLong_AsInt(item) : -1;
        if (fd <= last) {
            PyErr_SetString(PyExc_ValueError, "bad value(s) in fds_to_keep");
            return NULL;
        }
        fds[i] = last = fd;
    }
    return fds;
}

/* A user's or group's number, or None. */
static int
parse_id(PyObject *arg, int (*converter)(PyObject *, void *), unsigned *id, int *given)
{
    *given = arg != Py_None;
    return !*given || converter(arg, id) ? 0 : -1;
}

static int
parse_groups(PyObject *list, child_plan *p)
{
    p->set_groups = list != Py_None;
    if (!p->set_groups)
        return 0;
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "setgroups argument must be a list");
        return -1;
    }
    p->n_groups = (size_t)PyList_GET_SIZE(list);
    if (p->n_groups > 65536) {
        PyErr_SetString(PyExc_ValueError, "too many extra_groups");
        return -1;
    }
    p->groups = gcrt_alloc_leaf((p->n_groups + 1) * sizeof *p->groups);
    for (size_t i = 0; p->groups != NULL && i < p->n_groups && i < (size_t)PyList_GET_SIZE(list); i++)
        if (!posix_gid_converter(PyList_GET_ITEM(list, (Py_ssize_t)i), &p->groups[i]))
            return -1;
    return p->groups == NULL ? -1 : 0;
}

static PyObject *
fork_exec(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *argv, *executables, *keep, *cwd, *env, *gid, *groups, *uid, *preexec_fn;
    int may_vfork;
    child_plan p = {0};
    if (!PyArg_ParseTuple(args, "OOpO!OOiiiiiiiippiOOOiOp:fork_exec", &argv, &executables, &p.close_fds, &PyTuple_Type,
                          &keep, &cwd, &env, &p.p2cread, &p.p2cwrite, &p.c2pread, &p.c2pwrite, &p.errread, &p.errwrite,
                          &p.errpipe_read, &p.errpipe_write, &p.restore_signals, &p.new_session, &p.process_group, &gid,
                          &groups, &uid, &p.umask, &preexec_fn, &may_vfork))
        return NULL;
    if (p.close_fds && p.errpipe_write < 3) {
        PyErr_SetString(PyExc_ValueError, "errpipe_write must be >= 3");
        return NULL;
    }
    p.n_keep = PyTuple_GET_SIZE(keep);
    if ((p.keep = kept_descriptors(keep)) == NULL ||
        (p.argv = posix_string_array(argv, "argv must be a tuple")) == NULL ||
        (p.executables = posix_string_array(executables, "executable_list must be a sequence")) == NULL ||
        (env != Py_None && (p.envp = posix_string_array(env, "env must be a sequence")) == NULL) ||
        parse_groups(groups, &p) < 0 || parse_id(gid, posix_gid_converter, &p.gid, &p.set_gid) < 0 ||
        parse_id(uid, posix_uid_converter, &p.uid, &p.set_uid) < 0)
        return NULL;
    PyObject *folder = NULL;
    if (cwd != Py_None) {
        if (!PyUnicode_FSConverter(cwd, &folder))
            return NULL;
        p.cwd = PyBytes_AS_STRING(folder);
    }
    p.preexec_fn = preexec_fn == Py_None ? NULL : preexec_fn;
    /* glibc's setuid and its kin tell every thread of the process, which is the parent's with vfork. */
    int changes_user = p.set_uid || p.set_gid || p.set_groups;
    pid_t pid = may_vfork && p.preexec_fn == NULL && !changes_user ? start_sharing(&p) : start_unsharing(&p);
    gcrt_keep_alive(folder);
    return pid < 0 ? posix_error() : PyLong_FromLong(pid);
}

static PyMethodDef methods[] = {
    {"fork_exec", fork_exec, METH_VARARGS, "Start a program in a child process; its number."},
    {0},
};
static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_posixsubprocess",
    .m_doc = "Child processes, for subprocess.py.",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__posixsubprocess(void)
{
    return PyModule_Create(&module_def);
}
