"""Print what a program of pyperformance computes: results.py PROGRAM_FOLDER NAME.

The programs themselves print nothing, so this calls their functions with small sizes and shows what they
return or leave behind.  Runs under CPython and under gcrt; the outputs must be equal."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "harness"))
sys.path.insert(0, sys.argv[1])

import run_benchmark as m  # noqa: E402


def nbody():
    m.bench_nbody(1, "sun", 300)
    return m.SYSTEM


def fannkuch():
    return [m.fannkuch(n) for n in range(3, 8)]


def spectral_norm():
    u = [1] * 30
    for _ in range(3):
        u = m.eval_AtA_times_u(u)
    return u


def float_():
    return m.benchmark(300)


def richards():
    return m.Richards().run(1)


def deltablue():
    m.delta_blue(20)
    return len(m.planner.__dict__)


class _Arguments:
    thickness, width, height, iterations, filename, rng_seed = 0.25, 40, 40, 300, None, 1234


class _Runner:
    """Calls the benchmarked function once and keeps what it did."""

    def __init__(self):
        self.metadata = {}

    def bench_func(self, name, func, *args):
        self.result = func(*args)


def chaos():
    seen = []
    original = m.Chaosgame.transform_point

    def watched(self, point, trafo=None):
        moved = original(self, point, trafo)
        seen.append((moved.x, moved.y))
        return moved

    m.Chaosgame.transform_point = watched
    m.main(_Runner(), _Arguments)
    return len(seen), seen[::25]


def nqueens():
    return list(m.n_queens(6)), m.bench_n_queens(5)


def raytrace():
    pixels = []
    original = m.Canvas.plot

    def watched(self, x, y, r, g, b):
        pixels.append((x, y, r, g, b))
        return original(self, x, y, r, g, b)

    m.Canvas.plot = watched
    m.bench_raytrace(1, 12, 12, None)
    return len(pixels), pixels[::7]


def go():
    m.GAMES = 4
    return m.versus_cpu()


def hexiom():
    m.main(1, 2)  # compares its own answer
    return "solved"


if __name__ == "__main__":
    name = sys.argv[2]
    print(name, globals()[name + "_" if name == "float" else name]())
