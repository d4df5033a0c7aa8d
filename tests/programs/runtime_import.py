"""Imports: packages, relative imports, failures, reloading, hooks, compiled files, zip files."""
# skip eager: minutes of compiling the import machinery, function by function
# skip stress-eager: the same

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import tempfile
import traceback
import types
import zipfile

folder = tempfile.mkdtemp()
sys.path.insert(0, folder)


def write(name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def attempt(label, f):
    try:
        print(label, "->", f())
    except BaseException as e:
        text = "".join(traceback.format_exception(e)).replace(folder, "DIR")
        print(label, "!!", type(e).__name__, getattr(e, "name", None), text)


write("plain.py", "value = 1\ndef f():\n    return __name__, __package__\n")
write("pack/__init__.py", "from . import one\nfrom .two import name as two_name\n__all__ = ['one', 'lazy']\n")
write("pack/one.py", "from .. import nothing\n" if False else "here = __name__\n")
write("pack/two.py", "from .one import here\nname = here + '+two'\n")
write("pack/lazy.py", "print('lazy imported')\n")
write("pack/sub/__init__.py", "from ..two import name\nfrom ... import too_far\n")
write("pack/sub2/__init__.py", "from ..two import name\nimport pack.one as o\n")
write("broken.py", "def f():\n    return 1 / 0\nf()\n")
write("badsyntax.py", "x = (1,\n")
write("circular_a.py", "import circular_b\nvalue = 1\n")
write("circular_b.py", "from circular_a import value\n")
write("missing_inner.py", "import no_such_module_inside\n")
write("attrs.py", "def __getattr__(name):\n    if name == 'dyn': return 'dynamic'\n    raise AttributeError(name)\ndef __dir__(): return ['z', 'a']\n")
write("nspace/part.py", "value = 'in a namespace package'\n")

import plain  # noqa: E402

print(plain.value, plain.f(), plain.__spec__.name, plain.__spec__.origin == plain.__file__, type(plain.__loader__).__name__)
print(os.path.basename(plain.__cached__), os.path.exists(plain.__cached__))
import pack.two  # noqa: E402

print(pack.two_name, pack.one.here, pack.__path__ == [os.path.join(folder, "pack")], "lazy" in dir(pack))
from pack import *  # noqa: E402, F403

print(lazy.__name__)  # noqa: F405
import pack.sub2 as s2  # noqa: E402

print(s2.name, s2.o.here)
attempt("too far", lambda: importlib.import_module("pack.sub"))
attempt("missing", lambda: importlib.import_module("no_such_module"))
attempt("missing sub", lambda: importlib.import_module("pack.no_such"))
attempt("not a package", lambda: importlib.import_module("plain.sub"))
attempt("broken", lambda: importlib.import_module("broken"))
print("broken" in sys.modules)
attempt("syntax", lambda: importlib.import_module("badsyntax"))
attempt("circular", lambda: importlib.import_module("circular_a"))
attempt("inner", lambda: importlib.import_module("missing_inner"))


def from_plain():
    from plain import nope  # noqa: F401


attempt("from", from_plain)


def from_builtin():
    from sys import nope  # noqa: F401


attempt("from builtin", from_builtin)
attempt("empty", lambda: importlib.import_module(""))
attempt("relative", lambda: importlib.import_module(".x"))
sys.modules["blocked"] = None
attempt("blocked", lambda: importlib.import_module("blocked"))
import attrs  # noqa: E402

print(attrs.dyn, dir(attrs), getattr(attrs, "other", "default"))
from attrs import dyn  # noqa: E402

print(dyn)
import nspace.part  # noqa: E402

print(nspace.part.value, nspace.__file__ if hasattr(nspace, "__file__") else None, type(nspace.__path__).__name__)
write("plain.py", "value = 'changed and longer'\n")
importlib.invalidate_caches()
print(importlib.reload(plain) is plain, plain.value, hasattr(plain, "f"))
del sys.modules["plain"]
import plain as again  # noqa: E402

print(again is plain, again.value)


class Finder:
    @staticmethod
    def find_spec(name, path, target=None):
        if name == "made_up":
            return importlib.machinery.ModuleSpec(name, Loader(), origin="nowhere")
        return None


class Loader:
    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        module.answer = 42


sys.meta_path.insert(0, Finder)
import made_up  # noqa: E402

print(made_up.answer, made_up)
sys.meta_path.remove(Finder)
with zipfile.ZipFile(os.path.join(folder, "mods.zip"), "w") as z:
    z.writestr("inzip.py", "value = __name__\ndef fail():\n    raise ValueError('from zip')\n")
    z.writestr("zpack/__init__.py", "from . import deep\n")
    z.writestr("zpack/deep.py", "deep = 1\n")
sys.path.insert(0, os.path.join(folder, "mods.zip"))
import inzip  # noqa: E402
import zpack  # noqa: E402

print(inzip.value, zpack.deep.deep, inzip.__file__.replace(folder, "DIR"))
spec = importlib.util.find_spec("json")
print(spec.name, spec.submodule_search_locations is not None, importlib.util.find_spec("no_such") is None)
spec = importlib.util.spec_from_file_location("direct", os.path.join(folder, "pack/one.py"))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.here)
print("sys" in sys.builtin_module_names, importlib.import_module("os").path is os.path)
print(sys.modules["__main__"].__name__, __spec__, __file__ == os.path.abspath(__file__))


def local_import():
    import os.path as p
    from os import path, sep

    return p is path, sep


print(local_import())
original = __builtins__.__import__
names = []


def hooked(name, *args, **kwargs):
    names.append(name)
    return original(name, *args, **kwargs)


__builtins__.__import__ = hooked
import colorsys  # noqa: E402, F401
import pack.one  # noqa: E402, F401

__builtins__.__import__ = original
print(names[0], names[-1])
exec("import string as st; print(st.digits)", {})
print(eval("__import__('string').digits"))

stars = types.ModuleType("stars")
sys.modules["stars"] = stars
for attribute, value in (("__all__", [b"x"]), ("__all__", ["missing"]), ("__all__", [])):
    setattr(stars, attribute, value)
    try:
        exec("from stars import *", {})
        print("imported")
    except (AttributeError, TypeError) as e:
        print(e)
