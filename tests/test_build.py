"""`gcrt build`: what it takes, what it installs, and what it says when that is impossible."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from support import GCRT, ORACLE, Outcome, run_process

SUFFIX = ".gcrt-311-x86_64-linux-gnu.so"
GOOD = """
#include <Python.h>

static PyObject *
twice(PyObject *self, PyObject *arg)
{
    return PyNumber_Add(arg, arg);
}

static PyMethodDef methods[] = {{"twice", twice, METH_O, "Twice the argument."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "small", NULL, 0, methods};

PyMODINIT_FUNC
PyInit_small(void)
{
    return PyModule_Create(&module);
}
"""
SETUP = """
from setuptools import Extension, setup
setup(name="{name}", version="{version}", ext_modules=[Extension("small", ["small.c"])], py_modules=["{module}"])
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def build(site: Path):
    def run(*words: str | Path, env: dict[str, str] | None = None) -> Outcome:
        changes = {"GCRT_SITE": str(site), **(env or {})}
        return run_process([str(GCRT), "build", *map(str, words)], env=changes, timeout=300)

    return run


@pytest.fixture
def guest(site: Path):
    def run(code: str) -> Outcome:
        return run_process([str(GCRT), "run", "--jit=off", "-B", "-c", code], env={"GCRT_SITE": str(site)})

    return run


@pytest.fixture
def project(tmp_path: Path):
    """A source tree with one C extension and one Python module."""

    def make(
        source: str = GOOD, *, name: str = "small", version: str = "1.0", module: str = "small_part"
    ) -> Path:
        tree = tmp_path / f"{name}-{version}"
        tree.mkdir(exist_ok=True)
        (tree / "setup.py").write_text(SETUP.format(name=name, version=version, module=module))
        (tree / "small.c").write_text(source)
        (tree / f"{module}.py").write_text(f"version = {version!r}\n")
        (tree / "pyproject.toml").write_text(
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        )
        return tree

    return make


def pack(tree: Path) -> Path:
    """The sdist of a tree."""
    (tree / "PKG-INFO").write_text(
        f"Metadata-Version: 2.1\nName: {tree.name.partition('-')[0]}\nVersion: 1.0\n"
    )
    archive = tree.with_name(tree.name + ".tar.gz")
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tree, tree.name)
    return archive


