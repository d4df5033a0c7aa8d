/* datetime.h: the C API of the datetime module, over the module's Python objects.
 *
 * The classes are the standard library's own, so that nothing about their layout is known here: reading a
 * field is reading an attribute, making an object is calling its class.  Everything is in this header; each
 * source file that uses it has its own PyDateTimeAPI, as with CPython, and PyDateTime_IMPORT fills it. */
#ifndef DATETIME_H
#define DATETIME_H
#include "Python.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    PyObject_HEAD
} PyDateTime_Date;
typedef PyDateTime_Date PyDateTime_DateTime;
typedef PyDateTime_Date PyDateTime_Time;
typedef PyDateTime_Date PyDateTime_Delta;
typedef PyDateTime_Date PyDateTime_TZInfo;

typedef struct {
    PyTypeObject *DateType;
    PyTypeObject *DateTimeType;
    PyTypeObject *TimeType;
    PyTypeObject *DeltaType;
    PyTypeObject *TZInfoType;
    PyObject *TimeZone_UTC;
    PyObject *(*Date_FromDate)(int, int, int, PyTypeObject *);
    PyObject *(*DateTime_FromDateAndTime)(int, int, int, int, int, int, int, PyObject *, PyTypeObject *);
    PyObject *(*Time_FromTime)(int, int, int, int, PyObject *, PyTypeObject *);
    PyObject *(*Delta_FromDelta)(int, int, int, int, PyTypeObject *);
    PyObject *(*TimeZone_FromTimeZone)(PyObject *, PyObject *);
    PyObject *(*DateTime_FromTimestamp)(PyObject *, PyObject *, PyObject *);
    PyObject *(*Date_FromTimestamp)(PyObject *, PyObject *);
    PyObject *(*DateTime_FromDateAndTimeAndFold)(int, int, int, int, int, int, int, PyObject *, int, PyTypeObject *);
    PyObject *(*Time_FromTimeAndFold)(int, int, int, int, PyObject *, int, PyTypeObject *);
} PyDateTime_CAPI;

static PyDateTime_CAPI *PyDateTimeAPI __attribute__((unused));
#define PyDateTime_CAPSULE_NAME "datetime.datetime_CAPI"

static inline PyObject *
gcrt_datetime_new_date(int year, int month, int day, PyTypeObject *type)
{
    return PyObject_CallFunction((PyObject *)type, "iii", year, month, day);
}
static inline PyObject *
gcrt_datetime_with_fold(PyObject *made, int fold)
{
    if (made == NULL || fold == 0)
        return made;
    PyObject *replace = PyObject_GetAttrString(made, "replace"), *none = PyTuple_New(0);
    PyObject *keywords = Py_BuildValue("{s:i}", "fold", fold);
    return replace != NULL && none != NULL && keywords != NULL ? PyObject_Call(replace, none, keywords) : NULL;
}
static inline PyObject *
gcrt_datetime_new_fold(int year, int month, int day, int hour, int minute, int second, int usecond, PyObject *tz,
                       int fold, PyTypeObject *type)
{
    return gcrt_datetime_with_fold(PyObject_CallFunction((PyObject *)type, "iiiiiiiO", year, month, day, hour, minute,
                                                         second, usecond, tz), fold);
}
static inline PyObject *
gcrt_datetime_new(int year, int month, int day, int hour, int minute, int second, int usecond, PyObject *tz,
                  PyTypeObject *type)
{
    return gcrt_datetime_new_fold(year, month, day, hour, minute, second, usecond, tz, 0, type);
}
static inline PyObject *
gcrt_datetime_new_time_fold(int hour, int minute, int second, int usecond, PyObject *tz, int fold, PyTypeObject *type)
{
    return gcrt_datetime_with_fold(PyObject_CallFunction((PyObject *)type, "iiiiO", hour, minute, second, usecond, tz), fold);
}
static inline PyObject *
gcrt_datetime_new_time(int hour, int minute, int second, int usecond, PyObject *tz, PyTypeObject *type)
{
    return gcrt_datetime_new_time_fold(hour, minute, second, usecond, tz, 0, type);
}
static inline PyObject *
gcrt_datetime_new_delta(int days, int seconds, int useconds, int normalize, PyTypeObject *type)
{
    (void)normalize; /* the class always does */
    return PyObject_CallFunction((PyObject *)type, "iii", days, seconds, useconds);
}
static inline PyObject *
gcrt_datetime_new_zone(PyObject *offset, PyObject *name)
{
    PyObject *type = (PyObject *)Py_TYPE(PyDateTimeAPI->TimeZone_UTC);
    return PyObject_CallFunctionObjArgs(type, offset, name, NULL);
}
static inline PyObject *
gcrt_datetime_from_timestamp(PyObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *make = PyObject_GetAttrString(type, "fromtimestamp");
    return make != NULL ? PyObject_Call(make, args, keywords) : NULL;
}
static inline PyObject *
gcrt_datetime_date_from_timestamp(PyObject *type, PyObject *args)
{
    return gcrt_datetime_from_timestamp(type, args, NULL);
}

