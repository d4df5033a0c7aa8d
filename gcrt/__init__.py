"""gcrt: Python programs and their C extensions without reference counts.

Importing this package is cheap on purpose: it loads nothing but itself.
"""

from __future__ import annotations

import os

__version__ = "0.1.0"

_HERE = os.path.dirname(os.path.abspath(__file__))
# In a source tree the compiler (gcrt.jit) and the C sources (gcrt.capi_shim) lie beside this folder.
if not os.path.isdir(os.path.join(_HERE, "jit")):
    __path__.append(os.path.dirname(_HERE))
