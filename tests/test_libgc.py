"""The collector as a C library: what `make install` installs is enough for a program out of the tree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parent.parent
HEADERS = ["gc.h", "gc_embedder.h", "gc_host.h"]

PROGRAM = r"""
#include <gcrt/gc.h>
#include <gcrt/gc_embedder.h>
#include <gcrt/gc_host.h>
#include <stdio.h>

static unsigned finalized;
static void finalize(void *object) { finalized += *(unsigned *)object == 7; }

/* What it stores has no other reference: verification would find that a minor cycle has lost it. */
__attribute__((noinline)) static void
store_young(gc_mutator *m, gc_handle kept)
{
    void *owner = gc_handle_get(kept);
    gc_store(owner, owner, gc_alloc(m, 32, GC_CONSERVATIVE));
}

int
main(void)
{
    static gc_options options;
    static gc_embedder embedder;
    options.poison = options.verify = options.generations = true;
    options.nursery_bytes = 1 << 16;
    embedder.finalize = finalize;
    if (gc_init(&options) < 0)
        return 1;
    gc_set_embedder(&embedder);
    gc_mutator *m = gc_mutator_attach(NULL, NULL);
    gc_handle kept = gc_host_alloc(m, 64, GC_CONSERVATIVE, NULL);
    gc_collect(m);
    store_young(m, kept);
    for (int i = 0; i < 100000; i++)
        gc_alloc(m, 32, GC_LEAF);
    for (int i = 0; i < 1000; i++) {
        void *p = gc_alloc(m, 32, GC_LEAF);
        *(unsigned *)p = 7;
        gc_dying_register(p, GC_DYING_FINALIZE);
        gc_safepoint(m);
    }
    gc_collect(m);
    gc_run_pending(m);
    gc_stats stats;
    gc_get_stats(m, &stats);
    printf("%d %d %d\n", gc_object_size(*(void **)gc_handle_get(kept)) == 32, finalized > 900, stats.minor_collections > 2);
    gc_mutator_detach(m);
    gc_shutdown();
    return 0;
}
"""


def run(*words: object, cwd: Path | None = None, **environment: str) -> str:
    env = {k: v for k, v in os.environ.items() if k != "GCRT_GC_LIBRARY"} | environment
    done = subprocess.run(
        list(map(str, words)), env=env, cwd=cwd, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prefix")
    run("make", "-C", TREE, "install", f"PREFIX={path}")
    return path


def test_what_is_installed(prefix: Path) -> None:
    files = {str(p.relative_to(prefix)) for p in prefix.rglob("*") if not p.is_dir()}
    version = re.search(r'^version = "(.*)"', (TREE / "pyproject.toml").read_text(), re.M)[1]
    assert files == {
        "lib/libgcrt-gc.so",
        "lib/libgcrt-gc.so.0",
        f"lib/libgcrt-gc.so.{version}",
        "lib/pkgconfig/gcrt-gc.pc",
        *(f"include/gcrt/{name}" for name in HEADERS),
    }
    assert "[libgcrt-gc.so.0]" in run("readelf", "-d", prefix / "lib/libgcrt-gc.so")


def test_exactly_what_is_declared_is_exported(prefix: Path) -> None:
    text = "".join((prefix / "include/gcrt" / name).read_text() for name in HEADERS)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    inline = set(re.findall(r"^static inline [^(]*?\n(\w+)\(", text, flags=re.M))
    declared = set(re.findall(r"^[\w][^;{}()#]*?\b(gc_\w+)\([^;{}]*\);", text, flags=re.M)) - inline
    declared |= set(re.findall(r"^extern \w[^;(]*\b(\w+);", text, flags=re.M))
    exported = {
        line.split()[-1]
        for line in run("nm", "-D", "--defined-only", prefix / "lib/libgcrt-gc.so").splitlines()
    }
    assert {"gc_init", "gc_alloc_slow", "gc_set_embedder", "gc_host_alloc", "gc_cards"} <= declared
    assert exported == declared


@pytest.mark.parametrize(
    "compiler", [["gcc", "-std=gnu17"], ["g++", "-std=gnu++17", "-x", "c++"]], ids=["c", "c++"]
)
def test_a_program_out_of_the_tree(prefix: Path, tmp_path: Path, compiler: list[str]) -> None:
    source = tmp_path / "program.c"
    source.write_text(PROGRAM)
    flags = run(
        "pkg-config", "--cflags", "--libs", "gcrt-gc", PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig")
    ).split()
    assert f"-I{prefix}/include" in flags
    program = tmp_path / "program"
    run(*compiler, "-Wall", "-Wextra", "-Werror", "-O2", source, "-x", "none", *flags, "-o", program)
    assert run(program, LD_LIBRARY_PATH=str(prefix / "lib")) == "1 1 1\n"


@pytest.mark.parametrize("name", HEADERS)
def test_each_header_compiles_alone(prefix: Path, tmp_path: Path, name: str) -> None:
    source = tmp_path / "alone.c"
    source.write_text(f"#include <gcrt/{name}>\n")
    run("gcc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", f"-I{prefix}/include", "-fsyntax-only", source)


def test_destdir_stays_out_of_the_pc_file(tmp_path: Path) -> None:
    run("make", "-C", TREE, "install", "PREFIX=/opt/gcrt", f"DESTDIR={tmp_path}")
    text = (tmp_path / "opt/gcrt/lib/pkgconfig/gcrt-gc.pc").read_text()
    assert "prefix=/opt/gcrt\n" in text and str(tmp_path) not in text


def test_the_host_interface_under_the_sanitizers(tmp_path: Path) -> None:
    folders = [TREE / "gcrt" / "collector", TREE / "gcrt" / "embed"]
    sources = [TREE / "tests" / "libgc" / "host.c", *(s for f in folders for s in sorted(f.glob("*.c")))]
    flags = ["-std=gnu17", "-Wall", "-Wextra", "-Werror", "-O1", "-g", "-fno-omit-frame-pointer"]
    sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
    program = tmp_path / "host"
    run("gcc", *flags, *sanitize, *(f"-I{f}" for f in folders), *sources, "-o", program, "-ldl", "-lpthread")
    # As in test_collector.py: conservative stacks and shadow stacks exclude each other.
    options = "detect_leaks=0:detect_stack_use_after_return=0"
    assert run(program, ASAN_OPTIONS=options) == "ok\n"


def test_the_wheel_carries_the_library(tmp_path: Path) -> None:
    """What setup.py puts into a wheel is enough for gcrt.Heap, away from the tree."""
    run(sys.executable, "setup.py", "-q", "build_py", "--build-lib", tmp_path / "wheel", cwd=TREE)
    package = tmp_path / "wheel" / "gcrt"
    assert sorted(p.name for p in (package / "include" / "gcrt").iterdir()) == HEADERS
    code = "import gcrt; from gcrt import heap_lib; gcrt.Heap().alloc_leaf(1); print(heap_lib.loaded())"
    out = run(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=str(package.parent))
    assert str(package / "lib" / "libgcrt-gc.so") in out
