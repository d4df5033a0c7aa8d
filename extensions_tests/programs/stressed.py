"""stressed.py PROGRAM: run a program of this folder so that it collects inside of its Probe's calls only.

For --gc-stress=1: a collection at every allocation of the imports and of the printing would take minutes
and show nothing about the extension.
"""

import gc
import importlib
import sys

gc.disable()
importlib.import_module(sys.argv[1])
