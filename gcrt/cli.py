"""The command line.  Each command imports what it needs and nothing else: starting must be cheap."""

from __future__ import annotations

import os
import sys

from gcrt.errors import CommandError, UsageError

USAGE = """usage: gcrt COMMAND ...

  gcrt run [options] SCRIPT | -m MODULE | -c CODE   run a program
  gcrt build REQUIREMENT | PATH                     build a stock extension package and install it
  gcrt build --list                                 what is installed
  gcrt gc-report FILE [-o PICTURE]                  draw what `gcrt run --gc-trace=FILE` wrote

`gcrt COMMAND --help` tells more.  Options, SCRIPT, -m and -c alone mean `run`: programs start others by
sys.executable."""


def _run(words: list[str]) -> int:
    from gcrt.options import help_text, parse_run

    if words and words[0] in ("-h", "--help"):
        print(help_text())
        return 0
    options = parse_run(words)
    from gcrt.guest import run

    return run(options, [sys.argv[0], "run", *words])


def _build(words: list[str]) -> int:
    from gcrt.builder import command

    return command(words)


def _gc_report(words: list[str]) -> int:
    from gcrt.gc_report import command

    return command(words)


COMMANDS = {"run": _run, "build": _build, "gc-report": _gc_report}


def main(words: list[str]) -> None:
    """Run one command and end the process with its exit status."""
    try:
        status = _dispatch(words)
    except UsageError as error:
        print(f"gcrt: {error}", file=sys.stderr)
        status = 2
    except CommandError as error:
        print(f"gcrt: error: {error}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        status = 130
    # The guest is over and its streams are flushed; tearing the host down in order would only cost time.
    os._exit(status if _flush() else status or 1)


def _flush() -> bool:
    """Write what the host's own streams hold; false when nobody takes it.  A closed stream is None."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError:
        return False
    return True


def _dispatch(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if words else 2
    if words[0] == "--version":
        from gcrt import __version__

        print(f"gcrt {__version__}")
        return 0
    command = COMMANDS.get(words[0])
    if command is None and (words[0].startswith("-") or os.path.isfile(words[0])):
        return _run(words)
    if command is None:
        raise UsageError(f"unknown command {words[0]!r}: expected {', '.join(COMMANDS)}\n{USAGE}")
    return command(words[1:])
