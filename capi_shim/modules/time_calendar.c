/* time_calendar.c: struct_time and the functions of the time module that know the calendar. */
#include "time_module.h"

static PyTypeObject *struct_time;

/* ------------------------------------------------------------------ struct_time */

static PyStructSequence_Field struct_time_fields[] = {
    {"tm_year", "year, for example, 1993"},
    {"tm_mon", "month of year, range [1, 12]"},
    {"tm_mday", "day of month, range [1, 31]"},
    {"tm_hour", "hours, range [0, 23]"},
    {"tm_min", "minutes, range [0, 59]"},
    {"tm_sec", "seconds, range [0, 61])"},
    {"tm_wday", "day of week, range [0, 6], Monday is 0"},
    {"tm_yday", "day of year, range [1, 366]"},
    {"tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"},
    {"tm_zone", "abbreviation of timezone name"},
    {"tm_gmtoff", "offset from UTC in seconds"},
    {NULL, NULL},
};

static PyStructSequence_Desc struct_time_description = {
    "time.struct_time", "The time value as returned by gmtime(), localtime(), and strptime().", struct_time_fields, 9};

static PyObject *
from_tm(const struct tm *tm)
{
    PyObject *result = PyStructSequence_New(struct_time);
    PyObject *zone = PyUnicode_DecodeLocale(tm->tm_zone, "surrogateescape");
    if (result == NULL || zone == NULL)
        return NULL;
    int64_t values[] = {tm->tm_year + 1900LL, tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min,
                        tm->tm_sec, (tm->tm_wday + 6) % 7, tm->tm_yday + 1, tm->tm_isdst};
    for (int i = 0; i < 9; i++)
        PyStructSequence_SetItem(result, i, gcrt_int(values[i]));
    PyStructSequence_SetItem(result, 9, zone);
    PyStructSequence_SetItem(result, 10, gcrt_int(tm->tm_gmtoff));
    return result;
}

/* A struct_time or a tuple of nine as struct tm.  0, or -1 with an exception. */
static int
to_tm(PyObject *arg, struct tm *tm, const char *function)
{
    int year;
    char format[64];
    memset(tm, 0, sizeof *tm);
    if (!PyTuple_Check(arg)) {
        PyErr_SetString(PyExc_TypeError, "Tuple or struct_time argument required");
        return -1;
    }
    if (PyTuple_GET_SIZE(arg) != 9) {
        PyErr_Format(PyExc_TypeError, "%s(): illegal time tuple argument", function);
        return -1;
    }
    PyObject *nine = PyTuple_CheckExact(arg) ? arg : PyTuple_GetSlice(arg, 0, 9);
    snprintf(format, sizeof format, "iiiiiiiii;%s(): illegal time tuple argument", function);
    if (nine == NULL || !PyArg_ParseTuple(nine, format, &year, &tm->tm_mon, &tm->tm_mday, &tm->tm_hour, &tm->tm_min,
                                          &tm->tm_sec, &tm->tm_wday, &tm->tm_yday, &tm->tm_isdst))
        return -1;
    if (year < INT_MIN + 1900) {
        PyErr_SetString(PyExc_OverflowError, "year out of range");
        return -1;
    }
    tm->tm_year = year - 1900;
    tm->tm_mon--;
    tm->tm_wday = (tm->tm_wday + 1) % 7;
    tm->tm_yday--;
    if (Py_TYPE(arg) == struct_time) {
        PyObject *offset = PyStructSequence_GetItem(arg, 10), *zone = PyStructSequence_GetItem(arg, 9);
        if (zone != NULL && zone != Py_None && (tm->tm_zone = PyUnicode_AsUTF8(zone)) == NULL)
            return -1;
        if (offset != NULL && offset != Py_None) {
            tm->tm_gmtoff = PyLong_AsLong(offset);
            if (tm->tm_gmtoff == -1 && PyErr_Occurred())
                return -1;
        }
    }
    return 0;
}

/* Fields that the C library would trust. */
static int
check_ranges(struct tm *tm)
{
    const char *wrong = NULL;
    if (tm->tm_mon == -1)
        tm->tm_mon = 0;
    else if (tm->tm_mon < 0 || tm->tm_mon > 11)
        wrong = "month out of range";
    if (tm->tm_mday == 0)
        tm->tm_mday = 1;
    else if (tm->tm_mday < 0 || tm->tm_mday > 31)
        wrong = wrong != NULL ? wrong : "day of month out of range";
    if (wrong != NULL)
        ;
    else if (tm->tm_hour < 0 || tm->tm_hour > 23)
        wrong = "hour out of range";
    else if (tm->tm_min < 0 || tm->tm_min > 59)
        wrong = "minute out of range";
    else if (tm->tm_sec < 0 || tm->tm_sec > 61)
        wrong = "seconds out of range";
    else if (tm->tm_wday < 0)
        wrong = "day of week out of range";
    if (wrong == NULL) {
        if (tm->tm_yday == -1)
            tm->tm_yday = 0;
        else if (tm->tm_yday < 0 || tm->tm_yday > 365)
            wrong = "day of year out of range";
    }
    if (wrong == NULL)
        return 0;
    PyErr_SetString(PyExc_ValueError, wrong);
    return -1;
}

