/* object_attr.c: attributes of instances: the generic protocol (type's data descriptor, the instance's own,
 * type's other attribute) and the API's entry points. */
#include "typeobject.h"

/* ---- names */

static PyObject *
unusual_name(PyObject *name)
{
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "attribute name must be string, not '%.200s'", Py_TYPE(name)->tp_name);
        return NULL;
    }
    if (!PyUnicode_CheckExact(name) && (name = PyUnicode_FromObject(name)) == NULL)
        return NULL;
    PyUnicode_InternInPlace(&name);
    return name;
}

/* An interned exact str for name, NULL with TypeError. */
static inline PyObject *
attribute_name(PyObject *name)
{
    if (GCRT_LIKELY(PyUnicode_CheckExact(name) && PyUnicode_CHECK_INTERNED(name)))
        return name;
    return unusual_name(name);
}

/* AttributeError that knows the object and the name (for suggestions). */
static void
raise_with_context(PyObject *message, PyObject *obj, PyObject *name)
{
    PyObject *error = message == NULL ? NULL : PyObject_CallOneArg(PyExc_AttributeError, message);
    if (error == NULL)
        return;
    if (Py_IS_TYPE(error, (PyTypeObject *)PyExc_AttributeError)) {
        PyAttributeErrorObject *e = (PyAttributeErrorObject *)error;
        gc_store(e, &e->obj, obj);
        gc_store(e, &e->name, name);
    }
    PyErr_SetObject(PyExc_AttributeError, error);
}

PyObject *
descr_missing_by(PyObject *obj, PyObject *name)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (value != NULL && PyObject_TypeCheck(value, (PyTypeObject *)PyExc_AttributeError)) {
        PyAttributeErrorObject *e = (PyAttributeErrorObject *)value;
        if (e->name == NULL && e->obj == NULL) {
            gc_store(e, &e->obj, obj);
            gc_store(e, &e->name, name);
        }
    }
    PyErr_Restore(type, value, traceback);
    return NULL;
}

PyObject *
descr_not_found(PyObject *obj, PyObject *name)
{
    PyObject *message = PyType_Check(obj)
                            ? PyUnicode_FromFormat("type object '%.50s' has no attribute '%U'",
                                                   ((PyTypeObject *)obj)->tp_name, name)
                            : PyUnicode_FromFormat("'%.100s' object has no attribute '%U'",
                                                   Py_TYPE(obj)->tp_name, name);
    raise_with_context(message, obj, name);
    return NULL;
}

/* ---- the instance's own dict, where the C layout has a word for one */

static PyObject **
dict_word(PyObject *self, PyTypeObject *type)
{
    Py_ssize_t offset = type->tp_dictoffset;
    if (offset == 0 || type->gcrt_inst_offset != 0)
        return NULL;
    if (offset < 0) {
        Py_ssize_t n = ((PyVarObject *)self)->ob_size;
        offset += (Py_ssize_t)_PyObject_VAR_SIZE(type, n < 0 ? -n : n);
        if (offset <= 0)
            return NULL;
    }
    return (PyObject **)((char *)self + offset);
}

static PyObject *
lookup_in_dict(PyObject *dict, PyObject *name)
{
    if (((PyDictObject *)dict)->str_keys_only && PyDict_CheckExact(dict))
        return dict_get_str(dict, name);
    return PyDict_GetItemWithError(dict, name);
}

/* The instance's own attribute; NULL without an exception when absent. */
static inline PyObject *
own_attribute(PyObject *self, PyTypeObject *type, PyObject *name)
{
    if (gcrt_is_immediate(self))
        return NULL;
    gcrt_record *record = gcrt_instance_record(self, type);
    if (record != NULL)
        return instance_get(self, record, name);
    PyObject **word = dict_word(self, type);
    return word == NULL || *word == NULL ? NULL : lookup_in_dict(*word, name);
}

/* ---- get */

