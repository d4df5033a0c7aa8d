"""Build hooks of the wheel: libgcrt.so, its headers and the cffi module are made by the Makefile's rules."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

TREE = Path(__file__).resolve().parent
# Of the collector as a C library: what `make install` installs too.
PUBLIC_HEADERS = ("collector/gc.h", "collector/gc_embedder.h", "embed/gc_host.h")


class BuildNative(build_py):
    """Compile libgcrt with make, then put it and the headers beside the Python files."""

    def run(self) -> None:
        make = ["make", "-C", str(TREE), "-f", "capi_shim/native.mk", f"HOST_PYTHON={sys.executable}"]
        subprocess.run([*make, "-j2", "native"], check=True)
        super().run()
        package = Path(self.build_lib) / "gcrt"
        self._copy([TREE / "build" / "lib" / name for name in ("libgcrt.so", "libgcrt-gc.so")], package / "lib")
        headers = [*(TREE / "capi_shim" / "include").glob("*.h"), TREE / "build" / "include" / "gcrt_api.h"]
        self._copy(headers, package / "include")
        public = [TREE / "gcrt" / name for name in PUBLIC_HEADERS]
        self._copy(public, package / "include" / "gcrt")
        self._copy([TREE / "gcrt" / "_abi.py", TREE / "gcrt" / "_gc_abi.py"], package)

    @staticmethod
    def _copy(files: list[Path], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(file, folder / file.name)


class NativeDistribution(Distribution):
    """The wheel holds machine code: it is not `any`."""

    def has_ext_modules(self) -> bool:
        return True


setup(cmdclass={"build_py": BuildNative}, distclass=NativeDistribution)
