/* gcrt_inline.h: inline functions and macros over the layouts.  Part of Python.h. */
#ifndef GCRT_INLINE_H
#define GCRT_INLINE_H
#ifndef Py_PYTHON_H
#error "include Python.h"
#endif

/* ---- singletons */
#define Py_None (&_Py_NoneStruct)
#define Py_NotImplemented (&_Py_NotImplementedStruct)
#define Py_Ellipsis (&_Py_EllipsisObject)
#define Py_True ((PyObject *)&_Py_TrueStruct)
#define Py_False ((PyObject *)&_Py_FalseStruct)
#define Py_RETURN_NONE return Py_None
#define Py_RETURN_TRUE return Py_True
#define Py_RETURN_FALSE return Py_False
#define Py_RETURN_NOTIMPLEMENTED return Py_NotImplemented
#define Py_RETURN_RICHCOMPARE(a, b, op)                                                                 \
    do {                                                                                                \
        switch (op) {                                                                                   \
        case Py_EQ: if ((a) == (b)) Py_RETURN_TRUE; Py_RETURN_FALSE;                                    \
        case Py_NE: if ((a) != (b)) Py_RETURN_TRUE; Py_RETURN_FALSE;                                    \
        case Py_LT: if ((a) < (b)) Py_RETURN_TRUE; Py_RETURN_FALSE;                                     \
        case Py_GT: if ((a) > (b)) Py_RETURN_TRUE; Py_RETURN_FALSE;                                     \
        case Py_LE: if ((a) <= (b)) Py_RETURN_TRUE; Py_RETURN_FALSE;                                    \
        case Py_GE: if ((a) >= (b)) Py_RETURN_TRUE; Py_RETURN_FALSE;                                    \
        default: Py_UNREACHABLE();                                                                      \
        }                                                                                               \
    } while (0)

/* ---- the type of any value, immediates included */
static inline PyTypeObject *
gcrt_type_of(const void *op)
{
    if (GCRT_LIKELY(gcrt_is_pointer(op)))
        return ((const PyObject *)op)->ob_type;
    return gcrt_is_int(op) ? &PyLong_Type : &PyFloat_Type;
}
#define Py_TYPE(op) gcrt_type_of(op)
static inline int gcrt_is_type(const void *op, const PyTypeObject *t) { return gcrt_type_of(op) == t; }
#define Py_IS_TYPE(op, type) gcrt_is_type((op), (type))
/* Sizes of immediates: an int answers as CPython's would for its sign (0, or +-1 digit counts are not
 * promised); everything else of variable size is a pointer. */
static inline Py_ssize_t
gcrt_size_of(const void *op)
{
    if (GCRT_UNLIKELY(gcrt_is_immediate(op))) {
        int64_t i = gcrt_is_int(op) ? gcrt_int_value(op) : 0;
        return (i > 0) - (i < 0);
    }
    return ((const PyVarObject *)op)->ob_size;
}
#define Py_SIZE(op) gcrt_size_of(op)
#define Py_SET_SIZE(op, n) (((PyVarObject *)(op))->ob_size = (n))
#define Py_SET_TYPE(op, t) (((PyObject *)(op))->ob_type = (t))
#define Py_Is(x, y) ((PyObject *)(x) == (PyObject *)(y))
#define Py_IsNone(x) Py_Is((x), Py_None)
#define Py_IsTrue(x) Py_Is((x), Py_True)
#define Py_IsFalse(x) Py_Is((x), Py_False)

/* ---- reference counts that are not there.  Arguments are evaluated; a DECREF keeps its operand alive
 * up to that point, so that the conservative scan of the C stack still finds it. */
