/* sys_info.c: what sys tells about the runtime: version, limits, flags, paths. */
#include "sys_module.h"

static int
add(PyObject *dict, const char *name, PyObject *value)
{
    return value == NULL ? -1 : PyDict_SetItemString(dict, name, value);
}

static int
add_text(PyObject *dict, const char *name, const char *text)
{
    return add(dict, name, PyUnicode_DecodeFSDefault(text != NULL ? text : ""));
}

/* A struct sequence of ints and NULL-terminated names; type and value are made together, used once. */
static PyObject *
make_sequence(PyStructSequence_Desc *desc, PyObject *const *values)
{
    PyTypeObject *type = PyStructSequence_NewType(desc);
    PyObject *sequence = type != NULL ? PyStructSequence_New(type) : NULL;
    if (sequence == NULL)
        return NULL;
    for (int i = 0; i < desc->n_in_sequence; i++)
        PyStructSequence_SetItem(sequence, i, values[i]);
    return sequence;
}

/* ------------------------------------------------------------------ version */

static PyStructSequence_Field version_fields[] = {
    {"major", "Major version"},      {"minor", "Minor version"},    {"micro", "Patch level"},
    {"releaselevel", "alpha, beta, candidate or final"}, {"serial", "Serial number"}, {NULL, NULL},
};
static PyStructSequence_Desc version_desc = {"sys.version_info", "The version as a tuple.", version_fields, 5};

const char *
Py_GetCompiler(void)
{
    return "[GCC " __VERSION__ "]";
}

const char *
Py_GetVersion(void)
{
    return PY_VERSION " (gcrt, " __DATE__ ", " __TIME__ ") [GCC " __VERSION__ "]";
}

const char *
Py_GetPlatform(void)
{
    return "linux";
}

const char *
Py_GetCopyright(void)
{
    return "See the gcrt distribution.";
}

const char *
Py_GetBuildInfo(void)
{
    return "gcrt, " __DATE__ ", " __TIME__;
}

const unsigned long Py_Version = PY_VERSION_HEX;

static PyObject *
make_implementation(PyObject *version)
{
    PyObject *types = PyDict_New();
    if (types == NULL || add_text(types, "name", "gcrt") < 0 || add_text(types, "cache_tag", "cpython-311") < 0 ||
        add(types, "version", version) < 0 || add(types, "hexversion", PyLong_FromLong(PY_VERSION_HEX)) < 0 ||
        add_text(types, "_multiarch", "x86_64-linux-gnu") < 0)
        return NULL;
    return _PyNamespace_New(types);
}

static int
add_version(PyObject *dict)
{
    PyObject *values[5] = {gcrt_int(PY_MAJOR_VERSION), gcrt_int(PY_MINOR_VERSION), gcrt_int(PY_MICRO_VERSION),
                           PyUnicode_InternFromString("final"), gcrt_int(PY_RELEASE_SERIAL)};
    PyObject *version = make_sequence(&version_desc, values);
    if (add(dict, "version_info", version) < 0 || add(dict, "implementation", make_implementation(version)) < 0 ||
        add_text(dict, "version", Py_GetVersion()) < 0 || add_text(dict, "copyright", Py_GetCopyright()) < 0 ||
        add_text(dict, "platform", Py_GetPlatform()) < 0)
        return -1;
    return add(dict, "hexversion", PyLong_FromLong(PY_VERSION_HEX));
}

/* ------------------------------------------------------------------ limits */

static PyStructSequence_Field hash_fields[] = {
    {"width", NULL}, {"modulus", NULL},   {"inf", NULL},       {"nan", NULL},    {"imag", NULL},
    {"algorithm", NULL}, {"hash_bits", NULL}, {"seed_bits", NULL}, {"cutoff", NULL}, {NULL, NULL},
};
static PyStructSequence_Desc hash_desc = {"sys.hash_info", "Parameters of hashing.", hash_fields, 9};

static int
add_hash_info(PyObject *dict)
{
    PyObject *values[9] = {gcrt_int(64), gcrt_int((int64_t)_PyHASH_MODULUS), gcrt_int(_PyHASH_INF), gcrt_int(0),
                           gcrt_int(_PyHASH_IMAG), PyUnicode_InternFromString("mum"), gcrt_int(64),
                           gcrt_int(128), gcrt_int(0)};
    return add(dict, "hash_info", make_sequence(&hash_desc, values));
}