def contents(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*")} if folder.exists() else set()


def failed(outcome: Outcome, *parts: str, site: Path | None = None) -> None:
    """One message with all the parts, no traceback, nothing on stdout, nothing installed."""
    assert outcome.status == 1, outcome.out + outcome.err
    assert outcome.out == ""
    assert outcome.err.startswith("gcrt: error: ") and outcome.err.count("gcrt: ") == 1
    assert "Traceback" not in outcome.err
    for part in parts:
        assert part in outcome.err
    if site is not None:
        assert contents(site) == set()
        assert [p.name for p in site.parent.iterdir() if p.name.startswith(".gcrt")] == []


# ---------------------------------------------------------------- what can be built


def test_folder(build, guest, project, site: Path) -> None:
    tree = project()
    got = build(tree)
    assert (got.status, got.err) == (0, "")
    assert got.out == f"installed small 1.0 in {site}\n  small{SUFFIX}\n"
    assert (
        guest("import small, small_part; print(small.twice(21), small.__file__)").out
        == f"42 {site}/small{SUFFIX}\n"
    )


def test_sdist(build, guest, project) -> None:
    assert build(pack(project())).status == 0
    assert guest("import small; print(small.twice('ab'))").out == "abab\n"


def test_requirement_list_and_reinstall(build, guest, site: Path) -> None:
    first = build("markupsafe==3.0.4")
    assert (first.status, first.err) == (0, "")
    listed = build("--list")
    assert listed == Outcome(0, f"MarkupSafe 3.0.4  markupsafe/_speedups{SUFFIX}\n", "")
    before = contents(site)
    assert build("markupsafe==3.0.4").status == 0
    assert contents(site) == before
    assert guest("import markupsafe; print(markupsafe.escape('<'))").out == "&lt;\n"


def test_list_when_nothing_is_there(build, site: Path) -> None:
    assert build("--list") == Outcome(0, "", f"nothing is installed in {site}\n")


def test_several_targets(build, project) -> None:
    other = project(GOOD.replace("small", "other"), name="other", module="other_part")
    (other / "setup.py").write_text((other / "setup.py").read_text().replace('"small"', '"other"'))
    assert build(project(), other).status == 0
    assert len(build("--list").out.splitlines()) == 2


def test_newer_version_replaces_the_older(build, guest, project, site: Path) -> None:
    assert build(project(module="old_part")).status == 0
    assert build(project(version="2.0", module="new_part")).status == 0
    assert build("--list").out == f"small 2.0  small{SUFFIX}\n"
    assert guest("import small, new_part; print(new_part.version)").out == "2.0\n"
    assert not (site / "old_part.py").exists()
    assert not any("1.0" in name for name in contents(site))


def test_wheel_is_kept(build, project, tmp_path: Path) -> None:
    assert build("--wheel", tmp_path / "wheels", project()).status == 0
    (wheel,) = (tmp_path / "wheels").iterdir()
    assert f"small{SUFFIX}" in zipfile.ZipFile(wheel).namelist()


def test_verbose_shows_the_compiler(build, project) -> None:
    got = build("-v", project())
    assert got.status == 0 and "gcc" in got.out


def test_quiet_otherwise(build, project) -> None:
    tree = project()
    setup = tree / "setup.py"
    setup.write_text(
        "import sys, warnings\nwarnings.warn('noise')\nprint('noise', file=sys.stderr)\n" + setup.read_text()
    )
    got = build(tree)
    assert got.status == 0 and "noise" not in got.out + got.err


def test_only_python(build, guest, project) -> None:
    tree = project()
    setup = tree / "setup.py"
    setup.write_text(setup.read_text().replace('ext_modules=[Extension("small", ["small.c"])], ', ""))
    got = build(tree)
    assert got.status == 0
    assert got.err == "note: small has no C extension of its own; its Python files were installed\n"
    assert guest("import small_part; print(small_part.version)").out == "1.0\n"


def test_cxx(build, guest, project) -> None:
    source = GOOD.replace("#include <Python.h>", "#include <Python.h>\n#include <string>\n#include <vector>")
    source = source.replace(
        "return PyNumber_Add(arg, arg);",
        "std::vector<std::string> parts(1000, std::string(100, 'x'));\n"
        "    for (auto &part : parts) part += std::to_string(PyLong_AsLong(arg));\n"
        "    return PyUnicode_FromString(parts.back().c_str() + 100);",
    )
    tree = project(source)
    (tree / "small.c").rename(tree / "small.cpp")
    (tree / "setup.py").write_text((tree / "setup.py").read_text().replace("small.c", "small.cpp"))
    assert build(tree).status == 0
    assert guest("import small; print(small.twice(77))").out == "77\n"


# ---------------------------------------------------------------- what can't


def test_compile_error(build, project, site: Path) -> None:
    archive = pack(project(GOOD.replace("PyNumber_Add(arg, arg)", "arg +")))
    failed(
        build(archive), "small-1.0 can't be built", "nothing was installed", "small.c:7", "error:", site=site
    )


def test_unknown_api_name(build, project, site: Path) -> None:
    source = GOOD.replace("PyNumber_Add(arg, arg)", "PyNumber_NoSuchThing(arg)")
    failed(
        build(project(source)), "gcrt's C API lacks: PyNumber_NoSuchThing", "nothing was installed", site=site
    )


def test_undeclared_api_symbol(build, project, site: Path) -> None:
    """Declared by the extension itself, so that only its symbol is missing."""
    source = GOOD.replace(
        "static PyObject *\ntwice", "PyObject *PyNumber_NoSuchThing(PyObject *);\n\nstatic PyObject *\ntwice"
    )
    source = source.replace("PyNumber_Add(arg, arg)", "PyNumber_NoSuchThing(arg)")
    failed(
        build(project(source)), "gcrt's C API lacks: PyNumber_NoSuchThing", "nothing was installed", site=site
    )


def test_failure_keeps_what_was_installed(build, guest, project) -> None:
    assert build(project()).status == 0
    failed(build(project("#error broken", version="2.0")), "broken", "nothing was installed")
    assert build("--list").out == f"small 1.0  small{SUFFIX}\n"
    assert guest("import small; print(small.twice(2))").out == "4\n"


def test_first_failure_ends(build, project, site: Path) -> None:
    failed(build(project("#error broken"), project(name="other", module="other_part")), "broken", site=site)


def test_setup_raises(build, project, site: Path) -> None:
    tree = project()
    (tree / "setup.py").write_text("raise RuntimeError('no such library here')\n")
    failed(build(tree), "no such library here", site=site)


def test_unknown_backend(build, project, site: Path) -> None:
    tree = project()
    (tree / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "no_such_backend"\n')
    failed(build(tree), "no_such_backend", site=site)


def test_bad_pyproject(build, project, site: Path) -> None:
    tree = project()
    (tree / "pyproject.toml").write_text("[build-system\n")
    failed(build(tree), "pyproject.toml", site=site)


def test_not_a_project(build, tmp_path: Path, site: Path) -> None:
    (tmp_path / "empty").mkdir()
    failed(build(tmp_path / "empty"), "not a Python project", site=site)


def test_no_such_path(build, tmp_path: Path, site: Path) -> None:
    failed(build(tmp_path / "no" / "where"), "no such file or folder", site=site)


def test_not_an_archive(build, tmp_path: Path, site: Path) -> None:
    file = tmp_path / "thing.tar.gz"
    file.write_bytes(b"this is not an archive")
    failed(build(file), "thing.tar.gz is not a source archive", site=site)


def test_archive_of_loose_files(build, tmp_path: Path, site: Path) -> None:
    file = tmp_path / "loose.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.py", "")
        archive.writestr("b.py", "")
    failed(build(file), "should hold a single folder", site=site)


def test_archive_that_leaves_its_folder(build, tmp_path: Path, site: Path) -> None:
    file = tmp_path / "evil-1.0.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../evil.py"))
    failed(build(file), "unsafe path", site=site)
    assert not (tmp_path / "evil.py").exists()