static inline void gcrt_keep_alive(const void *op) { __asm__ volatile("" : : "r"(op)); }
static inline void gcrt_incref(const void *op) { (void)op; }
#define Py_INCREF(op) gcrt_incref((const void *)(op))
#define Py_DECREF(op) gcrt_keep_alive((const void *)(op))
#define Py_XINCREF(op) gcrt_incref((const void *)(op))
#define Py_XDECREF(op) gcrt_keep_alive((const void *)(op))
#define Py_REFCNT(op) ((void)(op), (Py_ssize_t)1000000000)
#define Py_SET_REFCNT(op, n) ((void)(op), (void)(n))
#define _Py_NewReference(op) ((void)(op))
#define _Py_Dealloc(op) ((void)(op))
static inline PyObject *gcrt_newref(PyObject *op) { return op; }
#define Py_NewRef(op) gcrt_newref(_PyObject_CAST(op))
#define Py_XNewRef(op) gcrt_newref(_PyObject_CAST(op))
#define _Py_NewRef(op) gcrt_newref(_PyObject_CAST(op))
#define _Py_XNewRef(op) gcrt_newref(_PyObject_CAST(op))
#define Py_CLEAR(op)                                                                                    \
    do {                                                                                                \
        gcrt_keep_alive((const void *)(op));                                                            \
        (op) = NULL;                                                                                    \
    } while (0)
#define Py_SETREF(op, op2) do { gcrt_keep_alive((const void *)(op)); (op) = (op2); } while (0)
#define Py_XSETREF(op, op2) Py_SETREF(op, op2)
#define Py_VISIT(op)                                                                                    \
    do {                                                                                                \
        if (op) {                                                                                       \
            int vret = visit(_PyObject_CAST(op), arg);                                                  \
            if (vret)                                                                                   \
                return vret;                                                                            \
        }                                                                                               \
    } while (0)
#define Py_TRASHCAN_BEGIN(op, dealloc)
#define Py_TRASHCAN_END
#define Py_TRASHCAN_SAFE_BEGIN(op)
#define Py_TRASHCAN_SAFE_END(op)

