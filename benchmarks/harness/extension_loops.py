"""Time loops of calls into an extension; the last line printed is JSON {case: [seconds_per_call, checksum]}.

A case is a function of n that makes n calls and returns something that depends on all of them: it is the
checksum, so that no call can be left out, and it must be the same under every runtime.  Each case runs for
a while before it is timed, then several times; the fastest counts.
"""

import json
import time

WARM_SECONDS = 0.25
ROUND_SECONDS = 0.1
ROUNDS = 5


def measure(cases):
    """cases: {name: function of n}."""
    results = {}
    for name, loop in cases.items():
        n = 64
        while True:
            began = time.perf_counter()
            loop(n)
            took = time.perf_counter() - began
            if took > 0.02:
                break
            n *= 2
        n = max(1, int(n * ROUND_SECONDS / took))
        end = time.perf_counter() + WARM_SECONDS
        while time.perf_counter() < end:
            loop(n)
        best = None
        for _ in range(ROUNDS):
            began = time.perf_counter()
            loop(n)
            took = time.perf_counter() - began
            best = took if best is None else min(best, took)
        results[name] = [best / n, loop(1000)]
    print(json.dumps(results))
