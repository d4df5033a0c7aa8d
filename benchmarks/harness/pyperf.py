"""Stands in for `pyperf` when a program of pyperformance is timed in one process.

The real one starts many worker processes and picks its own repeat counts; a runtime with a compiler must
be watched from its first call on.  Every call of the benchmarked function is timed and the list printed
as JSON on the last line.  GCRT_BENCH_SECONDS: for how long (default 3); GCRT_BENCH_CALLS: at least how
often."""

import json
import os
import sys
import time

perf_counter = time.perf_counter


class _Arguments:
    pass


class _Parser:
    """As much of argparse as the programs use: options with defaults."""

    def __init__(self):
        self._defaults = _Arguments()

    def add_argument(self, name, default=None, **_):
        setattr(self._defaults, name.lstrip("-").replace("-", "_"), default)

    def parse_args(self, args=None):
        return self._defaults


class Runner:
    def __init__(self, **_):
        self.metadata = {}
        self.argparser = _Parser()

    def parse_args(self, args=None):
        return self.argparser.parse_args(args)

    def bench_func(self, name, func, *args):
        def once():
            began = perf_counter()
            func(*args)
            return perf_counter() - began

        self._repeat(name, once)

    def bench_time_func(self, name, time_func, *args, **_):
        self._repeat(name, lambda: time_func(1, *args))

    def _repeat(self, name, once):
        seconds = float(os.environ.get("GCRT_BENCH_SECONDS", "3"))
        calls = int(os.environ.get("GCRT_BENCH_CALLS", "3"))
        times = []
        began = perf_counter()
        while len(times) < calls or perf_counter() - began < seconds:
            times.append(once())
        sys.stdout.write("\n" + json.dumps({"name": name, "times": times}) + "\n")
