"""gcrt: Python programs and their C extensions without reference counts.

Importing this package is cheap on purpose: it loads nothing but itself.  gcrt.Heap and what belongs to it is
loaded when it is first asked for.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__version__ = "0.1.0"

_HERE = os.path.dirname(os.path.abspath(__file__))
# In a source tree the compiler (gcrt.jit) and the C sources (gcrt.capi_shim) lie beside this folder.
if not os.path.isdir(os.path.join(_HERE, "jit")):
    __path__.append(os.path.dirname(_HERE))


def __getattr__(name: str) -> Any:
    """The public names of gcrt.heap."""
    if name.startswith("_") or not name[0].isupper():
        raise AttributeError(f"module 'gcrt' has no attribute {name!r}")
    from gcrt import heap

    if name not in heap.__all__:
        raise AttributeError(f"module 'gcrt' has no attribute {name!r}")
    return getattr(heap, name)