/* NULL without an exception when the attribute is absent. */
static inline PyObject *
generic_lookup(PyObject *self, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *descr = type_lookup(type, name);
    descrgetfunc get = NULL;
    if (descr != NULL) {
        PyTypeObject *dtype = Py_TYPE(descr);
        get = dtype->tp_descr_get;
        if (get != NULL && dtype->tp_descr_set != NULL)
            return get(descr, self, (PyObject *)type);
    }
    PyObject *value = own_attribute(self, type, name);
    if (value != NULL || GCRT_UNLIKELY(gcrt_ts->exception != NULL))
        return value;
    return get == NULL ? descr : get(descr, self, (PyObject *)type);
}

PyObject *
PyObject_GenericGetAttr(PyObject *self, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(self);
    name = attribute_name(name);
    if (name == NULL || (type->tp_mro == NULL && PyType_Ready(type) < 0))
        return NULL;
    PyObject *value = generic_lookup(self, name);
    if (GCRT_LIKELY(value != NULL) || PyErr_Occurred())
        return value;
    return descr_not_found(self, name);
}

static int
clear_attribute_error(void)
{
    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return 0;
    PyErr_Clear();
    return 1;
}

PyObject *
_PyObject_GenericGetAttrWithDict(PyObject *self, PyObject *name, PyObject *dict, int suppress)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *value;
    name = attribute_name(name);
    if (name == NULL || (type->tp_mro == NULL && PyType_Ready(type) < 0))
        return NULL;
    if (dict == NULL) {
        value = generic_lookup(self, name);
    }
    else {
        PyObject *descr = type_lookup(type, name);
        descrgetfunc get = descr == NULL ? NULL : Py_TYPE(descr)->tp_descr_get;
        if (get != NULL && Py_TYPE(descr)->tp_descr_set != NULL)
            value = get(descr, self, (PyObject *)type);
        else if ((value = lookup_in_dict(dict, name)) == NULL && !PyErr_Occurred())
            value = get == NULL ? descr : get(descr, self, (PyObject *)type);
    }
    if (value != NULL)
        return value;
    if (PyErr_Occurred()) {
        if (suppress)
            clear_attribute_error();
        return NULL;
    }
    return suppress ? NULL : descr_not_found(self, name);
}

PyObject *
PyObject_GetAttr(PyObject *self, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(self);
    if (GCRT_UNLIKELY(!PyUnicode_Check(name)))
        return attribute_name(name);
    if (GCRT_LIKELY(type->tp_getattro != NULL))
        return type->tp_getattro(self, name);
    if (type->tp_getattr != NULL) {
        const char *text = PyUnicode_AsUTF8(name);
        return text == NULL ? NULL : type->tp_getattr(self, (char *)text);
    }
    if (type->tp_mro == NULL && PyType_Ready(type) == 0 && type->tp_getattro != NULL)
        return type->tp_getattro(self, name);
    return PyErr_Occurred() ? NULL : descr_not_found(self, name);
}

/* 1 found, 0 absent, -1 with an exception. */
int
_PyObject_LookupAttr(PyObject *self, PyObject *name, PyObject **value)
{
    PyTypeObject *type = Py_TYPE(self);
    if (type->tp_getattro == PyObject_GenericGetAttr) {
        *value = NULL;
        name = attribute_name(name);
        if (name == NULL)
            return -1;
        *value = generic_lookup(self, name);
    }
    else {
        *value = PyObject_GetAttr(self, name);
    }
    if (*value != NULL)
        return 1;
    if (gcrt_ts->exception == NULL)
        return 0;
    return clear_attribute_error() ? 0 : -1;
}

PyObject *
PyObject_GetAttrString(PyObject *self, const char *name)
{
    if (Py_TYPE(self)->tp_getattr != NULL)
        return Py_TYPE(self)->tp_getattr(self, (char *)name);
    PyObject *key = PyUnicode_InternFromString(name);
    return key == NULL ? NULL : PyObject_GetAttr(self, key);
}

int
PyObject_HasAttr(PyObject *self, PyObject *name)
{
    PyObject *value;
    int found = _PyObject_LookupAttr(self, name, &value);
    if (found < 0)
        PyErr_Clear();
    return found > 0;
}

int
PyObject_HasAttrString(PyObject *self, const char *name)
{
    PyObject *value = PyObject_GetAttrString(self, name);
    if (value == NULL)
        PyErr_Clear();
    return value != NULL;
}

