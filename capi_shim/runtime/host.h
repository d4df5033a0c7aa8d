/* host.h: libgcrt's face to its host.  Plain C, no Python types, so that cffi can read it.
 *
 * One guest a process.  Order of calls, all from the host:
 *
 *     fill gcrt_host_callbacks (runtime.h)      compile is required, jit_wake is optional
 *     gcrt_start(&config)                       starts the guest thread and returns at once
 *     status = gcrt_wait()                      blocks until the program has ended
 *     gcrt_final_gc_stats()                     what the collector did
 *
 * The guest runs on a thread with a large stack of its own.  While it runs, the thread that sits in
 * gcrt_wait has all signals blocked, and a handler that runs on any other thread passes the signal on:
 * signals always reach the guest.
 *
 * The compile callback (gcrt_host.compile) is called on the guest thread:
 *   source, length    bytes of the source, no terminating zero promised.  flags & 0x100
 *                     (PyCF_SOURCE_IS_UTF8): it was a str, encoded as UTF-8 with surrogatepass; otherwise
 *                     raw bytes of a file, with their own coding cookie or BOM; flags & 0x8000
 *                     (GCRT_COMPILE_FROM_TREE): a marshalled tree, to be compiled
 *   filename          UTF-8 with surrogateescape
 *   flags             __future__ feature bits and PyCF_* as the builtin compile() takes them
 *   warning           -1; or the index of one of the warnings that it gave before: it is an error now
 *   result            hand over one marshalled object with gcrt_host_result before returning.
 *                     Return 0: a code object, or a tuple (code, warnings) where each warning is
 *                     (category name, message, file name, line).  With flags & 0x400 (PyCF_ONLY_AST): a
 *                     tuple (tree, warnings); ast_tree.h says how a tree looks.
 *                     Return 1: a tuple (exception class name, args tuple): what compile() raised. */
#ifndef GCRT_HOST_H
#define GCRT_HOST_H

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GCRT_EXPORT __attribute__((visibility("default")))

typedef enum gcrt_run_kind {
    GCRT_RUN_SCRIPT = 0,     /* target: path of a script, or of a directory or zip with __main__ */
    GCRT_RUN_MODULE = 1,     /* target: module name (-m) */
    GCRT_RUN_CODE = 2,       /* target: source text (-c) */
    GCRT_RUN_STDIN = 3,      /* the program is read from standard input */
} gcrt_run_kind;

typedef struct gcrt_config {
    int run_kind;                     /* gcrt_run_kind */
    const char *target;
    /* Arguments of the program, without its own name: they follow sys.argv[0], which is the script's
     * path, "-m" (then the module's path), "-c" or "". */
    int argc;
    const char *const *argv;
    int orig_argc;                    /* sys.orig_argv */
    const char *const *orig_argv;

    const char *executable;           /* sys.executable: something that runs `gcrt run` semantics or "" */
    const char *prefix, *exec_prefix; /* sys.prefix, sys.base_prefix; exec_prefix NULL: as prefix */
    const char *stdlib;               /* folder of the host's pure-Python library */
    int n_site_dirs;                  /* where guest packages are installed; before stdlib on sys.path */
    const char *const *site_dirs;

    int isolated;                     /* -I: no script folder on sys.path, no environment */
    int ignore_environment;           /* -E */
    int safe_path;                    /* -P */
    int dont_write_bytecode;          /* -B */
    int optimize;                     /* -O, -OO */
    int unbuffered;                   /* -u */
    int verbose;                      /* -v */
    int inspect;                      /* -i: reserved */
    int n_warn_options;               /* -W */
    const char *const *warn_options;
    int n_x_options;                  /* -X */
    const char *const *x_options;

    const gc_options *gc;             /* NULL: defaults */
    unsigned long stack_bytes;        /* guest's C stack; 0: 256 MiB of address space */
    unsigned long frame_stack_bytes;  /* guest's frame stack; 0: 256 MiB of address space */
    int recursion_limit;              /* 0: 1000 */
} gcrt_config;

/* Start the guest.  config and what it points to must stay until gcrt_wait returns.  0, or -1: see
 * gcrt_start_error. */
GCRT_EXPORT int gcrt_start(const gcrt_config *config);
GCRT_EXPORT const char *gcrt_start_error(void);
/* Wait for the end of the program; its exit status (0..255), or 130 after a KeyboardInterrupt that
 * nobody caught.  Standard streams are flushed by then. */
GCRT_EXPORT int gcrt_wait(void);
/* The guest ended by this signal (SIGINT) or 0: the host should end itself the same way. */
GCRT_EXPORT int gcrt_ended_by_signal(void);
/* Numbers of the collector at the end of the program; zeros before. */
GCRT_EXPORT const gc_stats *gcrt_final_gc_stats(void);
/* As gc_trace_file: an account of each of the collector's cycles.  Before gcrt_start; NULL after gcrt_wait. */
GCRT_EXPORT int gcrt_gc_trace(const char *path);
/* Seconds from gcrt_start to the first instruction of the program. */
GCRT_EXPORT double gcrt_startup_seconds(void);

#ifdef __cplusplus
}
#endif
#endif