static inline PyTypeObject *
gcrt_datetime_type(PyObject *module, const char *name)
{
    PyObject *found = module != NULL ? PyObject_GetAttrString(module, name) : NULL;
    if (found != NULL && !PyType_Check(found)) {
        PyErr_Format(PyExc_TypeError, "datetime.%s is not a type", name);
        return NULL;
    }
    return (PyTypeObject *)found;
}

/* PyDateTimeAPI, or NULL with an exception; once filled it stays. */
static inline PyDateTime_CAPI *
gcrt_datetime_import(void)
{
    static PyDateTime_CAPI api;
    if (api.TimeZone_UTC != NULL)
        return &api;
    PyObject *module = PyImport_ImportModule("datetime"), *zone;
    if ((api.DateType = gcrt_datetime_type(module, "date")) == NULL ||
        (api.DateTimeType = gcrt_datetime_type(module, "datetime")) == NULL ||
        (api.TimeType = gcrt_datetime_type(module, "time")) == NULL ||
        (api.DeltaType = gcrt_datetime_type(module, "timedelta")) == NULL ||
        (api.TZInfoType = gcrt_datetime_type(module, "tzinfo")) == NULL ||
        (zone = (PyObject *)gcrt_datetime_type(module, "timezone")) == NULL)
        return NULL;
    api.Date_FromDate = gcrt_datetime_new_date;
    api.DateTime_FromDateAndTime = gcrt_datetime_new;
    api.Time_FromTime = gcrt_datetime_new_time;
    api.Delta_FromDelta = gcrt_datetime_new_delta;
    api.TimeZone_FromTimeZone = gcrt_datetime_new_zone;
    api.DateTime_FromTimestamp = gcrt_datetime_from_timestamp;
    api.Date_FromTimestamp = gcrt_datetime_date_from_timestamp;
    api.DateTime_FromDateAndTimeAndFold = gcrt_datetime_new_fold;
    api.Time_FromTimeAndFold = gcrt_datetime_new_time_fold;
    api.TimeZone_UTC = PyObject_GetAttrString(zone, "utc");
    return api.TimeZone_UTC != NULL ? &api : NULL;
}
#define PyDateTime_IMPORT (PyDateTimeAPI = gcrt_datetime_import())
#define PyDateTime_TimeZone_UTC (PyDateTimeAPI->TimeZone_UTC)

/* ---- fields.  They can't fail for objects of the right type; -1 with an exception for others. */
static inline int
gcrt_datetime_field(const void *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString((PyObject *)object, name);
    return value != NULL ? (int)PyLong_AsLong(value) : -1;
}
static inline PyObject *
gcrt_datetime_zone(const void *object)
{
    return PyObject_GetAttrString((PyObject *)object, "tzinfo");
}
#define PyDateTime_GET_YEAR(o) gcrt_datetime_field((o), "year")
#define PyDateTime_GET_MONTH(o) gcrt_datetime_field((o), "month")
#define PyDateTime_GET_DAY(o) gcrt_datetime_field((o), "day")
#define PyDateTime_DATE_GET_HOUR(o) gcrt_datetime_field((o), "hour")
#define PyDateTime_DATE_GET_MINUTE(o) gcrt_datetime_field((o), "minute")
#define PyDateTime_DATE_GET_SECOND(o) gcrt_datetime_field((o), "second")
#define PyDateTime_DATE_GET_MICROSECOND(o) gcrt_datetime_field((o), "microsecond")
#define PyDateTime_DATE_GET_FOLD(o) gcrt_datetime_field((o), "fold")
#define PyDateTime_DATE_GET_TZINFO(o) gcrt_datetime_zone(o)
#define PyDateTime_TIME_GET_HOUR(o) gcrt_datetime_field((o), "hour")
#define PyDateTime_TIME_GET_MINUTE(o) gcrt_datetime_field((o), "minute")
#define PyDateTime_TIME_GET_SECOND(o) gcrt_datetime_field((o), "second")
#define PyDateTime_TIME_GET_MICROSECOND(o) gcrt_datetime_field((o), "microsecond")
#define PyDateTime_TIME_GET_FOLD(o) gcrt_datetime_field((o), "fold")
#define PyDateTime_TIME_GET_TZINFO(o) gcrt_datetime_zone(o)
#define PyDateTime_DELTA_GET_DAYS(o) gcrt_datetime_field((o), "days")
#define PyDateTime_DELTA_GET_SECONDS(o) gcrt_datetime_field((o), "seconds")
#define PyDateTime_DELTA_GET_MICROSECONDS(o) gcrt_datetime_field((o), "microseconds")