/* A class's attribute, to be called: functions of class methods need no bound method.  -1: not decided. */
static int
method_of_class(PyObject *self, PyObject *name, PyObject **method)
{
    PyTypeObject *type = (PyTypeObject *)self;
    name = attribute_name(name);
    if (name == NULL || type->tp_mro == NULL)
        return name == NULL ? 0 : -1;
    PyObject *meta_attr = type_lookup(Py_TYPE(self), name);
    if (meta_attr != NULL && Py_TYPE(meta_attr)->tp_descr_set != NULL)
        return -1;
    PyObject *attr = type_lookup(type, name);
    if (attr == NULL)
        return -1;
    if (PyFunction_Check(attr)) {
        *method = attr;
        return 0;
    }
    *method = classmethod_function(attr);
    return *method == NULL ? -1 : 1;
}

/* For calls: 1 when *method is to be called with self as first argument, 0 when it is bound or plain;
 * NULL with an exception. */
int
_PyObject_GetMethod(PyObject *self, PyObject *name, PyObject **method)
{
    PyTypeObject *type = Py_TYPE(self);
    *method = NULL;
    if (GCRT_UNLIKELY(type->tp_getattro != PyObject_GenericGetAttr || !PyUnicode_Check(name))) {
        if (type->tp_getattro == PyType_Type.tp_getattro && PyUnicode_Check(name)) {
            int decided = method_of_class(self, name, method);
            if (decided >= 0)
                return decided;
        }
        *method = PyObject_GetAttr(self, name);
        return 0;
    }
    name = attribute_name(name);
    if (name == NULL || (type->tp_mro == NULL && PyType_Ready(type) < 0))
        return 0;
    PyObject *descr = type_lookup(type, name);
    descrgetfunc get = NULL;
    int is_method = 0;
    if (descr != NULL) {
        PyTypeObject *dtype = Py_TYPE(descr);
        if (dtype->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR) {
            is_method = 1;
        }
        else {
            get = dtype->tp_descr_get;
            if (get != NULL && dtype->tp_descr_set != NULL) {
                *method = get(descr, self, (PyObject *)type);
                return 0;
            }
        }
    }
    PyObject *own = own_attribute(self, type, name);
    if (own != NULL || gcrt_ts->exception != NULL) {
        *method = own;
        return 0;
    }
    if (is_method) {
        *method = descr;
        return 1;
    }
    if (descr == NULL)
        *method = descr_not_found(self, name);
    else
        *method = get == NULL ? descr : get(descr, self, (PyObject *)type);
    return 0;
}

/* ---- set */

static int
cannot_set(PyObject *self, PyObject *name, PyObject *descr)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *message;
    if (descr == NULL)
        message = PyUnicode_FromFormat("'%.100s' object has no attribute '%U'", type->tp_name, name);
    else
        message = PyUnicode_FromFormat("'%.50s' object attribute '%U' is read-only", type->tp_name, name);
    raise_with_context(message, self, name);
    return -1;
}

static int
store_in_dict(PyObject *self, PyObject *dict, PyObject *name, PyObject *value)
{
    if (value != NULL)
        return PyDict_SetItem(dict, name, value);
    int found = PyDict_Contains(dict, name);
    if (found > 0)
        return PyDict_DelItem(dict, name);
    if (found == 0)
        descr_not_found(self, name);
    return -1;
}

static int
generic_store(PyObject *self, PyObject *name, PyObject *value, PyObject *dict)
{
    PyTypeObject *type = Py_TYPE(self);
    name = attribute_name(name);
    if (name == NULL || (type->tp_mro == NULL && PyType_Ready(type) < 0))
        return -1;
    PyObject *descr = type_lookup(type, name);
    if (descr != NULL) {
        descrsetfunc set = Py_TYPE(descr)->tp_descr_set;
        if (set != NULL)
            return set(descr, self, value);
    }
    if (dict != NULL)
        return store_in_dict(self, dict, name, value);
    if (gcrt_is_immediate(self))
        return cannot_set(self, name, descr);
    gcrt_record *record = gcrt_instance_record(self, type);
    if (GCRT_LIKELY(record != NULL)) {
        int result = instance_set(self, record, name, value);
        if (result == 1) {
            descr_not_found(self, name);
            return -1;
        }
        return result;
    }
    PyObject **word = dict_word(self, type);
    if (word == NULL)
        return cannot_set(self, name, descr);
    if (*word == NULL) {
        if (value == NULL) {
            descr_not_found(self, name);
            return -1;
        }
        dict = PyDict_New();
        if (dict == NULL)
            return -1;
        gc_store(self, word, dict);
    }
    return store_in_dict(self, *word, name, value);
}