/* ---- type checks */
static inline int PyType_HasFeature(PyTypeObject *t, unsigned long f) { return (t->tp_flags & f) != 0; }
#define PyType_FastSubclass(t, f) PyType_HasFeature((t), (f))
#define PyType_IS_GC(t) PyType_HasFeature((t), Py_TPFLAGS_HAVE_GC)
#define _PyType_HasFeature PyType_HasFeature
static inline int
gcrt_type_check(PyObject *op, PyTypeObject *t)
{
    PyTypeObject *own = gcrt_type_of(op);
    return own == t || PyType_IsSubtype(own, t);
}
#define PyObject_TypeCheck(op, t) gcrt_type_check(_PyObject_CAST(op), (t))
static inline int
gcrt_has_feature(const void *op, unsigned long f)
{
    return (gcrt_type_of(op)->tp_flags & f) != 0;
}
#define PyType_Check(op) gcrt_has_feature((op), Py_TPFLAGS_TYPE_SUBCLASS)
#define PyType_CheckExact(op) Py_IS_TYPE((op), &PyType_Type)
static inline int
gcrt_long_check(const void *op)
{
    return gcrt_is_int(op) || gcrt_has_feature(op, Py_TPFLAGS_LONG_SUBCLASS);
}
#define PyLong_Check(op) gcrt_long_check(op)
#define PyLong_CheckExact(op) Py_IS_TYPE((op), &PyLong_Type)
/* Unused inline functions may call it, as those of pythoncapi_compat.h do. */
PyLongObject *_PyLong_New(Py_ssize_t) __attribute__((error("an int can't be made digit by digit: use PyLong_From... or _PyLong_FromByteArray")));
#define PyBool_Check(op) Py_IS_TYPE((op), &PyBool_Type)
#define PyFloat_Check(op) (gcrt_is_float(op) || PyObject_TypeCheck((op), &PyFloat_Type))
#define PyFloat_CheckExact(op) Py_IS_TYPE((op), &PyFloat_Type)
#define PyComplex_Check(op) PyObject_TypeCheck((op), &PyComplex_Type)
#define PyComplex_CheckExact(op) Py_IS_TYPE((op), &PyComplex_Type)
#define PyUnicode_Check(op) gcrt_has_feature((op), Py_TPFLAGS_UNICODE_SUBCLASS)
#define PyUnicode_CheckExact(op) Py_IS_TYPE((op), &PyUnicode_Type)
#define PyBytes_Check(op) gcrt_has_feature((op), Py_TPFLAGS_BYTES_SUBCLASS)
#define PyBytes_CheckExact(op) Py_IS_TYPE((op), &PyBytes_Type)
#define PyByteArray_Check(op) PyObject_TypeCheck((op), &PyByteArray_Type)
#define PyByteArray_CheckExact(op) Py_IS_TYPE((op), &PyByteArray_Type)
#define PyMemoryView_Check(op) Py_IS_TYPE((op), &PyMemoryView_Type)
#define PyList_Check(op) gcrt_has_feature((op), Py_TPFLAGS_LIST_SUBCLASS)
#define PyList_CheckExact(op) Py_IS_TYPE((op), &PyList_Type)
#define PyTuple_Check(op) gcrt_has_feature((op), Py_TPFLAGS_TUPLE_SUBCLASS)
#define PyTuple_CheckExact(op) Py_IS_TYPE((op), &PyTuple_Type)
#define PyDict_Check(op) gcrt_has_feature((op), Py_TPFLAGS_DICT_SUBCLASS)
#define PyDict_CheckExact(op) Py_IS_TYPE((op), &PyDict_Type)
#define PyDictKeys_Check(op) PyObject_TypeCheck((op), &PyDictKeys_Type)
#define PyDictValues_Check(op) PyObject_TypeCheck((op), &PyDictValues_Type)
#define PyDictItems_Check(op) PyObject_TypeCheck((op), &PyDictItems_Type)
#define PyDictViewSet_Check(op) (PyDictKeys_Check(op) || PyDictItems_Check(op))
#define PySet_CheckExact(op) Py_IS_TYPE((op), &PySet_Type)
#define PyFrozenSet_CheckExact(op) Py_IS_TYPE((op), &PyFrozenSet_Type)
#define PyAnySet_CheckExact(op) (PySet_CheckExact(op) || PyFrozenSet_CheckExact(op))
#define PySet_Check(op) PyObject_TypeCheck((op), &PySet_Type)
#define PyFrozenSet_Check(op) PyObject_TypeCheck((op), &PyFrozenSet_Type)
#define PyAnySet_Check(op) (PySet_Check(op) || PyFrozenSet_Check(op))
#define PySlice_Check(op) Py_IS_TYPE((op), &PySlice_Type)
#define PyRange_Check(op) Py_IS_TYPE((op), &PyRange_Type)
#define PyCell_Check(op) Py_IS_TYPE((op), &PyCell_Type)
#define PyModule_Check(op) PyObject_TypeCheck((op), &PyModule_Type)
#define PyModule_CheckExact(op) Py_IS_TYPE((op), &PyModule_Type)
#define PyFunction_Check(op) Py_IS_TYPE((op), &PyFunction_Type)
#define PyMethod_Check(op) Py_IS_TYPE((op), &PyMethod_Type)
#define PyInstanceMethod_Check(op) Py_IS_TYPE((op), &PyInstanceMethod_Type)
#define PyCFunction_Check(op) PyObject_TypeCheck((op), &PyCFunction_Type)
#define PyCFunction_CheckExact(op) Py_IS_TYPE((op), &PyCFunction_Type)
#define PyCMethod_Check(op) PyObject_TypeCheck((op), &PyCMethod_Type)
#define PyCMethod_CheckExact(op) Py_IS_TYPE((op), &PyCMethod_Type)
#define PyCode_Check(op) Py_IS_TYPE((op), &PyCode_Type)
#define PyFrame_Check(op) Py_IS_TYPE((op), &PyFrame_Type)
#define PyTraceBack_Check(op) Py_IS_TYPE((op), &PyTraceBack_Type)
#define PyGen_Check(op) PyObject_TypeCheck((op), &PyGen_Type)
#define PyGen_CheckExact(op) Py_IS_TYPE((op), &PyGen_Type)
#define PyCoro_CheckExact(op) Py_IS_TYPE((op), &PyCoro_Type)
#define PyAsyncGen_CheckExact(op) Py_IS_TYPE((op), &PyAsyncGen_Type)
#define PyCapsule_CheckExact(op) Py_IS_TYPE((op), &PyCapsule_Type)
#define PySeqIter_Check(op) Py_IS_TYPE((op), &PySeqIter_Type)
#define PyCallIter_Check(op) Py_IS_TYPE((op), &PyCallIter_Type)
#define PyContext_CheckExact(op) Py_IS_TYPE((op), &PyContext_Type)
#define PyContextVar_CheckExact(op) Py_IS_TYPE((op), &PyContextVar_Type)
#define PyContextToken_CheckExact(op) Py_IS_TYPE((op), &PyContextToken_Type)
#define PyWeakref_CheckRef(op) PyObject_TypeCheck((op), &_PyWeakref_RefType)
#define PyWeakref_CheckRefExact(op) Py_IS_TYPE((op), &_PyWeakref_RefType)
#define PyWeakref_CheckProxy(op)                                                                        \
    (Py_IS_TYPE((op), &_PyWeakref_ProxyType) || Py_IS_TYPE((op), &_PyWeakref_CallableProxyType))
