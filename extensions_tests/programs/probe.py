"""Call what an extension module exports, print what comes back, and remember what was called.

A program makes one Probe of its module, calls everything through it and ends with `done()`, whose last
line lists the names that were exercised.  The output must be the same under CPython and under gcrt, and
the list must hold every name of the manifest's `exports`.
"""

import gc

SHORT = 90
CALLS_ONLY = not gc.isenabled()  # see stressed.py


def shown(value):
    """repr, cut in the middle when it is long; the length says what was cut."""
    text = repr(value)
    if len(text) > SHORT:
        text = f"{text[: SHORT // 2]}...{text[-SHORT // 3 :]} ({len(text)})"
    return text


class Probe:
    """The exports of one module, by dotted path: a function, or a type and one of its members."""

    def __init__(self, module):
        self.module = module
        self.seen = set()

    def find(self, path):
        self.seen.add(path)
        found = self.module
        for part in path.split("."):
            found = getattr(found, part)
        return found

    def call(self, path, *args, **keywords):
        """Call the function or type at path; its result, None after an exception."""
        return self._report(path, self.find(path), args, keywords)

    def method(self, obj, path, *args, **keywords):
        """Call obj's method; path is TYPE.METHOD."""
        self.seen.add(path)
        return self._report(path, getattr(obj, path.rpartition(".")[2]), args, keywords)

    def attribute(self, obj, path):
        """Read obj's attribute; path is TYPE.ATTRIBUTE."""
        self.seen.add(path)
        value = getattr(obj, path.rpartition(".")[2])
        print(f"{path} = {shown(value)}")
        return value

    def value(self, path):
        """Read an attribute of the module."""
        found = self.find(path)
        print(f"{path} = {shown(found)}")
        return found

    def fails(self, what, function, *args, **keywords):
        """Call something that isn't an export but must raise."""
        self._report(what, function, args, keywords)

    def _report(self, path, function, args, keywords):
        words = [shown(a) for a in args] + [f"{k}={shown(v)}" for k, v in keywords.items()]
        try:
            result = self._call(function, args, keywords)
        except Exception as error:
            print(f"{path}({', '.join(words)}) raises {type(error).__name__}: {error}")
            return None
        print(f"{path}({', '.join(words)}) -> {type(result).__name__} {shown(result)}")
        return result

    def _call(self, function, args, keywords):
        if not CALLS_ONLY:
            return function(*args, **keywords)
        gc.enable()
        try:
            return function(*args, **keywords)
        finally:
            gc.disable()

    def done(self):
        print("exercised:", " ".join(sorted(self.seen)))
