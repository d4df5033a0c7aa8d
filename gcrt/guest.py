"""Run one program: start the guest in libgcrt, serve its requests, report.

The guest runs on a thread of libgcrt's own and holds no host GIL.  It calls back for two things only:
to compile source text (the host's parser does it), and to say that a first function is hot, upon which
the compile service is started on a thread of its own."""

from __future__ import annotations

import _thread
import errno
import marshal
import os
import sys
import time

from gcrt import paths
from gcrt.errors import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gcrt.options import RunOptions

# Bits of the compile callback's flags: PyCF_*, and GCRT_COMPILE_FROM_TREE of ast_tree.h.
SOURCE_IS_UTF8, ONLY_AST, FROM_TREE = 0x100, 0x400, 0x8000

# Attributes that go with a SyntaxError: the compiler's later passes say where it is in them alone.
SYNTAX_ERROR_PLACE = ("filename", "lineno", "offset", "text", "end_lineno", "end_offset")

# Seconds between attempts to load the compiler while descriptors are short.
COMPILER_PAUSES = (0.01, 0.05, 0.25, 1.0)

running = False  # a guest has been started in this process

RUN_KINDS = {"script": 0, "module": 1, "code": 2, "stdin": 3}


def load() -> tuple[Any, Any]:
    """(ffi, lib) of libgcrt; raises CommandError when it isn't there."""
    from gcrt._abi import ffi

    name = paths.runtime_library()
    try:
        # Global: extensions find the C API, and libstdc++ our operator new, in the global scope.
        return ffi, ffi.dlopen(name, ffi.RTLD_NOW | ffi.RTLD_GLOBAL)
    except OSError as error:
        raise CommandError(f"can't load {name}: {error}; `make build` makes it") from None


def _describe_error(error: SyntaxError) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    place = {name: getattr(error, name) for name in SYNTAX_ERROR_PLACE}
    return type(error).__name__, error.args, place


def _raise_warning(warning: Any, args: tuple[Any, ...]) -> None:
    """Compile once more, with this warning as an error: only a SyntaxError has columns."""
    import re
    import warnings

    message = re.escape(str(warning.message)) + r"\Z"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message, warning.category, lineno=warning.lineno)
        compile(*args)


class Host:
    """What the guest may ask of the host."""

    def __init__(self, ffi: Any, lib: Any, options: RunOptions) -> None:
        self._ffi, self._lib, self._options = ffi, lib, options
        self._compile_callback = ffi.callback(
            "int(*)(const char *, size_t, const char *, const char *, int, int, int, int)",
            self._compile,
            error=2,
        )
        self._wake_callback = ffi.callback("void(*)(void)", self._wake)
        self._serving = False
        lib.gcrt_host_callbacks.compile = self._compile_callback
        if options.jit != "off":
            lib.gcrt_host_callbacks.jit_wake = self._wake_callback

    def _compile(self, source, length, filename, mode, flags, dont_inherit, optimize, warning) -> int:
        """gcrt_host.compile (host.h says what goes in and out)."""
        import warnings

        text: Any = self._ffi.buffer(source, length)[:]
        name = self._ffi.string(filename).decode("utf-8", "surrogateescape")
        what = self._ffi.string(mode).decode()
        try:
            if flags & SOURCE_IS_UTF8:
                text = text.decode("utf-8", "surrogatepass")
            elif flags & FROM_TREE:
                from gcrt.ast_bridge import from_tree

                text = from_tree(marshal.loads(text))
            args = text, name, what, flags & ~(SOURCE_IS_UTF8 | FROM_TREE), bool(dont_inherit), optimize
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                code = compile(*args)
            if warning >= 0:
                _raise_warning(caught[warning], args)
            found = tuple((w.category.__name__, str(w.message), w.filename, w.lineno) for w in caught)
            if flags & ONLY_AST:
                from gcrt.ast_bridge import to_tree

                code = to_tree(code)
            result: Any = (code, found) if found or flags & ONLY_AST else code
            status = 0
        except RecursionError as error:
            result, status = (type(error).__name__, tuple(map(str, error.args))), 1
        except SyntaxError as error:
            result, status = _describe_error(error), 1
        except Exception as error:
            result, status = (type(error).__name__, error.args), 1
        data = marshal.dumps(result)
        self._lib.gcrt_host_result(data, len(data))
        return status

    def _wake(self) -> None:
        """gcrt_host.jit_wake: a job waits; start the compile service once."""
        if not self._serving:
            self._serving = True
            _thread.start_new_thread(self._serve, ())

    def _load_compiler(self) -> Any:
        """The compile service, or None.  A program that is short of descriptors just now may have some soon."""
        pauses = iter(COMPILER_PAUSES)
        while True:
            try:
                from gcrt.jit.engine import serve

                return serve
            except OSError as error:
                pause = next(pauses, None)
                if pause is None or error.errno not in (errno.EMFILE, errno.ENFILE):
                    sys.stderr.write(f"gcrt: the program runs without compiled code: {error}\n")
                    return None
                time.sleep(pause)

    def _serve(self) -> None:
        try:
            serve = self._load_compiler()
            if serve is not None:
                serve(
                    self._lib, self._ffi, dump=self._options.dump, dump_function=self._options.dump_function
                )
        finally:
            # Whatever ended the service (llvmlite is missing, say): the guest must not wait for it.
            self._lib.jit_stop()