/* ------------------------------------------------------------------ seconds to fields and back */

static int
timestamp_seconds(PyObject *arg, time_t *out)
{
    int overflow;
    if (PyFloat_Check(arg)) {
        double seconds = floor(PyFloat_AS_DOUBLE(arg));
        if (isnan(seconds)) {
            PyErr_SetString(PyExc_ValueError, "Invalid value NaN (not a number)");
            return -1;
        }
        if (!(seconds >= -9223372036854775808.0 && seconds < 9223372036854775808.0)) {
            PyErr_SetString(PyExc_OverflowError, "timestamp out of range for platform time_t");
            return -1;
        }
        *out = (time_t)seconds;
        return 0;
    }
    long long seconds = PyLong_AsLongLongAndOverflow(arg, &overflow);
    if (overflow)
        PyErr_SetString(PyExc_OverflowError, "timestamp out of range for platform time_t");
    *out = seconds;
    return overflow || (seconds == -1 && PyErr_Occurred()) ? -1 : 0;
}

/* The optional seconds argument; None and absence mean now. */
static int
seconds_argument(const char *name, PyObject *const *args, Py_ssize_t n, time_t *out)
{
    if (!_PyArg_CheckPositional(name, n, 0, 1))
        return -1;
    if (n == 0 || args[0] == Py_None) {
        *out = time(NULL);
        return 0;
    }
    return timestamp_seconds(args[0], out);
}

static PyObject *
time_gmtime(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    time_t when;
    struct tm tm;
    if (seconds_argument("gmtime", args, n, &when) < 0)
        return NULL;
    if (gmtime_r(&when, &tm) == NULL)
        return PyErr_SetFromErrno(PyExc_OSError);
    tm.tm_zone = "UTC";
    tm.tm_gmtoff = 0;
    return from_tm(&tm);
}

static PyObject *
time_localtime(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    time_t when;
    struct tm tm;
    if (seconds_argument("localtime", args, n, &when) < 0)
        return NULL;
    if (localtime_r(&when, &tm) == NULL)
        return PyErr_SetFromErrno(PyExc_OSError);
    return from_tm(&tm);
}

static PyObject *
time_mktime(PyObject *Py_UNUSED(module), PyObject *arg)
{
    struct tm tm;
    if (to_tm(arg, &tm, "mktime") < 0)
        return NULL;
    tm.tm_wday = -1; /* set by mktime when it succeeds, which -1 as a result does not tell */
    time_t when = mktime(&tm);
    if (when == (time_t)-1 && tm.tm_wday == -1) {
        PyErr_SetString(PyExc_OverflowError, "mktime argument out of range");
        return NULL;
    }
    return float_box((double)when);
}

/* ------------------------------------------------------------------ text */

static PyObject *
ascii_time(struct tm *tm)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[64];
    snprintf(text, sizeof text, "%.3s %.3s%3d %.2d:%.2d:%.2d %d", days + 3 * tm->tm_wday, months + 3 * tm->tm_mon,
             tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec, tm->tm_year + 1900);
    return PyUnicode_FromString(text);
}

static PyObject *
time_asctime(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    struct tm tm;
    time_t now;
    if (!_PyArg_CheckPositional("asctime", n, 0, 1))
        return NULL;
    if (n == 0) {
        now = time(NULL);
        if (localtime_r(&now, &tm) == NULL)
            return PyErr_SetFromErrno(PyExc_OSError);
    }
    else if (to_tm(args[0], &tm, "asctime") < 0 || check_ranges(&tm) < 0)
        return NULL;
    return ascii_time(&tm);
}

static PyObject *
time_ctime(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    time_t when;
    struct tm tm;
    if (seconds_argument("ctime", args, n, &when) < 0)
        return NULL;
    if (localtime_r(&when, &tm) == NULL)
        return PyErr_SetFromErrno(PyExc_OSError);
    return ascii_time(&tm);
}