#define PyWeakref_Check(op) (PyWeakref_CheckRef(op) || PyWeakref_CheckProxy(op))
static inline PyObject *
gcrt_weakref_object(PyObject *ref)
{
    uintptr_t hidden = ((PyWeakReference *)ref)->wr_hidden;
    return hidden == 0 ? Py_None : (PyObject *)~hidden;
}
#define PyWeakref_GET_OBJECT(ref) gcrt_weakref_object(_PyObject_CAST(ref))
#define PyExceptionClass_Check(x)                                                                       \
    (PyType_Check(x) && PyType_FastSubclass((PyTypeObject *)(x), Py_TPFLAGS_BASE_EXC_SUBCLASS))
#define PyExceptionInstance_Check(x) gcrt_has_feature((x), Py_TPFLAGS_BASE_EXC_SUBCLASS)
#define PyExceptionInstance_Class(x) ((PyObject *)Py_TYPE(x))
#define PyIndex_Check_inline(op) (Py_TYPE(op)->tp_as_number && Py_TYPE(op)->tp_as_number->nb_index)

/* ---- access without checks */
static inline double
gcrt_float_as_double(const void *op)
{
    return gcrt_is_float(op) ? gcrt_float_value(op) : ((const PyFloatObject *)op)->ob_fval;
}
#define PyFloat_AS_DOUBLE(op) gcrt_float_as_double(op)
#define Py_RETURN_INF(sign) return PyFloat_FromDouble((sign) > 0 ? HUGE_VAL : -HUGE_VAL)

#define PyTuple_GET_ITEM(op, i) (((PyTupleObject *)(op))->ob_item[i])
#define PyTuple_GET_SIZE(op) (((PyVarObject *)(op))->ob_size)
#define PyTuple_SET_ITEM(op, i, v) ((void)(((PyTupleObject *)(op))->ob_item[i] = (v)))
#define PyList_GET_ITEM(op, i) (((PyListObject *)(op))->ob_item[i])
#define PyList_GET_SIZE(op) (((PyVarObject *)(op))->ob_size)
#define PyList_SET_ITEM(op, i, v) ((void)(((PyListObject *)(op))->ob_item[i] = (v)))
#define PyDict_GET_SIZE(op) (((PyDictObject *)(op))->ma_used)
#define PySet_GET_SIZE(op) (((PySetObject *)(op))->used)
#define PySequence_Fast_GET_SIZE(o) (PyList_Check(o) ? PyList_GET_SIZE(o) : PyTuple_GET_SIZE(o))
#define PySequence_Fast_ITEMS(o)                                                                        \
    (PyList_Check(o) ? ((PyListObject *)(o))->ob_item : ((PyTupleObject *)(o))->ob_item)