/* ---- type checks */
#define PyDate_Check(op) PyObject_TypeCheck((op), PyDateTimeAPI->DateType)
#define PyDate_CheckExact(op) Py_IS_TYPE((op), PyDateTimeAPI->DateType)
#define PyDateTime_Check(op) PyObject_TypeCheck((op), PyDateTimeAPI->DateTimeType)
#define PyDateTime_CheckExact(op) Py_IS_TYPE((op), PyDateTimeAPI->DateTimeType)
#define PyTime_Check(op) PyObject_TypeCheck((op), PyDateTimeAPI->TimeType)
#define PyTime_CheckExact(op) Py_IS_TYPE((op), PyDateTimeAPI->TimeType)
#define PyDelta_Check(op) PyObject_TypeCheck((op), PyDateTimeAPI->DeltaType)
#define PyDelta_CheckExact(op) Py_IS_TYPE((op), PyDateTimeAPI->DeltaType)
#define PyTZInfo_Check(op) PyObject_TypeCheck((op), PyDateTimeAPI->TZInfoType)
#define PyTZInfo_CheckExact(op) Py_IS_TYPE((op), PyDateTimeAPI->TZInfoType)

/* ---- making them */
#define PyDate_FromDate(year, month, day) PyDateTimeAPI->Date_FromDate((year), (month), (day), PyDateTimeAPI->DateType)
#define PyDateTime_FromDateAndTime(year, month, day, hour, min, sec, usec)                                 \
    PyDateTimeAPI->DateTime_FromDateAndTime((year), (month), (day), (hour), (min), (sec), (usec), Py_None,  \
                                            PyDateTimeAPI->DateTimeType)
#define PyDateTime_FromDateAndTimeAndFold(year, month, day, hour, min, sec, usec, fold)                     \
    PyDateTimeAPI->DateTime_FromDateAndTimeAndFold((year), (month), (day), (hour), (min), (sec), (usec),    \
                                                   Py_None, (fold), PyDateTimeAPI->DateTimeType)
#define PyTime_FromTime(hour, minute, second, usecond)                                                      \
    PyDateTimeAPI->Time_FromTime((hour), (minute), (second), (usecond), Py_None, PyDateTimeAPI->TimeType)
#define PyTime_FromTimeAndFold(hour, minute, second, usecond, fold)                                         \
    PyDateTimeAPI->Time_FromTimeAndFold((hour), (minute), (second), (usecond), Py_None, (fold),             \
                                        PyDateTimeAPI->TimeType)
#define PyDelta_FromDSU(days, seconds, useconds)                                                            \
    PyDateTimeAPI->Delta_FromDelta((days), (seconds), (useconds), 1, PyDateTimeAPI->DeltaType)
#define PyTimeZone_FromOffset(offset) PyDateTimeAPI->TimeZone_FromTimeZone((offset), NULL)
#define PyTimeZone_FromOffsetAndName(offset, name) PyDateTimeAPI->TimeZone_FromTimeZone((offset), (name))
#define PyDateTime_FromTimestamp(args)                                                                      \
    PyDateTimeAPI->DateTime_FromTimestamp((PyObject *)PyDateTimeAPI->DateTimeType, (args), NULL)
#define PyDate_FromTimestamp(args)                                                                          \
    PyDateTimeAPI->Date_FromTimestamp((PyObject *)PyDateTimeAPI->DateType, (args))

#ifdef __cplusplus
}
#endif
#endif
