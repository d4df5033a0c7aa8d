/* capi_misc.c: what extensions ask of the interpreter itself: clocks, code objects, how it was started. */
#include "code.h"
#include "state.h"

/* ------------------------------------------------------------------ clocks, in nanoseconds */

static int
read_clock(clockid_t id, const char *implementation, int monotonic, _PyTime_t *t, _Py_clock_info_t *info)
{
    struct timespec now;
    if (clock_gettime(id, &now) < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    *t = (_PyTime_t)now.tv_sec * 1000000000 + now.tv_nsec;
    if (info != NULL) {
        struct timespec step = {0, 1};
        clock_getres(id, &step);
        *info = (_Py_clock_info_t){implementation, monotonic, !monotonic,
                                   (double)step.tv_sec + (double)step.tv_nsec * 1e-9};
    }
    return 0;
}

int
_PyTime_GetMonotonicClockWithInfo(_PyTime_t *t, _Py_clock_info_t *info)
{
    return read_clock(CLOCK_MONOTONIC, "clock_gettime(CLOCK_MONOTONIC)", 1, t, info);
}

int
_PyTime_GetPerfCounterWithInfo(_PyTime_t *t, _Py_clock_info_t *info)
{
    return _PyTime_GetMonotonicClockWithInfo(t, info);
}

int
_PyTime_GetSystemClockWithInfo(_PyTime_t *t, _Py_clock_info_t *info)
{
    return read_clock(CLOCK_REALTIME, "clock_gettime(CLOCK_REALTIME)", 0, t, info);
}

/* ------------------------------------------------------------------ configuration */

/* Wide copies live as long as the process: they are made once. */
static wchar_t *
wide(const char *text)
{
    return text != NULL ? Py_DecodeLocale(text, NULL) : NULL;
}

static PyWideStringList
wide_list(int n, const char *const *texts)
{
    PyWideStringList list = {0, PyMem_Calloc((size_t)n + 1, sizeof(wchar_t *))};
    if (list.items == NULL)
        return list;
    for (int i = 0; i < n; i++)
        list.items[i] = wide(texts[i]);
    list.length = n;
    return list;
}

const PyConfig *
_Py_GetConfig(void)
{
    static PyConfig config;
    const gcrt_config *c = gcrt_interp.config;
    if (config._config_init)
        return &config;
    config._config_init = 1;
    config.isolated = c->isolated;
    config.use_environment = !c->ignore_environment && !c->isolated;
    config.install_signal_handlers = config.site_import = config.user_site_directory = 1;
    config.code_debug_ranges = config.parse_argv = 1;
    config.optimization_level = c->optimize;
    config.verbose = c->verbose;
    config.inspect = c->inspect;
    config.write_bytecode = !c->dont_write_bytecode;
    config.buffered_stdio = !c->unbuffered;
    config.safe_path = c->safe_path || c->isolated;
    config.filesystem_encoding = wide("utf-8");
    config.filesystem_errors = wide("surrogateescape");
    config.stdio_encoding = wide("utf-8");
    config.stdio_errors = wide("strict");
    config.check_hash_pycs_mode = wide("default");
    config.platlibdir = wide("lib");
    config.stdlib_dir = wide(c->stdlib);
    config.executable = config.base_executable = config.program_name = wide(c->executable);
    config.prefix = config.base_prefix = wide(c->prefix);
    config.exec_prefix = config.base_exec_prefix = wide(c->exec_prefix);
    config.argv = wide_list(c->argc, (const char *const *)c->argv);
    config.orig_argv = wide_list(c->orig_argc, (const char *const *)c->orig_argv);
    config.warnoptions = wide_list(c->n_warn_options, (const char *const *)c->warn_options);
    config.xoptions = wide_list(c->n_x_options, (const char *const *)c->x_options);
    return &config;
}

/* ------------------------------------------------------------------ code objects */

Py_ssize_t
PyCode_GetNumFree(PyCodeObject *code)
{
    return code->co_nfreevars;
}