#define PySequence_Fast_GET_ITEM(o, i) (PySequence_Fast_ITEMS(o)[i])
#define PySequence_ITEM(o, i) (Py_TYPE(o)->tp_as_sequence->sq_item((o), (i)))
#define PyCell_GET(op) (((PyCellObject *)(op))->ob_ref)
#define PyCell_SET(op, v) ((void)(((PyCellObject *)(op))->ob_ref = (v)))
#define PyBytes_AS_STRING(op) (((PyBytesObject *)(op))->ob_sval)
#define PyBytes_GET_SIZE(op) (((PyVarObject *)(op))->ob_size)
extern char gcrt_bytearray_empty[];
static inline char *
PyByteArray_AS_STRING(const void *op)
{
    const PyByteArrayObject *b = (const PyByteArrayObject *)op;
    return ((const PyVarObject *)op)->ob_size ? b->ob_start : gcrt_bytearray_empty;
}
#define PyByteArray_GET_SIZE(op) (((PyVarObject *)(op))->ob_size)

#define PyUnicode_GET_LENGTH(op) (((PyASCIIObject *)(op))->length)
#define PyUnicode_KIND(op) ((int)((PyASCIIObject *)(op))->state.kind)
#define PyUnicode_IS_ASCII(op) ((int)((PyASCIIObject *)(op))->state.ascii)
#define PyUnicode_IS_COMPACT(op) ((int)((PyASCIIObject *)(op))->state.compact)
#define PyUnicode_IS_COMPACT_ASCII(op) (PyUnicode_IS_ASCII(op) && PyUnicode_IS_COMPACT(op))
#define PyUnicode_IS_READY(op) 1
#define PyUnicode_READY(op) 0
#define PyUnicode_CHECK_INTERNED(op) ((int)((PyASCIIObject *)(op))->state.interned)
static inline void *
gcrt_unicode_data(const void *op)
{
    if (!PyUnicode_IS_COMPACT(op))
        return ((const PyUnicodeObject *)op)->data.any;
    if (PyUnicode_IS_ASCII(op))
        return (void *)((const PyASCIIObject *)op + 1);
    return (void *)((const PyCompactUnicodeObject *)op + 1);
}
#define PyUnicode_DATA(op) gcrt_unicode_data(op)
#define PyUnicode_1BYTE_DATA(op) ((Py_UCS1 *)PyUnicode_DATA(op))
#define PyUnicode_2BYTE_DATA(op) ((Py_UCS2 *)PyUnicode_DATA(op))
#define PyUnicode_4BYTE_DATA(op) ((Py_UCS4 *)PyUnicode_DATA(op))
static inline Py_UCS4
gcrt_unicode_read(int kind, const void *data, Py_ssize_t i)
{
    if (kind == PyUnicode_1BYTE_KIND)
        return ((const Py_UCS1 *)data)[i];
    if (kind == PyUnicode_2BYTE_KIND)
        return ((const Py_UCS2 *)data)[i];
    return ((const Py_UCS4 *)data)[i];
}
#define PyUnicode_READ(kind, data, i) gcrt_unicode_read((int)(kind), (data), (i))
#define PyUnicode_READ_CHAR(op, i) gcrt_unicode_read(PyUnicode_KIND(op), PyUnicode_DATA(op), (i))
static inline void
gcrt_unicode_write(int kind, void *data, Py_ssize_t i, Py_UCS4 ch)
{
    if (kind == PyUnicode_1BYTE_KIND)
        ((Py_UCS1 *)data)[i] = (Py_UCS1)ch;
    else if (kind == PyUnicode_2BYTE_KIND)
        ((Py_UCS2 *)data)[i] = (Py_UCS2)ch;
    else
        ((Py_UCS4 *)data)[i] = ch;
}
#define PyUnicode_WRITE(kind, data, i, ch) gcrt_unicode_write((int)(kind), (data), (i), (ch))
static inline Py_UCS4
gcrt_unicode_max_char(const void *op)
{
    if (PyUnicode_IS_ASCII(op))
        return 0x7f;
    return PyUnicode_KIND(op) == 1 ? 0xff : PyUnicode_KIND(op) == 2 ? 0xffff : 0x10ffff;
}
#define PyUnicode_MAX_CHAR_VALUE(op) gcrt_unicode_max_char(op)
#define Py_UNICODE_IS_SURROGATE(ch) (0xD800 <= (ch) && (ch) <= 0xDFFF)
#define Py_UNICODE_IS_HIGH_SURROGATE(ch) (0xD800 <= (ch) && (ch) <= 0xDBFF)
#define Py_UNICODE_IS_LOW_SURROGATE(ch) (0xDC00 <= (ch) && (ch) <= 0xDFFF)
#define Py_UNICODE_JOIN_SURROGATES(hi, lo) (((((Py_UCS4)(hi)&0x03FF) << 10) | ((Py_UCS4)(lo)&0x03FF)) + 0x10000)
#define Py_UNICODE_HIGH_SURROGATE(ch) (0xD800 - (0x10000 >> 10) + ((ch) >> 10))
#define Py_UNICODE_LOW_SURROGATE(ch) (0xDC00 + ((ch)&0x3FF))
#define Py_UNICODE_ISSPACE(ch) _PyUnicode_IsWhitespace(ch)
#define Py_UNICODE_ISLOWER(ch) _PyUnicode_IsLowercase(ch)
#define Py_UNICODE_ISUPPER(ch) _PyUnicode_IsUppercase(ch)
#define Py_UNICODE_ISTITLE(ch) _PyUnicode_IsTitlecase(ch)
#define Py_UNICODE_ISLINEBREAK(ch) _PyUnicode_IsLinebreak(ch)
#define Py_UNICODE_TOLOWER(ch) _PyUnicode_ToLowercase(ch)
#define Py_UNICODE_TOUPPER(ch) _PyUnicode_ToUppercase(ch)
#define Py_UNICODE_TOTITLE(ch) _PyUnicode_ToTitlecase(ch)
#define Py_UNICODE_ISDECIMAL(ch) _PyUnicode_IsDecimalDigit(ch)
#define Py_UNICODE_ISDIGIT(ch) _PyUnicode_IsDigit(ch)
#define Py_UNICODE_ISNUMERIC(ch) _PyUnicode_IsNumeric(ch)
#define Py_UNICODE_ISPRINTABLE(ch) _PyUnicode_IsPrintable(ch)
#define Py_UNICODE_TODECIMAL(ch) _PyUnicode_ToDecimalDigit(ch)
#define Py_UNICODE_TODIGIT(ch) _PyUnicode_ToDigit(ch)
#define Py_UNICODE_TONUMERIC(ch) _PyUnicode_ToNumeric(ch)
#define Py_UNICODE_ISALPHA(ch) _PyUnicode_IsAlpha(ch)
#define Py_UNICODE_ISALNUM(ch)                                                                          \
    (Py_UNICODE_ISALPHA(ch) || Py_UNICODE_ISDECIMAL(ch) || Py_UNICODE_ISDIGIT(ch) ||                    \
     Py_UNICODE_ISNUMERIC(ch))

