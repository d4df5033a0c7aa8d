"""Try many stock packages and write down honestly what happens: survey.py [PACKAGE ...] > see RESULTS.md.

For each: does `gcrt build` build it, can it be imported, and does a small program print what it prints under
CPython (with the package's own wheel)?  RESULTS.md is made from build/survey.json, which keeps the result of
earlier runs, so that single packages can be tried again.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = HERE.parent
GCRT = str(Path(sys.executable).parent / "gcrt")
SITE = TREE / "build" / "survey-site"
PEER = TREE / "build" / "survey-cpython"
STATE = TREE / "build" / "survey.json"

# name: program; it must print something that depends on the extension.
PACKAGES = {
    "markupsafe": "import markupsafe; print(markupsafe.escape('<a & b>'), markupsafe._escape_inner)",
    "xxhash": "import xxhash; print(xxhash.xxh3_128(b'a' * 1000).hexdigest())",
    "ujson": "import ujson; print(ujson.loads(ujson.dumps({'a': [1, 2.5, None]})))",
    "msgpack": "import msgpack; from msgpack import _cmsgpack\n"
    "d = {'a': [1, 2.5, None, b'x'], 'b': {'c': 'text' * 10}}\nprint(msgpack.unpackb(msgpack.packb(d)), msgpack.packb([1, 2**40]))",
    "frozenlist": "from frozenlist import FrozenList, PyFrozenList\nx = FrozenList([1, 2]); x.append(3); x.freeze()\n"
    "print(x, len(x), FrozenList is not PyFrozenList)\ntry: x.append(1)\nexcept RuntimeError as e: print(e)",
    "multidict": "from multidict import MultiDict, CIMultiDict, istr\nm = MultiDict([('a', 1), ('a', 2)]); m.add('b', 3)\n"
    "print(m, m.getall('a'), CIMultiDict(Key=1)['key'], istr('x'), type(m).__module__)\ndel m['a']; print(dict(m))",
    "wrapt": "import wrapt\n@wrapt.decorator\ndef d(w, i, a, k): return ('wrapped', w(*a, **k))\n@d\ndef f(x): return x + 1\n"
    "print(f(1), f.__name__, wrapt.ObjectProxy([1, 2]) + [3], wrapt.ObjectProxy.__module__)",
    "regex": "import regex\nprint(regex.findall(r'\\p{Lu}\\w+', 'Ab cd Ef'), regex.sub(r'(?<x>a)', '<\\\\g<x>>', 'banana'))",
    "simplejson": "import simplejson; from simplejson import _speedups\nprint(simplejson.dumps({'a': [1, 2.5, None, 'x']}), simplejson.loads('[1, {\"b\": 2}]'))",
    "python-Levenshtein": "import Levenshtein; print(Levenshtein.distance('kitten', 'sitting'))",
    "mmh3": "import mmh3; print(mmh3.hash('foo'), mmh3.hash128(b'foo', 3), mmh3.hash_bytes('x'))",
    "murmurhash": "from murmurhash import hash; print(hash('a', 1), hash(b'abc'))",
    "crc32c": "import crc32c; print(crc32c.crc32c(b'hello world'))",
    "bitarray": "from bitarray import bitarray\na = bitarray('1011'); a.extend([0, 1]); a.setall(1) if 0 else None\n"
    "print(a, a.count(), a.tobytes(), ~a, a[::-1], a & bitarray('110011'))",
    "lru-dict": "from lru import LRU\nl = LRU(2)\nfor i in range(4): l[i] = str(i)\nprint(l.items(), l.keys(), 0 in l, l.peek_first_item())",
    "pyahocorasick": "import ahocorasick\na = ahocorasick.Automaton()\nfor i, w in enumerate(['he', 'she', 'hers']): a.add_word(w, (i, w))\n"
    "a.make_automaton(); print(list(a.iter('ushers')))",
    "editdistance": "import editdistance; print(editdistance.eval('kitten', 'sitting'))",
    "immutables": "import immutables\nm = immutables.Map(a=1)\nn = m.set('b', 2).set('c', 3).delete('a')\nprint(sorted(n.items()), len(m), n.get('x'))",
    "setproctitle": "import setproctitle; setproctitle.setproctitle('some title'); print(setproctitle.getproctitle())",
    "psutil": "import psutil, os\np = psutil.Process()\nprint(p.pid == os.getpid(), psutil.cpu_count() > 0, p.memory_info().rss > 0)",
    "pyyaml": "import yaml; print(yaml.__with_libyaml__ in (True, False), yaml.safe_load('a: [1, 2]'))",
    "zstandard": "import zstandard as z; print(z.ZstdDecompressor().decompress(z.ZstdCompressor().compress(b'x' * 999)) == b'x' * 999)",
    "cffi": "import cffi; f = cffi.FFI(); f.cdef('int puts(char *);'); print(f.new('int[3]', [1, 2, 3])[2])",
    "greenlet": "import greenlet\ng = greenlet.greenlet(lambda x: greenlet.getcurrent().parent.switch(x + 1))\nprint(g.switch(1))",
    "yarl": "import yarl; print(yarl.URL('http://a/b c?x=y z'))",
    "propcache": "from propcache.api import cached_property\nclass A:\n    _cache = None\n    def __init__(self): self._cache = {}\n    @cached_property\n    def x(self): print('once'); return 5\na = A(); print(a.x, a.x)",
    "pyrsistent": "import pyrsistent; v = pyrsistent.pvector([1, 2]).append(3); print(v, type(v).__module__)",
    "kiwisolver": "import kiwisolver as k\nx = k.Variable('x'); s = k.Solver(); s.addConstraint(x >= 3); s.updateVariables(); print(x.value())",
    "lz4": "import lz4.frame as f; print(f.decompress(f.compress(b'abc' * 99)) == b'abc' * 99)",
    "blake3": "import blake3; print(blake3.blake3(b'a').hexdigest())",
    "cbor2": "import cbor2; print(cbor2.loads(cbor2.dumps({'a': [1, 2.5]})))",
    "rpds-py": "import rpds; print(rpds.List([1]))",
    "ciso8601": "import ciso8601; print(ciso8601.parse_datetime('2024-01-02T03:04:05'))",
    "pybase64": "import pybase64; print(pybase64.b64encode(b'hello world' * 5), pybase64.b64decode(b'aGVsbG8='))",
    "cymem": "from cymem.cymem import Pool; p = Pool(); print(p.size)",
    "preshed": "from preshed.maps import PreshMap; m = PreshMap(); m[5] = 7; print(m[5], len(m))",
    "hiredis": "import hiredis; r = hiredis.Reader(); r.feed(b'*2\\r\\n:1\\r\\n$3\\r\\nabc\\r\\n'); print(r.gets())",
    "httptools": "import httptools; print(httptools.parse_url(b'http://a.b/c?d=e').path)",
    "lazy-object-proxy": "import lazy_object_proxy as l; p = l.Proxy(lambda: [1, 2]); print(p + [3], len(p))",
    "pyfarmhash": "import farmhash; print(farmhash.hash64('abc'))",
    "tornado": "from tornado.speedups import websocket_mask; print(websocket_mask(b'abcd', b'hello world'))",
}


def run(words: list[str], timeout: float, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=timeout, env={**os.environ, **(env or {})}
        )
    except subprocess.TimeoutExpired:
        return -1, "", f"takes longer than {timeout:.0f} s"
    return done.returncode, done.stdout, done.stderr


def reason(text: str) -> str:
    """The line that says why, short enough for a table."""
    lines = [
        line.strip() for line in text.splitlines() if line.strip() and "can't be built for gcrt" not in line
    ]
    telling = [line for line in lines if re.search(r"error|lacks|missing|Error", line)] or lines
    line = re.sub(r"/tmp/\S*/|/\S*/survey-site/", "", (telling or ["?"])[-1 if "Traceback" in text else 0])
    lacks = [line for line in lines if "C API lacks" in line]
    return (lacks[0] if lacks else line).replace("|", "\\|")[:160]


def try_package(name: str, program: str) -> dict[str, str]:
    python = PEER / "bin" / "python"
    if not python.exists():
        subprocess.run(["/usr/bin/python3", "-m", "venv", str(PEER)], check=True)
    run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", name], 600)
    _, listed, _ = run([str(python), "-m", "pip", "list", "--format=freeze"], 60)
    same = [
        v for n, _, v in (line.partition("==") for line in listed.splitlines()) if _normal(n) == _normal(name)
    ]
    version = same[0] if same else "?"
    result = {"version": version, "builds": "no", "imports": "", "works": "", "reason": ""}
    env = {"GCRT_SITE": str(SITE)}
    status, out, err = run([GCRT, "build", f"{name}=={version}" if same else name], 900, env)
    if status != 0:
        return {**result, "reason": reason(err)}
    result["builds"] = "yes"
    module = re.search(r"(?:import|from) ([\w.]+)", program)[1]
    words = [GCRT, "run", "--jit=off", "-c"]
    status, _, err = run([*words, f"import {module}"], 60, env)
    result["imports"] = "yes" if status == 0 else "no"
    if status != 0:
        return {**result, "reason": reason(err) if status > 0 else f"ended by signal {-status}"}
    _, expected, _ = run([str(python), "-c", program], 60)
    status, got, err = run([*words, program], 60, env)
    result["works"] = "yes" if status == 0 and got == expected else "no"
    if result["works"] == "no":
        result["reason"] = (
            reason(err) if err else f"prints {got[:70]!r}, not {expected[:70]!r} (status {status})"
        )
    return result


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def write_table(results: dict[str, dict[str, str]]) -> None:
    rows = [
        "# Stock packages that were tried",
        "",
        "Made by `survey.py`; *works* means that a small program prints what it prints under CPython.",
        "",
        "| package | version | builds | imports | works | reason |",
        "|---|---|---|---|---|---|",
    ]
    for name, r in sorted(results.items()):
        rows.append(
            f"| {name} | {r['version']} | {r['builds']} | {r['imports']} | {r['works']} | {r['reason']} |"
        )
    (HERE / "RESULTS.md").write_text("\n".join(rows) + "\n")


def main() -> int:
    results = json.loads(STATE.read_text()) if STATE.exists() else {}
    for name in sys.argv[1:] or PACKAGES:
        results[name] = try_package(name, PACKAGES[name])
        print(name, results[name], flush=True)
        STATE.write_text(json.dumps(results, indent=1))
        write_table(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
