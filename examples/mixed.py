"""A mixed program: an HTML report whose cells a C extension escapes, beside statistics in pure Python.

Run it with `gcrt run examples/mixed.py` (after `gcrt build markupsafe==3.0.4`) or with any Python that has
markupsafe.  It prints the same on both.
"""

import sys

from markupsafe import Markup, escape


def measurements(n):
    """n made-up readings: a small linear congruential generator, so that every run agrees."""
    state = 12345
    for i in range(n):
        state = (1103515245 * state + 12345) % 2147483648
        yield f"<sensor {i % 97:02d} & co>", state / 2147483648 * 100.0


def statistics(values):
    """Mean, variance (Welford's method) and the longest rising run."""
    mean = spread = 0.0
    longest = run = 1
    previous = None
    for i, x in enumerate(values, 1):
        delta = x - mean
        mean += delta / i
        spread += delta * (x - mean)
        run = run + 1 if previous is not None and x > previous else 1
        longest = max(longest, run)
        previous = x
    return mean, spread / len(values), longest


def histogram(values, bins=20):
    counts = [0] * bins
    for x in values:
        counts[int(x * bins / 100.0)] += 1
    return counts


def smooth(values, rounds):
    """A three-point filter, over and over: the hot numeric loop."""
    values = list(values)
    for _ in range(rounds):
        left = values[0]
        for i in range(1, len(values) - 1):
            here = values[i]
            values[i] = 0.25 * left + 0.5 * here + 0.25 * values[i + 1]
            left = here
    return values


def report(rows):
    row = Markup("<tr><td>{}</td><td>{:.3f}</td></tr>")
    table = Markup("\n").join(row.format(name, value) for name, value in rows)
    return Markup("<table>\n{}\n</table>").format(table)


def main(n):
    rows = list(measurements(n))
    html = report(rows)
    values = [value for _, value in rows]
    mean, variance, longest = statistics(values)
    calm = smooth(values, 200)
    print(html[:160])
    print(
        f"{len(rows)} rows, {len(html)} characters of HTML, escaped title: {escape('<' + str(n) + ' rows & more>')}"
    )
    print(f"mean {mean:.6f}, variance {variance:.6f}, longest rise {longest}")
    print("histogram", histogram(values))
    print(f"smoothed: first {calm[1]:.9f}, last {calm[-2]:.9f}, sum {sum(calm):.6f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
