"""sys, warnings, atexit, gc, contextvars, _thread, signal, abc, errno, weakref counts."""

import _thread
import abc
import atexit
import collections.abc
import contextvars
import errno
import gc
import os
import re
import signal
import sys
import threading
import warnings
import weakref


def attempt(label, f, *args):
    try:
        print(label, "->", f(*args))
    except BaseException as e:
        print(label, "!!", type(e).__name__, re.sub(r"0x[0-9a-f]+", "0x", str(e)))


print(sys.version_info[:2], sys.version_info.releaselevel, sys.byteorder, sys.maxsize, sys.maxunicode, sys.platform)
print(sys.float_info.max, sys.float_info.epsilon, sys.hash_info.modulus, sys.hash_info.inf, sys.int_info.default_max_str_digits)
print(sys.getrecursionlimit(), sys.flags.optimize, sys.flags.isolated, sys.implementation.cache_tag)
print(len(sys.argv), sys.argv[0] == sys.orig_argv[-1], sys.byteorder, sys.getdefaultencoding(), sys.getfilesystemencoding())
print(sys.intern("some text") is sys.intern("some " + "text"), "os" in sys.stdlib_module_names, sys.is_finalizing())
attempt("intern", sys.intern, 3)
attempt("limit", sys.setrecursionlimit, 0)
attempt("getattr", lambda: sys.no_such_name)
attempt("exit", sys.exit, 4)
attempt("getframe", sys._getframe, 10000)
attempt("switch", sys.setswitchinterval, 0)
attempt("digits", sys.set_int_max_str_digits, 3)
attempt("audit", sys.audit, "event", 1)
print(sys.getswitchinterval(), sys.gettrace(), sys.getprofile(), sys.get_asyncgen_hooks())
print(sys._getframe().f_code.co_name, sys._getframe().f_back)


def frames():
    return [sys._getframe(i).f_code.co_name for i in range(2)]


print(frames(), sys.exc_info(), sys.exception())
try:
    1 / 0
except ZeroDivisionError:
    print(sys.exc_info()[:2], sys.exception())
print(type(sys.stdout).__name__, sys.stdout.name, sys.stdout.mode, sys.stdin.name, sys.stderr.errors, sys.stdout is sys.__stdout__)

# warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("one")
    warnings.warn("two", DeprecationWarning)
    warnings.warn(RuntimeWarning("three"), stacklevel=2)
    warnings.warn_explicit("four", UserWarning, "file.py", 12)
for w in caught:
    print(w.category.__name__, w.message, w.lineno if w.filename != "sys" else "sys", os.path.basename(w.filename))
with warnings.catch_warnings():
    warnings.simplefilter("error")
    attempt("error", warnings.warn, "raised")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("once")
    for i in range(3):
        warnings.warn("only once")
    warnings.simplefilter("default")
    for i in range(3):
        warnings.warn("per place")
    warnings.filterwarnings("ignore", message="quiet.*")
    warnings.warn("quiet please")
    warnings.filterwarnings("module", category=UserWarning)
    warnings.warn("per module")
print([str(w.message) for w in caught])
attempt("category", warnings.warn, "x", int)

# contexts
var = contextvars.ContextVar("var", default=1)
bare = contextvars.ContextVar("bare")
token = var.set(2)
context = contextvars.copy_context()
print(var.get(), token.old_value is contextvars.Token.MISSING, context[var], bare in context, len(context), bare.get("d"))


def inside():
    var.set(3)
    return var.get()


print(context.run(inside), var.get(), context[var], dict(context.items()) == {var: 3})
var.reset(token)
print(var.get())
attempt("reset", var.reset, token)
attempt("bare", lambda: str(bare.get())[:10])
attempt("nested", lambda: context.run(context.run, inside))
attempt("bad name", contextvars.ContextVar, 3)
attempt("key", lambda: context["x"])

# locks
lock = _thread.allocate_lock()
print(lock.acquire(), lock.locked(), lock.acquire(False), lock.acquire(timeout=0.01))
lock.release()
attempt("release", lock.release)
attempt("timeout", lock.acquire, False, 1)
attempt("timeout", lock.acquire, True, -3)
rlock = threading.RLock()
with rlock, rlock:
    print(rlock._is_owned())
attempt("rlock", rlock.release)
local = threading.local()
local.x = 1
print(local.__dict__, threading.current_thread() is threading.main_thread(), threading.active_count())


class MyLocal(threading.local):
    def __init__(self, a):
        self.a = a


print(MyLocal(4).a)
attempt("local args", threading.local, 1)

# abstract classes


class Shape(abc.ABC):
    @property
    @abc.abstractmethod
    def area(self): ...

    @abc.abstractmethod
    def name(self): ...


class Half(Shape):
    area = 3


attempt("abstract", Shape)
attempt("abstract", Half)
Shape.register(int)
print(isinstance(3, Shape), issubclass(bool, Shape), isinstance("s", Shape), sorted(Shape.__abstractmethods__))
attempt("register", Shape.register, 3)
attempt("cycle", lambda: Half.register(Shape))


class Hook(abc.ABC):
    @classmethod
    def __subclasshook__(cls, other):
        return hasattr(other, "quack") or NotImplemented


class Duck:
    quack = 1


print(isinstance(Duck(), Hook), isinstance(3, Hook), isinstance([], collections.abc.Sequence), isinstance({}, collections.abc.Mapping))
print(issubclass(dict, collections.abc.Hashable), isinstance(range(3), collections.abc.Sequence), callable(Duck))

# signals
got = []
old = signal.signal(signal.SIGUSR1, lambda n, f: got.append((n, f.f_code.co_name)))
os.kill(os.getpid(), signal.SIGUSR1)
print(got, old, signal.getsignal(signal.SIGINT) is signal.default_int_handler)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
os.kill(os.getpid(), signal.SIGUSR1)
signal.raise_signal(signal.SIGUSR1)
print(len(got), signal.getsignal(signal.SIGUSR1), signal.strsignal(2))
attempt("signal", signal.signal, 1000, signal.SIG_DFL)
attempt("handler", signal.signal, signal.SIGUSR1, "x")


def raising(n, f):
    raise KeyError(n)


signal.signal(signal.SIGUSR2, raising)
attempt("raising", os.kill, os.getpid(), signal.SIGUSR2)

# collector
gc.collect()
print(gc.isenabled(), gc.disable(), gc.isenabled(), gc.enable(), gc.get_debug(), gc.is_tracked([]), gc.is_tracked(3))


class Node:
    def __init__(self):
        self.me = self


def make():
    return weakref.ref(Node())


def clear_stack(n):
    return clear_stack(n - 1) + 1 if n else 0


refs = [make() for _ in range(50)]
clear_stack(50)
gc.collect()
print(sum(r() is None for r in refs) > 40)
print(errno.ENOENT, errno.errorcode[errno.EACCES], errno.EWOULDBLOCK == errno.EAGAIN)
weak = Node()
r1, r2 = weakref.ref(weak), weakref.ref(weak, lambda r: None)
print(weakref.getweakrefcount(weak), r1 is weakref.ref(weak), r1() is weak)

atexit.register(print, "first registered", end=" (last)\n")
atexit.register(lambda: print("second registered"))


@atexit.register
def failing():
    raise SystemExit(3)


atexit.unregister(failing)
sys.stdout.flush()