#define PyCFunction_GET_FUNCTION(f) (((PyCFunctionObject *)(f))->m_ml->ml_meth)
#define PyCFunction_GET_FLAGS(f) (((PyCFunctionObject *)(f))->m_ml->ml_flags)
#define PyCFunction_GET_SELF(f)                                                                         \
    (PyCFunction_GET_FLAGS(f) & METH_STATIC ? NULL : ((PyCFunctionObject *)(f))->m_self)
#define PyCFunction_GET_CLASS(f)                                                                        \
    (PyCFunction_GET_FLAGS(f) & METH_METHOD ? ((PyCMethodObject *)(f))->mm_class : NULL)
#define PyMethod_GET_FUNCTION(m) (((PyMethodObject *)(m))->im_func)
#define PyMethod_GET_SELF(m) (((PyMethodObject *)(m))->im_self)
#define PyFunction_GET_CODE(f) (((PyFunctionObject *)(f))->func_code)
#define PyFunction_GET_GLOBALS(f) (((PyFunctionObject *)(f))->func_globals)
#define PyFunction_GET_MODULE(f) (((PyFunctionObject *)(f))->func_module)
#define PyFunction_GET_DEFAULTS(f) (((PyFunctionObject *)(f))->func_defaults)
#define PyFunction_GET_KW_DEFAULTS(f) (((PyFunctionObject *)(f))->func_kwdefaults)
#define PyFunction_GET_CLOSURE(f) (((PyFunctionObject *)(f))->func_closure)
#define PyFunction_GET_ANNOTATIONS(f) (((PyFunctionObject *)(f))->func_annotations)
#define PyMemoryView_GET_BUFFER(op) (&((PyMemoryViewObject *)(op))->view)
#define PyMemoryView_GET_BASE(op) (((PyMemoryViewObject *)(op))->view.obj)

