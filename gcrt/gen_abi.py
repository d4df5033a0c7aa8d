"""Generate cffi's faces to the libraries from the C headers themselves.

usage: gen_abi.py OUT.py HEADER ...       the cffi module gcrt.OUT (_abi: libgcrt; _gc_abi: libgcrt-gc)
       gen_abi.py OUT.map HEADER ...      the linker's list of what a library exports: all that they declare

The headers are those that are plain C without macros in their declarations (gc.h, host.h, jit_queue.h).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import cffi

# Types of the runtime that the host only passes along.
OPAQUE = """
typedef struct _object PyObject;
typedef struct _ts PyThreadState;
typedef struct PyCodeObject PyCodeObject;
typedef struct gcrt_frame gcrt_frame;
typedef struct { uint16_t op; uint16_t b; uint32_t a; } gcrt_insn;
typedef struct PyFunctionObject PyFunctionObject;
typedef struct gcrt_host {
    int (*compile)(const char *source, size_t length, const char *filename, const char *mode, int flags,
                   int dont_inherit, int optimize, int warning);
    void (*jit_wake)(void);
} gcrt_host;
extern gcrt_host gcrt_host_callbacks;
void gcrt_host_result(const char *data, size_t length);
const char *gcrt_jit_layout(void);
"""


def declarations(header: str) -> str:
    """The declarations of a header: no comments, no preprocessor lines, no function bodies."""
    text = re.sub(r"/\*.*?\*/", " ", header, flags=re.S)
    text = re.sub(r'^extern "C" \{.*?$|^#ifdef __cplusplus\n\}\n#endif', "", text, flags=re.M)
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", "", text, flags=re.M)
    text = re.sub(r"\bGCRT_EXPORT\b|__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)", " ", text)
    return re.sub(r"static inline[^{;]*\{.*?\n\}", "", text, flags=re.S)


def mark_byte_constants(header: str) -> list[str]:
    """What compiled code needs of gc.h's macros, as #defines with plain numbers.

    GC_BYTE_START(kind) becomes one constant a kind; kinds are found in the enum."""
    found = dict(re.findall(r"^#define (GC_\w+(?:\(\w+\))?)\s+(.+?)\s*(?:/\*.*)?$", header, flags=re.M))
    result = [
        f"#define {name} {value(found[name])}"
        for name in ("GC_GRANULE", "GC_SMALL_MAX", "GC_BYTE_END", "GC_CARD_SHIFT")
    ]
    kinds = re.search(r"typedef enum gc_kind \{(.*?)\}", header, flags=re.S)
    assert kinds is not None
    for name, number in re.findall(r"GC_(\w+) = (\d+)", kinds[1]):
        byte = value(re.sub(r"\bkind\b", number, found["GC_BYTE_START(kind)"]))
        result.append(f"#define GC_BYTE_START_{name} {byte}")
    return result


def value(expression: str) -> int:
    """Value of a constant expression of C that has casts and suffixes but no names."""
    plain = re.sub(r"\((?:uint8_t|unsigned)\)", "", expression)
    plain = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)u\b", r"\1", plain)
    if re.search(r"[^\s0-9a-fA-Fx()|<>+-]", plain):
        raise ValueError(f"not a constant expression: {expression}")
    return eval(plain, {})  # noqa: S307 - digits and operators only


def exports(text: str) -> str:
    """A version script that exports the functions and data declared in the text and nothing else."""
    text = re.sub(r"\{[^{}]*\}", "", text)  # members of structs that are pointers to functions
    functions = re.findall(r"\b(\w+)\s*\((?!\s*\*)", text)
    data = re.findall(r"\bextern\s[^;()]*\b(\w+)\s*;", text)
    names = sorted({*functions, *data})
    return "{\n  global:\n" + "".join(f"    {name};\n" for name in names) + "  local:\n    *;\n};\n"


def main(argv: list[str]) -> int:
    out, headers = Path(argv[1]), argv[2:]
    texts = [Path(h).read_text() for h in headers]
    declared = [declarations(text) for text in texts]
    if out.suffix == ".map":
        out.write_text(exports("\n".join(declared)))
        return 0
    constants = [line for text in texts if "GC_BYTE_START" in text for line in mark_byte_constants(text)]
    opaque = [OPAQUE] if any(Path(h).name == "host.h" for h in headers) else []
    ffi = cffi.FFI()
    ffi.cdef("\n".join([*opaque, *constants, *declared]))
    ffi.set_source(f"gcrt.{out.stem}", None)
    ffi.emit_python_code(str(out))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