static int
add_limits(PyObject *dict)
{
    if (add(dict, "maxsize", PyLong_FromSsize_t(PY_SSIZE_T_MAX)) < 0 ||
        add(dict, "maxunicode", gcrt_int(0x10ffff)) < 0 || add_text(dict, "byteorder", "little") < 0 ||
        add(dict, "float_info", PyFloat_GetInfo()) < 0 || add(dict, "int_info", PyLong_GetInfo()) < 0 ||
        add(dict, "thread_info", PyThread_GetInfo()) < 0 || add_hash_info(dict) < 0)
        return -1;
    return add_text(dict, "float_repr_style", "short");
}

static int
add_tables(PyObject *dict)
{
    if (add(dict, "meta_path", PyList_New(0)) < 0 || add(dict, "path_hooks", PyList_New(0)) < 0 ||
        add(dict, "path_importer_cache", PyDict_New()) < 0 || add(dict, "argv", PyList_New(0)) < 0 ||
        add(dict, "api_version", gcrt_int(PYTHON_API_VERSION)) < 0 ||
        add(dict, "builtin_module_names", import_builtin_names()) < 0 || add_text(dict, "abiflags", "") < 0 ||
        add(dict, "pycache_prefix", Py_None) < 0)
        return -1;
    PyObject *git = Py_BuildValue("(sss)", "gcrt", "", "");
    return add(dict, "_git", git) < 0 ? -1 : add_text(dict, "_framework", "");
}

int
sys_add_info(PyObject *dict)
{
    return add_version(dict) < 0 || add_limits(dict) < 0 ? -1 : add_tables(dict);
}

/* ------------------------------------------------------------------ flags */

static PyStructSequence_Field flags_fields[] = {
    {"debug", "-d"},         {"inspect", "-i"},          {"interactive", "-i"},
    {"optimize", "-O"},      {"dont_write_bytecode", "-B"}, {"no_user_site", "-s"},
    {"no_site", "-S"},       {"ignore_environment", "-E"}, {"verbose", "-v"},
    {"bytes_warning", "-b"}, {"quiet", "-q"},            {"hash_randomization", "-R"},
    {"isolated", "-I"},      {"dev_mode", "-X dev"},     {"utf8_mode", "-X utf8"},
    {"warn_default_encoding", "-X warn_default_encoding"}, {"safe_path", "-P"},
    {"int_max_str_digits", "-X int_max_str_digits"},     {NULL, NULL},
};
static PyStructSequence_Desc flags_desc = {"sys.flags", "Settings of the command line.", flags_fields, 18};

int Py_BytesWarningFlag, Py_DebugFlag, Py_DontWriteBytecodeFlag, Py_FrozenFlag, Py_HashRandomizationFlag = 1,
    Py_IgnoreEnvironmentFlag, Py_InspectFlag, Py_InteractiveFlag, Py_IsolatedFlag, Py_NoSiteFlag,
    Py_NoUserSiteDirectory, Py_OptimizeFlag, Py_QuietFlag, Py_UTF8Mode, Py_UnbufferedStdioFlag, Py_VerboseFlag;

static int
hash_is_random(void)
{
    const char *seed = getenv("PYTHONHASHSEED");
    return seed == NULL || strcmp(seed, "0") != 0;
}

static PyObject *
make_flags(const gcrt_config *c)
{
    PyObject *values[18];
    for (int i = 0; i < 18; i++)
        values[i] = gcrt_int(0);
    Py_OptimizeFlag = c->optimize;
    Py_DontWriteBytecodeFlag = c->dont_write_bytecode;
    Py_IgnoreEnvironmentFlag = c->ignore_environment;
    Py_IsolatedFlag = c->isolated;
    Py_VerboseFlag = c->verbose;
    Py_UnbufferedStdioFlag = c->unbuffered;
    Py_HashRandomizationFlag = hash_is_random();
    values[3] = gcrt_int(c->optimize);
    values[4] = gcrt_int(c->dont_write_bytecode);
    values[5] = gcrt_int(c->isolated);
    values[7] = gcrt_int(c->ignore_environment || c->isolated);
    values[8] = gcrt_int(c->verbose);
    values[11] = gcrt_int(Py_HashRandomizationFlag);
    values[12] = gcrt_int(c->isolated);
    values[13] = Py_False;
    values[16] = c->safe_path || c->isolated ? Py_True : Py_False;
    values[17] = gcrt_int(gcrt_interp.int_max_str_digits);
    return make_sequence(&flags_desc, values);
}