/* ---- calls */
#define PyVectorcall_NARGS(n) ((Py_ssize_t)((size_t)(n) & ~PY_VECTORCALL_ARGUMENTS_OFFSET))
#define PyObject_DelAttr(o, n) PyObject_SetAttr((o), (n), NULL)
#define PyObject_DelAttrString(o, n) PyObject_SetAttrString((o), (n), NULL)
#define PyMapping_DelItemString(o, k) PyObject_DelItemString((o), (k))
#define PyMapping_DelItem(o, k) PyObject_DelItem((o), (k))
#define PyObject_Length PyObject_Size
#define PySequence_Length PySequence_Size
#define PyMapping_Length PyMapping_Size
#define _PyObject_CallNoArg(f) PyObject_CallNoArgs(f)
#define _PyObject_Vectorcall PyObject_Vectorcall
#define _PyObject_FastCallDict PyObject_VectorcallDict
#define _PyObject_VectorcallMethod PyObject_VectorcallMethod
#define _PyObject_CallMethodNoArgs PyObject_CallMethodNoArgs
#define _PyObject_CallMethodOneArg PyObject_CallMethodOneArg
#define _PyObject_CallOneArg PyObject_CallOneArg
#define _PyObject_CallNoArgs PyObject_CallNoArgs
#define PyCFunction_New(ml, self) PyCFunction_NewEx((ml), (self), NULL)
#define PyCFunction_NewEx(ml, self, mod) PyCMethod_New((ml), (self), (mod), NULL)

/* ---- memory of objects */
#define PyObject_New(type, t) ((type *)_PyObject_New(t))
#define PyObject_NewVar(type, t, n) ((type *)_PyObject_NewVar((t), (n)))
#define PyObject_NEW PyObject_New
#define PyObject_NEW_VAR PyObject_NewVar
#define PyObject_GC_New(type, t) ((type *)_PyObject_GC_New(t))
#define PyObject_GC_NewVar(type, t, n) ((type *)_PyObject_GC_NewVar((t), (n)))
#define PyObject_GC_Resize(type, op, n) ((type *)_PyObject_GC_Resize((PyVarObject *)(op), (n)))
#define PyObject_INIT(op, t) PyObject_Init(_PyObject_CAST(op), (t))
#define PyObject_INIT_VAR(op, t, n) PyObject_InitVar(_PyVarObject_CAST(op), (t), (n))
#define _PyObject_SIZE(t) ((size_t)(t)->tp_basicsize)
#define _PyObject_VAR_SIZE(t, n)                                                                        \
    (((size_t)(t)->tp_basicsize + (size_t)(n) * (size_t)(t)->tp_itemsize + 7) & ~(size_t)7)