def run(options: RunOptions, command: list[str]) -> int:
    """Run the program; returns its exit status."""
    global running
    began = time.perf_counter()
    heap = sys.modules.get("gcrt.heap_lib")
    if heap is not None and heap.in_use():
        raise CommandError("a gcrt.Heap has been used in this process: a program needs one of its own")
    ffi, lib = load()
    keep: list[Any] = []

    def text(value: str) -> Any:
        keep.append(ffi.new("char[]", os.fsencode(value)))
        return keep[-1]

    def texts(values: list[str]) -> Any:
        keep.append(ffi.new("const char *[]", [text(v) for v in values]))
        return keep[-1]

    gc = ffi.new("gc_options *")
    if options.gc_stress:
        gc.stress_every = options.gc_stress
        gc.poison = gc.verify = True
    config = ffi.new("gcrt_config *")
    config.run_kind = RUN_KINDS[options.kind]
    config.target = text(options.target)
    config.argc, config.argv = len(options.args), texts(options.args)
    config.orig_argc, config.orig_argv = len(command), texts(command)
    config.executable = text(os.path.join(os.path.dirname(sys.executable), "gcrt"))
    config.prefix = text(sys.prefix)
    config.stdlib = text(paths.stdlib())
    config.n_site_dirs, config.site_dirs = 1, texts([paths.site_dir()])
    config.isolated = options.isolated
    config.ignore_environment = options.ignore_environment
    config.safe_path = options.safe_path
    config.dont_write_bytecode = options.dont_write_bytecode
    config.optimize = options.optimize
    config.unbuffered = options.unbuffered
    config.n_warn_options, config.warn_options = len(options.warnings), texts(options.warnings)
    config.n_x_options, config.x_options = len(options.x_options), texts(options.x_options)
    config.gc = gc
    from gcrt.options import JIT_MODES

    lib.gcrt_jit_options_.mode = JIT_MODES[options.jit]
    if options.jit == "eager":
        lib.gcrt_jit_options_.call_threshold = lib.gcrt_jit_options_.loop_threshold = 2
    host = Host(ffi, lib, options)
    keep.append(host)
    if options.gc_trace is not None:
        _trace(ffi, lib, options.gc_trace, text(options.gc_trace))
    if lib.gcrt_start(config) < 0:
        raise CommandError(f"the guest can't start: {ffi.string(lib.gcrt_start_error()).decode()}")
    running = True
    status = lib.gcrt_wait()
    lib.jit_stop()
    if options.gc_trace is not None:
        _trace(ffi, lib, options.gc_trace, ffi.NULL)
    if options.stats is not None:
        from gcrt.stats import write

        write(options.stats, lib, time.perf_counter() - began)
    if signal := lib.gcrt_ended_by_signal():
        _end_by_signal(signal)
    return status


def _trace(ffi: Any, lib: Any, name: str, path: Any) -> None:
    """Begin the collector's account of itself, or with NULL end it."""
    if lib.gcrt_gc_trace(path) < 0:
        raise CommandError(f"--gc-trace: can't write {name}: {os.strerror(ffi.errno)}")


def _end_by_signal(number: int) -> None:
    """End as a process that the signal killed, so that a shell sees what it expects."""
    import signal

    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
