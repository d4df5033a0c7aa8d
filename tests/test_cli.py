"""`gcrt run` as users know `python`: arguments, input, exit status, tracebacks, signals, and clear errors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import GCRT, ORACLE, TREE, Outcome, run_process

sys.path.insert(0, str(TREE / "extensions_tests"))
from harness import gcrt_site  # noqa: E402

RUN = (str(GCRT), "run", "--jit=off")


def gcrt(*words: str | Path, **keywords) -> Outcome:
    return run_process([*RUN, *map(str, words)], **keywords)


def python(*words: str | Path, **keywords) -> Outcome:
    return run_process([ORACLE, *map(str, words)], **keywords)


def same(*words: str | Path, **keywords) -> Outcome:
    """Run the words under both; everything must be equal."""
    got, expected = gcrt(*words, **keywords), python(*words, **keywords)
    assert got == expected
    return got


@pytest.fixture
def script(tmp_path: Path):
    def write(text: str, name: str = "script.py") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


# ---------------------------------------------------------------- what is run

SHOW = "import sys; print(sys.argv, __name__, sys.stdin.read() if len(sys.argv) > 3 else '')"


def test_code() -> None:
    assert same("-c", SHOW, "a", "-b", "--c", stdin="input\n").status == 0


def test_script(script) -> None:
    same(script(SHOW), "a", "-v", "x y", stdin="one\ntwo")


def test_script_sees_its_folder(script, tmp_path: Path) -> None:
    script("value = 5\n", "beside.py")
    same("-B", script("import beside, sys\nprint(beside.value, sys.path[0], __file__)\n"))


def test_module(tmp_path: Path) -> None:
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("print('init')\n")
    (package / "__main__.py").write_text("import sys\nprint(sys.argv, __name__, __package__)\n")
    (package / "part.py").write_text("print(__name__, __package__, __spec__.name)\n")
    for module in ("pack", "pack.part"):
        got = run_process(["env", "-C", str(tmp_path), *RUN, "-B", "-m", module, "arg"])
        expected = run_process(["env", "-C", str(tmp_path), ORACLE, "-B", "-m", module, "arg"])
        assert got == expected and got.status == 0


def test_folder_with_main(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import sys; print(sys.argv[1:], __name__)\n")
    same(tmp_path, "a")


def test_folder_without_main(tmp_path: Path) -> None:
    got = gcrt(tmp_path)
    assert got.status == 1
    assert got.err.endswith(f"can't find '__main__' module in '{tmp_path}'\n")


@pytest.mark.parametrize("words", [(), ("-",), ("-", "a", "b")])
def test_program_from_stdin(words: tuple[str, ...]) -> None:
    same(*words, stdin="import sys\nprint(sys.argv, __name__)\n")


def test_orig_argv_and_executable() -> None:
    got = gcrt("-c", "import sys; print(sys.orig_argv[1:]); print(sys.executable)", "x")
    words, executable = got.out.splitlines()
    assert words == str([*RUN[1:], "-c", "import sys; print(sys.orig_argv[1:]); print(sys.executable)", "x"])
    assert executable == str(GCRT)


# ---------------------------------------------------------------- exit status


def test_a_program_starts_another(tmp_path: Path) -> None:
    """By sys.executable, as under CPython."""
    (tmp_path / "other.py").write_text("import sys; print('script', sys.argv[1:])")
    flags = (
        "import sys; f = sys.flags; print(f.isolated, f.safe_path, f.dont_write_bytecode, sys.warnoptions)"
    )
    code = f"""
import subprocess, sys
for words in (
    ["-c", "print('code')"],
    ["-m", "this"],
    [{str(tmp_path / "other.py")!r}, "-c", "x"],
    ["-X", "utf8", "-sSEPB", "-W", "error", "-c", {flags!r}],
    ["-I", "-", "-c"],
):
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, input={flags!r})
    print(done.stdout.splitlines()[0])