#define PyObject_Del PyObject_Free
#define PyObject_DEL PyObject_Free
#define PyObject_MALLOC PyObject_Malloc
#define PyObject_REALLOC PyObject_Realloc
#define PyObject_FREE PyObject_Free
#define PyMem_MALLOC PyMem_Malloc
#define PyMem_REALLOC PyMem_Realloc
#define PyMem_FREE PyMem_Free
#define PyMem_Del PyMem_Free
#define PyMem_DEL PyMem_Free
#define PyMem_New(type, n)                                                                              \
    (((size_t)(n) > PY_SSIZE_T_MAX / sizeof(type)) ? NULL : ((type *)PyMem_Malloc((n) * sizeof(type))))
#define PyMem_NEW PyMem_New
#define PyMem_Resize(p, type, n)                                                                        \
    ((p) = ((size_t)(n) > PY_SSIZE_T_MAX / sizeof(type)) ? NULL                                         \
                                                         : (type *)PyMem_Realloc((p), (n) * sizeof(type)))
#define PyMem_RESIZE PyMem_Resize
#define _PyObject_GC_TRACK(op) ((void)(op))
#define _PyObject_GC_UNTRACK(op) ((void)(op))
#define _PyObject_GC_IS_TRACKED(op) 1

/* ---- threads and locks */
#define Py_BEGIN_ALLOW_THREADS { PyThreadState *_save = PyEval_SaveThread();
#define Py_BLOCK_THREADS PyEval_RestoreThread(_save);
#define Py_UNBLOCK_THREADS _save = PyEval_SaveThread();
#define Py_END_ALLOW_THREADS PyEval_RestoreThread(_save); }
#define PyThreadState_GET() PyThreadState_Get()
#define Py_BEGIN_CRITICAL_SECTION(op) {
#define Py_END_CRITICAL_SECTION() }
#define Py_BEGIN_CRITICAL_SECTION2(a, b) {
#define Py_END_CRITICAL_SECTION2() }

/* ---- modules, errors, struct sequences */
#define PyModule_Create(def) PyModule_Create2((def), PYTHON_API_VERSION)
#define PyModule_FromDefAndSpec(def, spec) PyModule_FromDefAndSpec2((def), (spec), PYTHON_API_VERSION)
#define PyModule_AddIntMacro(m, c) PyModule_AddIntConstant((m), #c, (c))
#define PyModule_AddStringMacro(m, c) PyModule_AddStringConstant((m), #c, (c))
#define PyImport_ImportModuleEx(n, g, l, f) PyImport_ImportModuleLevel((n), (g), (l), (f), 0)
#define PyErr_BadInternalCall() _PyErr_BadInternalCall(__FILE__, __LINE__)
#define PyErr_Warn(category, msg) PyErr_WarnEx((category), (msg), 1)
#define PyStructSequence_SET_ITEM(op, i, v) PyTuple_SET_ITEM((op), (i), (v))
#define PyStructSequence_GET_ITEM(op, i) PyTuple_GET_ITEM((op), (i))
#define PyLong_AS_LONG(op) PyLong_AsLong(op)
#define PyLong_FromPid PyLong_FromLong
#define PyLong_AsPid PyLong_AsLong
#define _Py_PARSE_PID "i"
#define PyRun_String(s, start, g, l) PyRun_StringFlags((s), (start), (g), (l), NULL)
#define PyRun_SimpleString(s) PyRun_SimpleStringFlags((s), NULL)
#define Py_CompileString(s, f, start) Py_CompileStringExFlags((s), (f), (start), NULL, -1)
#define Py_CompileStringFlags(s, f, start, fl) Py_CompileStringExFlags((s), (f), (start), (fl), -1)
#define Py_BEGIN_SUPPRESS_IPH
#define Py_END_SUPPRESS_IPH

/* ---- building strings */
#define _PyUnicodeWriter_Prepare(writer, length, limit)                                                   \
    (((limit) <= (writer)->maxchar && (length) <= (writer)->size - (writer)->pos) || (length) == 0          \
         ? 0                                                                                                \
         : _PyUnicodeWriter_PrepareInternal((writer), (length), (limit)))
#endif
