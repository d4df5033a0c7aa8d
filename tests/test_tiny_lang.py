"""examples/tiny_lang.py: a language of its own on gcrt.Heap and gcrt.llvm."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parent.parent
EXAMPLE = TREE / "examples" / "tiny_lang.py"
LISTS = """
(define (build n list) (if (= n 0) list (build (- n 1) (cons n list))))
(define (map f list) (if list (cons (f (car list)) (map f (cdr list))) ()))
(define (sum list total) (if list (sum (cdr list) (+ total (car list))) total))
"""


def run(text: str, **options: int | bool) -> tuple[list[str], dict]:
    """Results and the heap's figures, from a process of its own."""
    code = (
        "import json, sys, tiny_lang\n"
        "text, options = json.load(sys.stdin)\n"
        "results, stats = tiny_lang.run(text, **options)\n"
        "json.dump([results, stats._asdict()], sys.stdout)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps([text, options]),
        env={**os.environ, "PYTHONPATH": f"{TREE}:{EXAMPLE.parent}"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return tuple(json.loads(done.stdout))


def test_the_example_as_it_is_run() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)],
        env={**os.environ, "PYTHONPATH": str(TREE)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "(11 12 13 14 15)\n6003000000\n"
    assert "collections" in done.stderr


@pytest.mark.parametrize("generations", [False, True])
def test_millions_of_pairs_in_a_bounded_heap(generations: bool) -> None:
    limit = 16 << 20
    text = LISTS + (
        "(define (rounds k total) (if (= k 0) total (rounds (- k 1) (+ total (sum (build 1000 ()) 0)))))"
        "(rounds 5000 0)"
    )
    results, stats = run(text, max_heap_bytes=limit, min_trigger_bytes=4 << 20, generations=generations)
    assert results == [str(5000 * 500500)]
    assert stats["allocated_objects"] >= 5_000_000
    assert stats["allocated_bytes"] > 4 * limit
    assert stats["collections"] >= 5
    assert stats["heap_bytes"] <= limit


@pytest.mark.parametrize("generations", [False, True])
@pytest.mark.parametrize("stress", [1, 5])
def test_every_allocation_may_collect(stress: int, generations: bool) -> None:
    text = LISTS + (
        "(define (adder n) (lambda (x) (+ x n)))"
        "(map (adder 5) (build 20 ()))"
        "(sum (map (lambda (x) (+ x x)) (build 100 ())) 0)"
    )
    results, stats = run(text, stress_every=stress, poison=True, verify=True, generations=generations)
    assert results == [f"({' '.join(str(i + 5) for i in range(1, 21))})", str(10100)]
    assert stats["collections"] >= 200 // stress
    assert (stats["minor_collections"] > stats["collections"] // 2) == generations


def test_closures_capture_by_value_and_nest() -> None:
    text = """
    (define (compose f g) (lambda (x) (f (g x))))
    (define (adder n) (lambda (x) (+ x n)))
    ((compose (adder 1) (compose (adder 20) (lambda (x) (+ x 300)))) 0)
    (let ((a 1) (b 2)) (let ((f (lambda () (cons a b)))) (f)))
    (cons (lambda (x) x) ())
    (if () 1 2)
    (if 0 1 2)
    ((lambda () 1 (< 2 3)))
    (- 3 10)
    (define seven 7)
    (cons (cons seven ()) (cons () 3))
    """
    assert run(text)[0] == ["321", "(1 . 2)", "(<closure>)", "2", "1", "1", "-7", "((7) () . 3)"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("(car 5)", "not a pair"),
        ("(cdr ())", "not a pair"),
        ("(car (lambda (x) x))", "not a pair"),
        ("(+ 1 ())", "not an int"),
        ("(5 5)", "not a function"),
        ("((lambda (x) x))", "not a function"),
        ("(define (f x) (+ 1 (car x))) (cons 1 (f 3))", "not a pair"),
        ("(define (f n) (f (+ n n))) (f 10)", "overflow"),
        ("(define (f n) (+ 1 (f n))) (f 1)", "recursion"),
        ("(define (f l) (f (cons 1 l))) (f ())", "out of memory"),
    ],
)
def test_errors_come_out_as_errors(text: str, error: str) -> None:
    results, _ = run(text, max_heap_bytes=16 << 20)
    assert len(results) == 1 and results[0].startswith("error: ") and error in results[0]


def test_tail_calls_need_no_stack() -> None:
    text = "(define (loop n) (if (= n 0) 7 (loop (- n 1)))) (loop 50000000)"
    assert run(text)[0] == ["7"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("(car 1", "a ) is missing"),
        ("1)", "a ) too many"),
        ("nothing", "nothing is not defined"),
        ("(lambda (a b c d e) a)", "at most 4"),
        ("((lambda () 1) 1 2 3 4 5)", "at most 4"),
    ],
)
def test_mistakes_in_the_source(text: str, error: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE.parent))
    import tiny_lang

    with pytest.raises((SyntaxError, NameError), match=re.escape(error)):
        tiny_lang.run(text)
    assert tiny_lang.run("5 (+ 1 2)")[0] == ["5", "3"]