def test_wheel_instead_of_sources(build, project, tmp_path: Path, site: Path) -> None:
    wheel = tmp_path / "small-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("small.py", "")
        archive.writestr("small-1.0.dist-info/METADATA", "Name: small\nVersion: 1.0\n")
    failed(build(wheel), "is a wheel", "sources", site=site)


def test_unknown_package(build, site: Path) -> None:
    failed(
        build("no-such-package-for-gcrt-tests==1.0"), "can't download", "No matching distribution", site=site
    )


def test_bad_requirement(build, site: Path) -> None:
    failed(build("this is no requirement!"), "can't download", "Invalid requirement", site=site)


def test_without_network(build, site: Path) -> None:
    env = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": "",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_RETRIES": "0",
        "PIP_TIMEOUT": "2",
    }
    failed(
        build("markupsafe==3.0.4", env=env),
        "can't download",
        "can't be reached",
        "PATH of an sdist",
        site=site,
    )


def test_site_is_not_writable(build, project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    env = {"GCRT_SITE": str(tmp_path / "file" / "site")}
    failed(build(project(), env=env), "can't be installed", str(tmp_path / "file"))


# ---------------------------------------------------------------- extensions that can't be imported


def test_extension_for_cpython(guest, project, site: Path) -> None:
    tree = project()
    subprocess.run(
        [sys.executable, "setup.py", "-q", "build_ext", "--inplace"],
        cwd=tree,
        check=True,
        capture_output=True,
    )
    (built,) = tree.glob("small.cpython-*.so")
    site.mkdir()
    built.rename(site / built.name)
    got = guest("import small")
    assert got.status == 1
    last = got.err.splitlines()[-1]
    assert last.startswith("ImportError: ") or last.startswith("ModuleNotFoundError: ")
    assert "built for CPython" in last and "gcrt build small" in last
    got = guest("try:\n    import small\nexcept ImportError as e:\n    print(e.name, e.path)")
    assert got.out == f"small {site / built.name}\n"


def test_extension_that_is_no_library(guest, site: Path) -> None:
    site.mkdir()
    (site / f"small{SUFFIX}").write_text("not a library")
    got = guest("import small")
    assert got.status == 1
    assert got.err.splitlines()[-1].startswith("ImportError: ") and str(site) in got.err.splitlines()[-1]


def test_cpython_ignores_ours(build, project, site: Path) -> None:
    assert build(project()).status == 0
    got = run_process([ORACLE, "-c", "import small"], env={"PYTHONPATH": str(site)})
    assert "ModuleNotFoundError: No module named 'small'" in got.err