"""
    expected = "code\nThe Zen of Python, by Tim Peters\nscript ['-c', 'x']\n0 True 1 ['error']\n1 True 0 []\n"
    assert gcrt("-c", code).out == expected


@pytest.mark.parametrize(
    "code",
    [
        "pass",
        "import sys; sys.exit()",
        "import sys; sys.exit(3)",
        "import sys; sys.exit(256 + 7)",
        "import sys; sys.exit(-1)",
        "import sys; sys.exit('a message')",
        "import sys; sys.exit([1, 2])",
        "import sys; sys.exit(None)",
        "import sys; sys.exit(True)",
        "raise SystemExit(4)",
        "raise SystemExit",
        "import os; os._exit(9)",
        "import atexit, sys; atexit.register(print, 'at exit'); sys.exit(2)",
        "import sys; sys.stdout.write('no newline'); sys.exit(1)",
        "try:\n    import sys; sys.exit(5)\nfinally:\n    print('finally')",
    ],
)
def test_exit_status(code: str) -> None:
    same("-c", code)


# ---------------------------------------------------------------- tracebacks

FAILING = {
    "plain": "def f(x):\n    return 1 / x\n\n\nprint('before')\nf(0)\n",
    "chained": "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('v') from e\n",
    "context": "try:\n    {}['k']\nexcept KeyError:\n    int('x')\n",
    "class": "class E(Exception):\n    def __str__(self):\n        return 'two\\nlines'\n\nraise E\n",
    "notes": "e = TypeError('t')\ne.add_note('a note')\nraise e\n",
    "group": "raise ExceptionGroup('g', [ValueError(1), TypeError('x')])\n",
    "recursion": "import sys\nsys.setrecursionlimit(60)\ndef f():\n    f()\nf()\n",
    "syntax": "print('never')\nif True\n    pass\n",
    "indent": "def f():\nreturn 1\n",
    "missing module": "import no_such_module_anywhere\n",
    "missing name": "value = 1\nprint(valeu)\n",
    "missing attribute": "import os\nos.pat\n",
    "from": "from os import no_such_name\n",
    "bad str": "class E(Exception):\n    def __str__(self):\n        return 1 / 0\n\nraise E\n",
}


@pytest.mark.parametrize("name", FAILING)
def test_traceback(name: str, script) -> None:
    got = same(script(FAILING[name]))
    assert got.status == 1


@pytest.mark.parametrize("code", ["1 / 0", "if", "raise KeyError('k')"])
def test_traceback_of_code(code: str) -> None:
    assert same("-c", code).status == 1


def test_traceback_of_stdin() -> None:
    assert same("-", stdin="def f():\n    1 / 0\nf()\n").status == 1


def test_traceback_through_modules(script) -> None:
    script("def call(f):\n    return f()\n", "helper_module.py")
    same("-B", script("import helper_module\nhelper_module.call(lambda: [].pop())\n"))


@pytest.mark.parametrize("module", ["no_such_module_anywhere", "os.nothing", "json.no_such"])
def test_missing_module_to_run(module: str) -> None:
    got, expected = gcrt("-m", module), python("-m", module)
    assert got.status == expected.status == 1
    assert got.err.partition(": ")[2] == expected.err.partition(": ")[2]


def test_missing_script(tmp_path: Path) -> None:
    got = gcrt(tmp_path / "no.py")
    assert got.status == 2
    assert got.err.endswith(f"can't open file '{tmp_path}/no.py': [Errno 2] No such file or directory\n")
    assert len(got.err.splitlines()) == 1


def test_unraisable(script) -> None:
    # Several: a stale word may keep the last one.
    make = "for _ in range(5):\n    C()\n"
    got = gcrt(script(f"import gc\nclass C:\n    def __del__(self):\n        1 / 0\n{make}gc.collect()\n"))
    assert got.status == 0
    assert "Exception ignored in: <function C.__del__" in got.err and "ZeroDivisionError" in got.err


# ---------------------------------------------------------------- signals


def interrupted(words: list[str]) -> Outcome:
    """What becomes of a process that gets SIGINT once it says that it is ready."""
    pipe = subprocess.PIPE
    # A shell's background jobs, and all that they start, ignore SIGINT: the tests may be one.
    words = ["env", "--default-signal=INT", *words]
    process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)  # before stdin is closed: a program that reads it must not see its end
    out, err = process.communicate()
    return Outcome(process.returncode, out, err)


@pytest.mark.parametrize("jit", ["off", "eager"])
@pytest.mark.parametrize("wait", ["while True: pass", "import time; time.sleep(30)", "input()"])
def test_interrupt(wait: str, jit: str, script) -> None:
    path = script(f"print('ready', flush=True)\n{wait}\n")
    got = interrupted([str(GCRT), "run", f"--jit={jit}", str(path)])
    assert got.status == -signal.SIGINT
    assert got.err.startswith("Traceback (most recent call last):\n")
    assert got.err.endswith("KeyboardInterrupt\n")


def test_interrupt_can_be_caught(script) -> None:
    path = script(
        "import time\nprint('ready', flush=True)\ntry:\n    time.sleep(30)\nexcept KeyboardInterrupt:\n"
        "    print('caught')\n    raise SystemExit(3)\n"
    )
    assert interrupted([*RUN, str(path)]) == Outcome(3, "caught\n", "")


def test_signal_handler(script) -> None:
    path = script(
        "import signal, time\nsignal.signal(signal.SIGINT, lambda n, f: print('handler', n))\n"
        "print('ready', flush=True)\ntime.sleep(1)\nprint('slept')\n"
    )
    assert interrupted([*RUN, str(path)]) == Outcome(0, "handler 2\nslept\n", "")


def test_killed_by_a_signal() -> None:
    same("-c", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)")


def test_broken_pipe(script) -> None:
    path = script("for i in range(100000):\n    print(i)\n")
    outcomes = []
    for words in (list(RUN), [ORACLE]):
        process = subprocess.Popen(
            [*words, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout.readline() == "0\n"
        process.stdout.close()
        err = process.stderr.read()
        outcomes.append((process.wait(timeout=30), err))
    assert outcomes[0] == outcomes[1]
    assert "BrokenPipeError" in outcomes[0][1]


def test_closed_stdout() -> None:
    words = ["sh", "-c", 'exec "$@" >&-', "sh"]
    assert run_process([*words, *RUN, "-c", "print(1)"]) == run_process([*words, ORACLE, "-c", "print(1)"])


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize(
    "code",
    [
        "def f(): f()\ntry: f()\nexcept RecursionError as e: print(e)",
        "class A:\n    def __repr__(self): return repr(self)\ntry: repr(A())\nexcept RecursionError: print('repr')",
        "x = []\nfor i in range(100000): x = [x]\ntry: repr(x)\nexcept RecursionError: print('list')",
        "x = ()\nfor i in range(100000): x = (x,)\ntry: print(isinstance(hash(x), int))\nexcept RecursionError: print('hash')",
        "x = []\nfor i in range(100000): x = [x]\ny = []\nfor i in range(100000): y = [y]\n"
        "try: print(x == y)\nexcept RecursionError: print('compare')",
        "f = lambda n: 0 if n == 0 else 1 + sorted([1], key=lambda _: f(n - 1))[0]\n"
        "try: f(10**6)\nexcept RecursionError: print('through C')",
        "import sys\nsys.setrecursionlimit(10**5)\ndef f(n): return n and 1 + f(n - 1)\nprint(f(50000))",
    ],
)
def test_deep_recursion(code: str) -> None:
    got = gcrt("-c", code)
    assert (got.status, got.err) == (0, "")
    assert got.out != ""


@pytest.mark.parametrize(
    "expression",
    [
        "'x' * 10**13",
        "b'x' * 10**13",
        "[0] * 10**13",
        "(0,) * 10**13",
        "bytearray(10**14)",
        "'\\u20ac' * 10**14",
    ],
)
def test_memory_error(expression: str) -> None:
    code = f"try:\n    {expression}\nexcept MemoryError:\n    print('MemoryError')\nprint(len('x' * 1000))"
    assert gcrt("-c", code) == Outcome(0, "MemoryError\n1000\n", "")


def test_overflow_of_sizes() -> None:
    same("-c", "for f in (lambda: 'x' * 2**70, lambda: [0] * 2**63, lambda: bytes(2**64)):\n"
         "    try: f()\n    except Exception as e: print(type(e).__name__, e)")  # fmt: skip


# ---------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--jit=fast", "-c", "1"), "--jit=fast: expected one of off, auto, eager"),
        (("run", "--jit"), "--jit needs a value"),
        (("run", "--gc-stress=0", "-c", "1"), "--gc-stress=0: expected a whole number of at least 1"),
        (("run", "--gc-stress=x", "-c", "1"), "--gc-stress=x: expected a whole number"),
        (("run", "--stats"), "--stats needs a value"),
        (("run", "--stats=", "-c", "1"), "--stats: the name of the file to write is missing"),
        (("run", "--dump=all", "-c", "1"), "--dump=all: expected ir|llvm|asm"),
        (("run", "--nothing"), "unknown option --nothing"),
        (("run", "-Z"), "unknown option -Z"),
        (("run", "-c"), "Argument expected for the -c option"),
        (("run", "-m"), "Argument expected for the -m option"),
        (("run", "-W"), "-W needs a value"),
        (("walk",), "unknown command 'walk'"),
        (("--nothing", "-c", "1"), "unknown option --nothing"),
        (("build",), "nothing to build"),
        (("build", "--fast", "x"), "unknown option --fast"),
        (("build", "--wheel"), "--wheel needs a folder"),
    ],
)
def test_wrong_options(words: tuple[str, ...], said: str) -> None:
    got = run_process([str(GCRT), *words])
    assert (got.status, got.out) == (2, "")
    assert got.err.startswith("gcrt: ") and said in got.err.splitlines()[0]
    assert "Traceback" not in got.err


def test_help() -> None:
    for words in ((), ("-h",), ("run", "--help"), ("build", "--help")):
        got = run_process([str(GCRT), *words])
        assert got.out.startswith("usage: gcrt") and got.err == ""
        assert got.status == (0 if words else 2)


def test_python_options() -> None:
    same("-O", "-c", "assert False; print(__debug__)")
    same("-OO", "-c", "def f():\n    'doc'\nprint(f.__doc__)")
    same("-W", "error", "-c", "import warnings\nwarnings.warn('w')")
    same("-X", "key=value", "-c", "import sys; print(sys._xoptions)")
    same("-I", "-c", "import sys; print(sys.flags.isolated, '' in sys.path)")
    same("-u", "-c", "import os, sys; sys.stdout.write('a'); os._exit(0)")
    same("-c", "import sys; print(sys.argv)", "--jit=off", "-c")
    same("-B", "-c", "import sys; print(sys.dont_write_bytecode)")


def test_environment() -> None:
    show = "import sys; print(sys.flags.optimize, sys.path[1] if len(sys.path) > 1 else None)"
    same("-c", show, env={"PYTHONPATH": "/some/where"})
    seeded = [gcrt("-c", "print(hash('a'))", env={"PYTHONHASHSEED": "0"}).out for _ in range(2)]
    assert seeded[0] == seeded[1]
    assert "/some/where" not in gcrt("-E", "-c", show, env={"PYTHONPATH": "/some/where"}).out


# ---------------------------------------------------------------- statistics and dumps

KEYS = {
    "gc.collections": int,
    "gc.pause_ms": dict,
    "gc.live_bytes": int,
    "gc.heap_bytes": int,
    "gc.allocated_objects": int,
    "gc.allocated_bytes": int,
    "jit.compiled": int,
    "jit.osr_entries": int,
    "jit.side_exits": int,
    "jit.compile_ms": float,
    "wall_s": float,
}


@pytest.mark.parametrize("ending", ["", "raise SystemExit(3)", "1 / 0"])
def test_stats(ending: str, tmp_path: Path) -> None:
    file = tmp_path / "stats.json"
    code = f"import gc\nx = [[i] for i in range(50000)]\ngc.collect()\n{ending}"
    got = gcrt("--stats", file, "-c", code)
    assert got.status == {"": 0, "1 / 0": 1}.get(ending, 3)
    stats = json.loads(file.read_text())
    assert {k: type(v) for k, v in stats.items()} == KEYS
    assert set(stats["gc.pause_ms"]) == {"median", "p95", "max"}
    assert stats["gc.collections"] >= 1
    assert stats["gc.allocated_objects"] > 50000
    assert 1_000_000 < stats["gc.live_bytes"] <= stats["gc.heap_bytes"]
    assert stats["gc.pause_ms"]["median"] <= stats["gc.pause_ms"]["max"]
    assert stats["wall_s"] > 0


def test_stats_count_what_was_compiled(tmp_path: Path, script) -> None:
    file = tmp_path / "stats.json"
    path = script(
        "def f(n):\n    s = 0\n    for i in range(n):\n        s += i\n    return s\n\nprint(f(100_000_000))\n"
    )
    got = run_process([str(GCRT), "run", f"--stats={file}", str(path)])
    assert got == Outcome(0, "4999999950000000\n", "")
    stats = json.loads(file.read_text())
    assert stats["jit.compiled"] >= 1 and stats["jit.osr_entries"] >= 1 and stats["jit.compile_ms"] > 0


def test_compiled_code_stays_when_a_module_gets_new_names(tmp_path: Path, script) -> None:
    file = tmp_path / "stats.json"
    path = script(
        "def foo(i): pass\n"
        "def f(n):\n    for i in range(n): foo(i)\n"
        "for k in range(200):\n    globals()[f'name_{k}'] = k\n    f(2_000_000)\n"
    )
    got = run_process([str(GCRT), "run", f"--stats={file}", str(path)])
    assert got == Outcome(0, "", "")
    stats = json.loads(file.read_text())
    assert stats["jit.compiled"] >= 1 and stats["jit.side_exits"] < 10


def side_exits(tmp_path: Path, path: Path, argument: int) -> int:
    """Of a script that prints its argument's double, compiled at the first chance."""
    file = tmp_path / "stats.json"
    got = run_process([str(GCRT), "run", "--jit=eager", f"--stats={file}", str(path), str(argument)])
    assert got == Outcome(0, f"{2 * argument}\n", "")
    return json.loads(file.read_text())["jit.side_exits"]


