"""The options of `gcrt run`, each defined once: parsing, help and documentation read this table."""

from __future__ import annotations

from gcrt.errors import UsageError

# typing and dataclasses are not imported: they would cost a third of the whole start-up.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

JIT_MODES = {"off": 0, "auto": 1, "eager": 2}
DUMPS = ("ir", "llvm", "asm")


class RunOptions:
    """What `gcrt run` was asked to do."""

    def __init__(self) -> None:
        self.kind = "stdin"  # script, module, code, stdin
        self.target = ""
        self.args: list[str] = []
        self.jit = "auto"
        self.gc_stress = 0
        self.gc_trace: str | None = None
        self.stats: str | None = None
        self.dump: str | None = None
        self.dump_function: str | None = None
        self.isolated = False
        self.ignore_environment = False
        self.safe_path = False
        self.dont_write_bytecode = False
        self.optimize = 0
        self.unbuffered = False
        self.warnings: list[str] = []
        self.x_options: list[str] = []


class Option:
    """One option.  value is "" (none), "=V" (required, also as the next word) or "[=V]" (optional)."""

    __slots__ = ("name", "value", "help", "apply")

    def __init__(
        self, name: str, value: str, help: str, apply: Callable[[RunOptions, str | None], None]
    ) -> None:
        self.name, self.value, self.help, self.apply = name, value, help, apply


def _set_jit(run: RunOptions, value: str | None) -> None:
    if value not in JIT_MODES:
        raise UsageError(f"--jit={value}: expected one of {', '.join(JIT_MODES)}")
    run.jit = value


def _set_stress(run: RunOptions, value: str | None) -> None:
    text = "1" if value is None else value
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(
            f"--gc-stress={text}: expected a whole number of at least 1 (collect at every Nth allocation)"
        )
    run.gc_stress = int(text)


def _set_stats(run: RunOptions, value: str | None) -> None:
    if not value:
        raise UsageError("--stats: the name of the file to write is missing")
    run.stats = value


def _set_gc_trace(run: RunOptions, value: str | None) -> None:
    if not value:
        raise UsageError("--gc-trace: the name of the file to write is missing")
    run.gc_trace = value


def _set_dump(run: RunOptions, value: str | None) -> None:
    kind, _, function = (value or "").partition(":")
    if kind not in DUMPS:
        raise UsageError(f"--dump={value}: expected {'|'.join(DUMPS)}, or one of them and :FUNCTION")
    run.dump, run.dump_function = kind, function or None


def _flag(name: str) -> Callable[[RunOptions, str | None], None]:
    def apply(run: RunOptions, value: str | None) -> None:
        setattr(run, name, True)

    return apply


def _nothing(run: RunOptions, value: str | None) -> None:
    pass


def _count_optimize(run: RunOptions, value: str | None) -> None:
    run.optimize += 1


def _add(name: str) -> Callable[[RunOptions, str | None], None]:
    def apply(run: RunOptions, value: str | None) -> None:
        getattr(run, name).append(value)

    return apply


OPTIONS = (
    Option("--jit", "=auto|off|eager", "when hot code is compiled (default: auto)", _set_jit),
    Option(
        "--gc-stress",
        "[=N]",
        "collect at every Nth allocation (default 1), poison what is freed, verify the heap",
        _set_stress,
    ),
    Option(
        "--gc-trace",
        "=FILE",
        "write an account of each collection to FILE, for `gcrt gc-report` or Perfetto",
        _set_gc_trace,
    ),
    Option(
        "--stats", "=FILE", "write counters of the collector and the compiler to FILE as JSON", _set_stats
    ),
    Option("--dump", "=ir|llvm|asm[:FUNCTION]", "print what is compiled to standard error", _set_dump),
    Option("-I", "", "isolated: no script folder on sys.path, no environment variables", _flag("isolated")),
    Option("-E", "", "ignore PYTHON* environment variables", _flag("ignore_environment")),
    Option("-P", "", "no script folder on sys.path", _flag("safe_path")),
    Option("-s", "", "no user's site folder, as always", _nothing),
    Option("-S", "", "no `import site`, as always", _nothing),
    Option("-B", "", "write no .pyc files", _flag("dont_write_bytecode")),
    Option("-O", "", "remove assertions; -OO docstrings too", _count_optimize),
    Option("-u", "", "unbuffered standard output and error", _flag("unbuffered")),
    Option("-W", "=ARG", "warning filter, as for python", _add("warnings")),
    Option("-X", "=ARG", "implementation option, as for python", _add("x_options")),
)
_BY_NAME = {option.name: option for option in OPTIONS}

USAGE = "usage: gcrt run [options] SCRIPT | -m MODULE | -c CODE | - [args ...]"


def help_text() -> str:
    """The text of `gcrt run --help`."""
    rows = [(o.name + o.value, o.help) for o in OPTIONS]
    rows += [("-m MODULE", "run a module as a script"), ("-c CODE", "run this text")]
    width = max(len(left) for left, _ in rows) + 2
    return "\n".join([USAGE, "", *(f"  {left:<{width}}{right}" for left, right in rows)])


def parse_run(words: list[str]) -> RunOptions:
    """Parse what follows `gcrt run`; raises UsageError."""
    run = RunOptions()
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word in ("-m", "-c"):
            if at == len(words):
                raise UsageError(f"Argument expected for the {word} option")
            run.kind = "module" if word == "-m" else "code"
            run.target = words[at]
            run.args = words[at + 1 :]
            return run
        if word == "-":
            run.target, run.args = "-", words[at:]
            return run
        if not word.startswith("-"):
            run.kind, run.target, run.args = "script", word, words[at:]
            return run
        if word == "--":
            continue
        at = _parse_option(run, words, word, at)
    return run


def _parse_option(run: RunOptions, words: list[str], word: str, at: int) -> int:
    """Apply one option word (a long option, or short flags run together); the index behind it."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        option = _BY_NAME.get(name)
        if option is None:
            raise UsageError(f"unknown option {name}; `gcrt run --help` lists them")
        if option.value == "" and equals:
            raise UsageError(f"{name} takes no value")
        if option.value.startswith("=") and not equals:
            if at == len(words):
                raise UsageError(f"{name} needs a value: {name}{option.value}")
            value, equals, at = words[at], "=", at + 1
        option.apply(run, value if equals else None)
        return at
    letters = word[1:]
    while letters:
        name, letters = "-" + letters[0], letters[1:]
        option = _BY_NAME.get(name)
        if option is None:
            raise UsageError(f"unknown option {name}; `gcrt run --help` lists them")
        if option.value.startswith("="):
            if not letters:
                if at == len(words):
                    raise UsageError(f"{name} needs a value")
                letters, at = words[at], at + 1
            option.apply(run, letters)
            break
        option.apply(run, None)
    return at
