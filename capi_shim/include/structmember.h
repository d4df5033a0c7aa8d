/* structmember.h: the old spellings of the member types that Python.h defines.  No macros: there are headers that define
 * the new spellings as the old ones, for versions of CPython that have only these. */
#ifndef Py_STRUCTMEMBER_H
#define Py_STRUCTMEMBER_H
#include "Python.h"
enum {
    T_SHORT = Py_T_SHORT, T_INT = Py_T_INT, T_LONG = Py_T_LONG, T_FLOAT = Py_T_FLOAT, T_DOUBLE = Py_T_DOUBLE,
    T_STRING = Py_T_STRING, T_OBJECT = _Py_T_OBJECT, T_CHAR = Py_T_CHAR, T_BYTE = Py_T_BYTE, T_UBYTE = Py_T_UBYTE,
    T_USHORT = Py_T_USHORT, T_UINT = Py_T_UINT, T_ULONG = Py_T_ULONG, T_STRING_INPLACE = Py_T_STRING_INPLACE,
    T_BOOL = Py_T_BOOL, T_OBJECT_EX = Py_T_OBJECT_EX, T_LONGLONG = Py_T_LONGLONG, T_ULONGLONG = Py_T_ULONGLONG,
    T_PYSSIZET = Py_T_PYSSIZET, T_NONE = _Py_T_NONE, READONLY = Py_READONLY, PY_AUDIT_READ = Py_AUDIT_READ,
    READ_RESTRICTED = Py_AUDIT_READ, PY_WRITE_RESTRICTED = _Py_WRITE_RESTRICTED,
    RESTRICTED = (Py_AUDIT_READ | _Py_WRITE_RESTRICTED),
};
#endif
