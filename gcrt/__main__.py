"""`python -m gcrt` and the body of the command `gcrt`."""

import os
import sys


def console() -> None:
    """The entry point of the installed command."""
    from gcrt.cli import main

    main(sys.argv[1:])


def _add_paths() -> None:
    """Started as a file with -I -S: find this package, and the virtual environment's libraries."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if here not in sys.path:
        sys.path.append(here)
    root = os.path.dirname(os.path.dirname(sys.executable))
    if os.path.exists(os.path.join(root, "pyvenv.cfg")):
        sys.prefix = sys.exec_prefix = root
    sys.path.append(os.path.join(sys.prefix, "lib", "python3.11", "site-packages"))


if __name__ == "__main__":
    if not __package__:
        _add_paths()
    console()