int
PyObject_GenericSetAttr(PyObject *self, PyObject *name, PyObject *value)
{
    return generic_store(self, name, value, NULL);
}

int
_PyObject_GenericSetAttrWithDict(PyObject *self, PyObject *name, PyObject *value, PyObject *dict)
{
    return generic_store(self, name, value, dict);
}

int
PyObject_SetAttr(PyObject *self, PyObject *name, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(self);
    if (GCRT_UNLIKELY(!PyUnicode_Check(name))) {
        attribute_name(name);
        return -1;
    }
    if (GCRT_LIKELY(type->tp_setattro != NULL))
        return type->tp_setattro(self, name, value);
    if (type->tp_setattr != NULL) {
        const char *text = PyUnicode_AsUTF8(name);
        return text == NULL ? -1 : type->tp_setattr(self, (char *)text, value);
    }
    if (type->tp_getattr == NULL && type->tp_getattro == NULL)
        PyErr_Format(PyExc_TypeError, "'%.100s' object has no attributes (%s .%U)", type->tp_name,
                     value == NULL ? "del" : "assign to", name);
    else
        PyErr_Format(PyExc_TypeError, "'%.100s' object has only read-only attributes (%s .%U)",
                     type->tp_name, value == NULL ? "del" : "assign to", name);
    return -1;
}

int
PyObject_SetAttrString(PyObject *self, const char *name, PyObject *value)
{
    if (Py_TYPE(self)->tp_setattr != NULL)
        return Py_TYPE(self)->tp_setattr(self, (char *)name, value);
    PyObject *key = PyUnicode_InternFromString(name);
    return key == NULL ? -1 : PyObject_SetAttr(self, key, value);
}

/* ---- __dict__ */

/* The word that holds the instance's dict; the dict is made when the layout hides it in a record. */
PyObject **
_PyObject_GetDictPtr(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (gcrt_is_immediate(self))
        return NULL;
    gcrt_record *record = gcrt_instance_record(self, type);
    if (record == NULL)
        return dict_word(self, type);
    if (instance_dict(self, record) == NULL) {
        PyErr_Clear();
        return NULL;
    }
    return (PyObject **)&record->extra;
}

static PyObject *
no_dict(void)
{
    PyErr_SetString(PyExc_AttributeError, "This object has no __dict__");
    return NULL;
}

PyObject *
PyObject_GenericGetDict(PyObject *self, void *closure)
{
    PyTypeObject *type = Py_TYPE(self);
    (void)closure;
    if (gcrt_is_immediate(self))
        return no_dict();
    gcrt_record *record = gcrt_instance_record(self, type);
    if (record != NULL)
        return instance_dict(self, record);
    PyObject **word = dict_word(self, type);
    if (word == NULL)
        return no_dict();
    if (*word == NULL) {
        PyObject *dict = PyDict_New();
        if (dict == NULL)
            return NULL;
        gc_store(self, word, dict);
    }
    return *word;
}

int
PyObject_GenericSetDict(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = Py_TYPE(self);
    gcrt_record *record = gcrt_is_immediate(self) ? NULL : gcrt_instance_record(self, type);
    PyObject **word = gcrt_is_immediate(self) ? NULL : dict_word(self, type);
    (void)closure;
    if (record == NULL && word == NULL) {
        no_dict();
        return -1;
    }
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "cannot delete __dict__");
        return -1;
    }
    if (!PyDict_Check(value)) {
        PyErr_Format(PyExc_TypeError, "__dict__ must be set to a dictionary, not a '%.200s'",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    if (record != NULL)
        return instance_set_dict(self, record, value);
    gc_store(self, word, value);
    return 0;
}