def test_later_instances_have_the_shapes_of_the_first(tmp_path: Path, script) -> None:
    """Their class is known to have the attributes that any of its methods sets: what is compiled for them stays."""
    path = script(
        "import sys\n"
        "class Node:\n"
        "    def grow(self): self.a, self.b, self.c, self.d, self.e = 1, 0, 0, 0, 1\n"
        "def total(node): return node.a + node.e\n"
        "s = 0\n"
        "for batch in range(int(sys.argv[1]) // 300):\n"
        "    nodes = list(map(object.__new__, [Node] * 300))\n"
        "    for node in nodes: node.grow()\n"
        "    s += sum(map(total, nodes))\n"
        "print(s)\n"
    )
    assert side_exits(tmp_path, path, 600) - side_exits(tmp_path, path, 300) < 40


def test_a_loop_of_a_module_expects_its_variables_to_change(tmp_path: Path, script) -> None:
    path = script(
        "import sys\n"
        "class Node:\n"
        "    def __init__(self, n): self.n = n\n"
        "s = 0\n"
        "for i in range(int(sys.argv[1])):\n"
        "    node = Node(2)\n"
        "    s += node.n\n"
        "print(s)\n"
    )
    assert side_exits(tmp_path, path, 2000) - side_exits(tmp_path, path, 1) < 40