static PyObject *
text_list(int n, const char *const *items)
{
    PyObject *list = PyList_New(0);
    for (int i = 0; list != NULL && i < n; i++) {
        PyObject *text = PyUnicode_DecodeFSDefault(items[i]);
        if (text == NULL || PyList_Append(list, text) < 0)
            return NULL;
    }
    return list;
}

/* $PYTHONWARNINGS, then the -W options. */
static PyObject *
warn_options(const gcrt_config *c)
{
    PyObject *list = PyList_New(0), *given = text_list(c->n_warn_options, c->warn_options);
    const char *env = c->ignore_environment || c->isolated ? NULL : getenv("PYTHONWARNINGS");
    while (list != NULL && env != NULL && *env != '\0') {
        size_t n = strcspn(env, ",");
        PyObject *text = PyUnicode_DecodeFSDefaultAndSize(env, (Py_ssize_t)n);
        if (text == NULL || PyList_Append(list, text) < 0)
            return NULL;
        env += n + (env[n] == ',');
    }
    return list == NULL || given == NULL ? NULL : PySequence_Concat(list, given);
}

/* -X name or -X name=value. */
static PyObject *
x_options(const gcrt_config *c)
{
    PyObject *dict = PyDict_New();
    for (int i = 0; dict != NULL && i < c->n_x_options; i++) {
        const char *option = c->x_options[i], *eq = strchr(option, '=');
        PyObject *name = PyUnicode_DecodeFSDefaultAndSize(option, eq != NULL ? eq - option : (Py_ssize_t)strlen(option));
        PyObject *value = eq != NULL ? PyUnicode_DecodeFSDefault(eq + 1) : Py_True;
        if (name == NULL || value == NULL || PyDict_SetItem(dict, name, value) < 0)
            return NULL;
    }
    return dict;
}

static int
append_path(PyObject *path, const char *entry, size_t length)
{
    PyObject *text = PyUnicode_DecodeFSDefaultAndSize(entry, (Py_ssize_t)length);
    return text == NULL ? -1 : PyList_Append(path, text);
}

/* $PYTHONPATH, the guest's packages, the standard library; the script's folder comes in front later. */
static PyObject *
search_path(const gcrt_config *c)
{
    PyObject *path = PyList_New(0);
    const char *env = c->ignore_environment || c->isolated ? NULL : getenv("PYTHONPATH");
    if (path == NULL)
        return NULL;
    while (env != NULL && *env != '\0') {
        size_t n = strcspn(env, ":");
        if (n > 0 && append_path(path, env, n) < 0)
            return NULL;
        env += n + (env[n] == ':');
    }
    for (int i = 0; i < c->n_site_dirs; i++)
        if (append_path(path, c->site_dirs[i], strlen(c->site_dirs[i])) < 0)
            return NULL;
    if (c->stdlib != NULL && append_path(path, c->stdlib, strlen(c->stdlib)) < 0)
        return NULL;
    return path;
}

int
sys_add_flags(PyObject *dict, const gcrt_config *c)
{
    const char *exec_prefix = c->exec_prefix != NULL ? c->exec_prefix : c->prefix;
    if (add(dict, "flags", make_flags(c)) < 0 || add(dict, "path", search_path(c)) < 0 ||
        add(dict, "orig_argv", text_list(c->orig_argc, c->orig_argv)) < 0 ||
        add(dict, "warnoptions", warn_options(c)) < 0 ||
        add(dict, "_xoptions", x_options(c)) < 0 || add_text(dict, "executable", c->executable) < 0 ||
        add_text(dict, "_base_executable", c->executable) < 0 || add_text(dict, "prefix", c->prefix) < 0 ||
        add_text(dict, "base_prefix", c->prefix) < 0 || add_text(dict, "exec_prefix", exec_prefix) < 0 ||
        add_text(dict, "base_exec_prefix", exec_prefix) < 0 || add_text(dict, "platlibdir", "lib") < 0 ||
        add_text(dict, "_stdlib_dir", c->stdlib) < 0)
        return -1;
    return add(dict, "dont_write_bytecode", c->dont_write_bytecode ? Py_True : Py_False);
}
