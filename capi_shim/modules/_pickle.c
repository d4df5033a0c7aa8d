/* _pickle.c: of the module _pickle the one part that pickle has no Python for: PickleBuffer. */
#include "runtime.h"

static PyModuleDef pickle_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_pickle",
    .m_doc = "Buffers for pickle; the pickler itself is pickle.py's.",
    .m_size = -1,
};

PyObject *PyInit__pickle(void);
PyObject *
PyInit__pickle(void)
{
    PyObject *module = PyModule_Create(&pickle_def);
    if (module == NULL || PyModule_AddObjectRef(module, "PickleBuffer", (PyObject *)&PyPickleBuffer_Type) < 0)
        return NULL;
    return module;
}
