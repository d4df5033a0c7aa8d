"""Run a package's own build backend and get its wheel."""

from __future__ import annotations

import os
import re
import subprocess
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from gcrt.builder import cross
from gcrt.errors import CommandError


class _Runner:
    """Runs the backend's processes with gcrt's environment and keeps what they print."""

    def __init__(self, changes: dict[str, str], verbose: bool) -> None:
        self._changes, self._verbose = changes, verbose
        self.output = ""

    def __call__(
        self, cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
    ) -> None:
        env = {**os.environ, **(extra_environ or {})}
        for name, value in self._changes.items():
            if value:
                env[name] = value
            else:
                env.pop(name, None)
        done = subprocess.run(
            cmd, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.output += done.stdout
        if self._verbose:
            print(done.stdout, end="", flush=True)
        if done.returncode != 0:
            raise subprocess.CalledProcessError(done.returncode, cmd, done.stdout)


def build_wheel(tree: Path, out: Path, *, verbose: bool) -> Path:
    """The wheel of the sources in tree, made in out; raises CommandError with the compiler's words."""
    from build.env import DefaultIsolatedEnv

    from build import BuildBackendException, BuildException, ProjectBuilder

    runner = _Runner(cross.environment(out / "cross"), verbose)
    try:
        with DefaultIsolatedEnv() as env, warnings.catch_warnings():
            # What the backend warns of is repeated in this process; the output has it already.
            warnings.simplefilter("ignore")
            builder = ProjectBuilder.from_isolated_env(env, tree, runner=runner)
            env.install(builder.build_system_requires)
            env.install(builder.get_requires_for_build("wheel"))
            return Path(builder.build("wheel", out / "dist"))
    except (BuildException, BuildBackendException, subprocess.CalledProcessError) as error:
        output = runner.output or _printed_by(error) or str(error)
        raise CommandError(_explain(tree.name, output)) from None


def _printed_by(error: Exception) -> str:
    """What a process printed that failed before the backend ran (pip, for the backend's requirements)."""
    printed = getattr(error, "stderr", None) or getattr(error, "stdout", None) or ""
    return printed.decode(errors="replace") if isinstance(printed, bytes) else printed


def _explain(name: str, output: str) -> str:
    """What went wrong, in few lines: the first compiler errors, else the end of the output."""
    lines = output.splitlines()
    errors = [line for line in lines if re.search(r"\b(fatal )?error:|undefined reference", line)]
    shown = errors[:6] or [line for line in lines if line.strip()][-6:]
    missing = sorted(set(re.findall(r"implicit declaration of function .(_?Py\w+)", output)))
    text = f"{name} can't be built for gcrt; nothing was installed\n" + "\n".join(
        f"  {line}" for line in shown
    )
    if missing:
        text += f"\n  gcrt's C API lacks: {', '.join(missing)}"
    return text + "\n  `gcrt build --verbose` shows the whole output"
