/* ast_tree.h: abstract syntax trees across the boundary to the host, which parses and compiles.
 *
 * On its way a node is a tuple (class name, (field values), (attribute values)), a list is a list, and
 * any other value is itself, except that a tuple is wrapped: ("", tuple).  A missing field or attribute
 * is an Ellipsis in its place, wrapped like a tuple when it is meant. */
#ifndef GCRT_AST_TREE_H
#define GCRT_AST_TREE_H

#include "runtime.h"

/* Set in the flags of gcrt_host.compile: the source is a marshalled tree. */
#define GCRT_COMPILE_FROM_TREE 0x8000

/* Is it a node?  False as long as nobody has imported _ast. */
int ast_check(PyObject *object);
/* Dict of the classes by name, made on first use; NULL with exception. */
PyObject *ast_namespace(void);
/* Nodes from what the host sent, and back; NULL with an exception. */
PyObject *ast_from_tree(PyObject *tree);
PyObject *ast_to_tree(PyObject *node);

#endif