def test_stats_can_not_be_written(tmp_path: Path) -> None:
    got = gcrt("--stats", tmp_path / "no" / "stats.json", "-c", "print(1)")
    assert (got.status, got.out) == (1, "1\n")
    assert (
        got.err == f"gcrt: error: --stats: can't write {tmp_path}/no/stats.json: No such file or directory\n"
    )


@pytest.mark.parametrize("kind", ["ir", "llvm", "asm"])
def test_dump(kind: str, script) -> None:
    text = "def wanted(a, b):\n    return a + b\n\ndef other(a):\n    return a\n\n"
    path = script(text + "for i in range(100):\n    wanted(i, 2)\n    other(i)\n")
    got = run_process([str(GCRT), "run", "--jit=eager", f"--dump={kind}:wanted", str(path)])
    assert (got.status, got.out) == (0, "")
    assert {"ir": "wanted", "llvm": "define", "asm": ".size"}[kind] in got.err
    assert {"ir": "guard", "llvm": "define", "asm": "ret"}[kind] in got.err


# ---------------------------------------------------------------- memory


MEMORY_PROGRAM = """
import ujson
import xxhash


class Node:
    def __init__(self, value):
        self.value = value


def objects():
    for i in range(10_000_000):
        Node(i)


def through_extensions():
    total, data = 0, b"x" * 1000
    for i in range(100_000):
        total += len(xxhash.xxh3_128_digest(data))
    text = "y" * 1_000_000
    for i in range(2000):
        total += len(ujson.dumps(text))
    return total


objects()
print(through_extensions())
"""


def test_memory_stays_bounded(script) -> None:
    """10 million small objects and 2 GB of text, made by an extension and dropped: under 200 MB."""
    for requirement in ("xxhash==4.1.0", "ujson==6.1.0"):
        env = {**os.environ, "GCRT_SITE": gcrt_site(requirement)}
    words = [str(GCRT), "run", str(script(MEMORY_PROGRAM))]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=env)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert (process.returncode, out) == (0, "2001604000\n")
    assert usage.ru_maxrss < 200_000, f"{usage.ru_maxrss} KB"