static PyObject *
time_strftime(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    struct tm tm;
    if (!_PyArg_CheckPositional("strftime", n, 1, 2))
        return NULL;
    if (!PyUnicode_Check(args[0]))
        return PyErr_Format(PyExc_TypeError, "strftime() argument 1 must be str, not %.50s",
                            args[0] == Py_None ? "None" : Py_TYPE(args[0])->tp_name);
    if (n == 1) {
        time_t now = time(NULL);
        if (localtime_r(&now, &tm) == NULL)
            return PyErr_SetFromErrno(PyExc_OSError);
    }
    else if (to_tm(args[1], &tm, "strftime") < 0 || check_ranges(&tm) < 0)
        return NULL;
    tm.tm_isdst = tm.tm_isdst < -1 ? -1 : tm.tm_isdst > 1 ? 1 : tm.tm_isdst;
    PyObject *encoded = PyUnicode_EncodeLocale(args[0], "surrogateescape");
    if (encoded == NULL)
        return NULL;
    const char *format = PyBytes_AS_STRING(encoded);
    size_t length = (size_t)PyBytes_GET_SIZE(encoded);
    if (strlen(format) != length) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return NULL;
    }
    /* A result of no characters is no error: only a long format that gives none is doubtful. */
    for (size_t size = 1024; size <= 256 * length + 1024; size *= 2) {
        char *text = gcrt_alloc_leaf(size);
        if (text == NULL)
            return NULL;
        size_t written = strftime(text, size, format, &tm);
        if (written > 0 || size >= 256 * length)
            return PyUnicode_DecodeLocaleAndSize(text, (Py_ssize_t)written, "surrogateescape");
    }
    return PyUnicode_FromString("");
}

static PyObject *
time_strptime(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *module = PyImport_ImportModule("_strptime");
    PyObject *function = module == NULL ? NULL : PyObject_GetAttrString(module, "_strptime_time");
    return function == NULL ? NULL : PyObject_Call(function, args, NULL);
}

/* ------------------------------------------------------------------ time zone */

/* Seconds east of UTC and the zone's name at a moment. */
static int
zone_at(time_t when, long *offset, char *name, size_t size)
{
    struct tm tm;
    if (localtime_r(&when, &tm) == NULL)
        return -1;
    *offset = tm.tm_gmtoff;
    snprintf(name, size, "%s", tm.tm_zone != NULL ? tm.tm_zone : "   ");
    return 0;
}

static int
add_zone_constants(PyObject *module)
{
    const long half_year = 365 * 12 * 3600;
    char january[64], july[64];
    long january_offset, july_offset;
    tzset();
    time_t start = time(NULL) / (half_year * 2) * (half_year * 2);
    if (zone_at(start, &january_offset, january, sizeof january) < 0 ||
        zone_at(start + half_year, &july_offset, july, sizeof july) < 0) {
        PyErr_SetString(PyExc_RuntimeError, "the C library gives no time zone");
        return -1;
    }
    /* Winter time is the smaller offset; the southern hemisphere has it in July. */
    int southern = january_offset > july_offset;
    PyObject *names = southern ? Py_BuildValue("(zz)", july, january) : Py_BuildValue("(zz)", january, july);
    if (names == NULL || PyModule_AddIntConstant(module, "timezone", -(southern ? july_offset : january_offset)) < 0 ||
        PyModule_AddIntConstant(module, "altzone", -(southern ? january_offset : july_offset)) < 0 ||
        PyModule_AddIntConstant(module, "daylight", january_offset != july_offset) < 0)
        return -1;
    return PyModule_AddObjectRef(module, "tzname", names);
}

static PyObject *
time_tzset(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    tzset();
    return add_zone_constants(module) < 0 ? NULL : Py_None;
}

static PyMethodDef calendar_methods[] = {
    {"gmtime", _PyCFunction_CAST(time_gmtime), METH_FASTCALL, "Convert seconds since the Epoch to UTC."},
    {"localtime", _PyCFunction_CAST(time_localtime), METH_FASTCALL, "Convert seconds since the Epoch to local time."},
    {"mktime", time_mktime, METH_O, "Convert a time tuple in local time to seconds since the Epoch."},
    {"asctime", _PyCFunction_CAST(time_asctime), METH_FASTCALL, "Convert a time tuple to a string."},
    {"ctime", _PyCFunction_CAST(time_ctime), METH_FASTCALL, "Convert a time in seconds since the Epoch to a string."},
    {"strftime", _PyCFunction_CAST(time_strftime), METH_FASTCALL,
     "Convert a time tuple to a string according to a format specification."},
    {"strptime", time_strptime, METH_VARARGS, "Parse a string to a time tuple according to a format specification."},
    {"tzset", time_tzset, METH_NOARGS, "Initialize, or reinitialize, the local timezone to the value of TZ."},
    {NULL, NULL, 0, NULL},
};

int
time_add_calendar(PyObject *module)
{
    if (struct_time == NULL && (struct_time = PyStructSequence_NewType(&struct_time_description)) == NULL)
        return -1;
    if (PyModule_AddFunctions(module, calendar_methods) < 0 ||
        PyModule_AddObjectRef(module, "struct_time", (PyObject *)struct_time) < 0 ||
        PyModule_AddIntConstant(module, "_STRUCT_TM_ITEMS", 11) < 0)
        return -1;
    return add_zone_constants(module);
}
