"""exports.py MODULE...: what the modules offer, and what the types among it define, one name a line.

Names with a leading underscore count only in modules that have one themselves (a package's C part).
"""

import importlib
import sys


def names(module):
    private = module.__name__.rpartition(".")[2].startswith("_")
    owner = module.__name__.partition(".")[0]
    for name, value in vars(module).items():
        if name.startswith("__") or (name.startswith("_") and not private) or type(value) is type(sys):
            continue
        if type(value).__module__ == "__future__":
            continue
        yield name
        if isinstance(value, type) and value.__module__.partition(".")[0] == owner:
            yield from (f"{name}.{member}" for member in vars(value) if not member.startswith("_"))


found = set()
for word in sys.argv[1:]:
    found.update(names(importlib.import_module(word)))
print("\n".join(sorted(found)))
