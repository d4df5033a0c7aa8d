"""A small Lisp on gcrt.Heap: parsed here, compiled to machine code by llvmlite, collected by gcrt.

    python examples/tiny_lang.py [FILE]

It has ints of 63 bits, pairs, `()`, and closures of up to four arguments; `define`, `lambda`, `let`, `if`; and
tail calls.  `()` is false, all else is true.  A value is one word; its low bits say what it is:

    ...1  int     000  pair, or () when all of it is 0     010  closure     110  an error on its way out

Pairs are conservative objects, closures described ones.  References keep their tags, since pointers into an
object count.  There are no stack maps and no write barriers here: gcrt.llvm is called and does the rest.
"""

from __future__ import annotations

import ctypes
import re
import sys
import threading

import llvmlite.binding as binding
from llvmlite import ir

import gcrt
from gcrt import llvm

INT, CLOSURE, ERROR = 1, 2, 6
ERRORS = "out of memory", "not a pair", "not an int", "not a function of that", "overflow", "recursion"
MEMORY, PAIR, NUMBER, FUNCTION, OVERFLOW, RECURSION = (8 * i | ERROR for i in range(len(ERRORS)))
ARGUMENTS, STACK = 4, 64 << 20  # of each function; bytes
WORD = ir.IntType(64)
CODE = ir.FunctionType(WORD, [llvm.POINTER, WORD] + [WORD] * ARGUMENTS)  # mutator, closure, arguments
CLOSURE_LAYOUT = gcrt.Layout("ww", "r")  # code, number of arguments; captured values


def parse(text: str) -> list:
    """Lists, ints and names."""
    stack: list[list] = [[]]
    for token in re.findall(r"[()]|[^\s()]+", re.sub(r";.*", "", text)):
        if token == "(":
            stack.append([])
        elif token != ")":
            stack[-1].append(int(token) if re.fullmatch(r"-?\d+", token) else token)
        elif len(stack) > 1:
            stack[-2].append(stack.pop())
        else:
            raise SyntaxError("a ) too many")
    if len(stack) > 1:
        raise SyntaxError("a ) is missing")
    return stack[0]


def names_in(form: object) -> set:
    """Every name and number in a form."""
    return set().union(*map(names_in, form)) if isinstance(form, list) else {form}


def const(value: int) -> ir.Constant:
    return ir.Constant(WORD, value)


class Function:
    """One lambda on its way to LLVM, or a form at top level, whose value goes to the word at `place`."""

    def __init__(self, program: Program, arguments: list, captured: list, body: list, place: int = 0) -> None:
        self.program = program
        self.code = ir.Function(program.module, CODE, program.module.get_unique_name("code"))
        self.mutator, closure, *values = self.code.args
        self.b = ir.IRBuilder(self.code.append_basic_block())
        self.names = dict(zip(arguments, values, strict=False))
        for i, name in enumerate(captured):
            self.names[name] = self.load(closure, CLOSURE_LAYOUT.size(i) - CLOSURE)
        frame = self.b.call(program.frame_address, [ir.Constant(ir.IntType(32), 0)])
        frame = self.b.ptrtoint(frame, WORD)
        if place:
            self.b.store(self.b.sub(frame, const(STACK // 2)), program.limit)
            self.store(const(place), 0, self.body(body, tail=False))
            self.b.ret(const(0))
        else:
            self.check(self.b.icmp_unsigned(">", frame, self.b.load(program.limit)), RECURSION)
            self.b.ret(self.body(body, tail=True))

    def load(self, base: ir.Value, offset: int) -> ir.Value:
        return self.b.load(self.b.inttoptr(self.b.add(base, const(offset)), llvm.POINTER), typ=WORD)

    def store(self, owner: ir.Value, offset: int, value: ir.Value) -> None:
        llvm.emit_store(self.b, owner, self.b.add(owner, const(offset)), value)

    def check(self, holds: ir.Value, error: int | ir.Value) -> None:
        """Return the error unless it holds."""
        with self.b.if_then(self.b.not_(holds), likely=False):
            self.b.ret(const(error) if isinstance(error, int) else error)

    def is_tagged(self, value: ir.Value, tag: int, mask: int = 7) -> ir.Value:
        return self.b.icmp_unsigned("==", self.b.and_(value, const(mask)), const(tag))

    # Forms.

    def body(self, forms: list, tail: bool) -> ir.Value:
        for form in forms[:-1]:
            self.form(form, tail=False)
        return self.form(forms[-1], tail)

    def form(self, form: object, tail: bool = False) -> ir.Value:
        match form:
            case int():
                return const(form << 1 | INT)
            case str():
                known = self.names.get(form)
                return known if known is not None else self.load(const(self.program.place(form)), 0)
            case []:
                return const(0)
            case ["if", condition, then, other]:
                return self.branch(self.form(condition), then, other, tail)
            case ["let", bindings, *body]:
                return self.form(
                    [["lambda", [n for n, _ in bindings], *body], *(v for _, v in bindings)], tail
                )
            case ["lambda", arguments, *body]:
                return self.closure(arguments, body)
            case ["cons", head, rest]:
                return self.cons(self.form(head), self.form(rest))
            case ["car" | "cdr" as which, pair]:
                value = self.form(pair)
                there = self.b.icmp_unsigned("!=", value, const(0))
                self.check(self.b.and_(there, self.is_tagged(value, 0)), PAIR)
                return self.load(value, 0 if which == "car" else 8)
            case ["+" | "-" | "<" | "=" as operator, left, right]:
                return self.arithmetic(operator, self.form(left), self.form(right))
            case _:
                return self.call([self.form(part) for part in form], tail)

    def branch(self, condition: ir.Value, then: object, other: object, tail: bool) -> ir.Value:
        ends = []
        with self.b.if_else(self.b.icmp_unsigned("!=", condition, const(0))) as branches:
            for branch, form in zip(branches, (then, other), strict=True):
                with branch:
                    ends.append((self.form(form, tail), self.b.block))
                    if tail:
                        self.b.ret(ends[-1][0])  # right behind what may be a tail call
        if tail:
            return const(0)  # in a block that nothing reaches
        result = self.b.phi(WORD)
        for value, block in ends:
            result.add_incoming(value, block)
        return result

    def cons(self, head: ir.Value, rest: ir.Value) -> ir.Value:
        pair = llvm.emit_alloc(self.b, self.mutator, 16, gcrt.Kind.CONSERVATIVE)
        self.check(self.b.icmp_unsigned("!=", pair, const(0)), MEMORY)
        self.store(pair, 0, head)
        self.store(pair, 8, rest)
        return pair

    def closure(self, arguments: list, body: list) -> ir.Value:
        if len(arguments) > ARGUMENTS:
            raise SyntaxError(f"a function has at most {ARGUMENTS} arguments")
        captured = sorted((names_in(body) & set(self.names)) - set(arguments))
        code = Function(self.program, arguments, captured, body).code
        size = CLOSURE_LAYOUT.size(len(captured))
        closure = llvm.emit_alloc_described(self.b, self.mutator, CLOSURE_LAYOUT.address, size)
        self.check(self.b.icmp_unsigned("!=", closure, const(0)), MEMORY)
        self.store(closure, 8, self.b.ptrtoint(code, WORD))
        self.store(closure, 16, const(len(arguments)))
        for i, name in enumerate(captured):
            self.store(closure, CLOSURE_LAYOUT.size(i), self.names[name])
        return self.b.or_(closure, const(CLOSURE))

    def arithmetic(self, operator: str, a: ir.Value, b: ir.Value) -> ir.Value:
        self.check(self.is_tagged(self.b.and_(a, b), INT, mask=1), NUMBER)
        if operator in "<=":
            compare = self.b.icmp_signed(operator if operator == "<" else "==", a, b)
            return self.b.select(compare, const(1 << 1 | INT), const(0))
        emit = self.b.sadd_with_overflow if operator == "+" else self.b.ssub_with_overflow
        pair = emit(a, self.b.sub(b, const(INT)))  # the tag of a is the result's
        self.check(self.b.not_(self.b.extract_value(pair, 1)), OVERFLOW)
        return self.b.extract_value(pair, 0)

    def call(self, values: list[ir.Value], tail: bool) -> ir.Value:
        closure, *arguments = values
        if len(arguments) > ARGUMENTS:
            raise SyntaxError(f"a call has at most {ARGUMENTS} arguments")
        self.check(self.is_tagged(closure, CLOSURE), FUNCTION)
        wanted = self.load(closure, 16 - CLOSURE)
        self.check(self.b.icmp_unsigned("==", wanted, const(len(arguments))), FUNCTION)
        llvm.emit_safepoint(self.b, self.mutator)
        arguments += [const(0)] * (ARGUMENTS - len(arguments))
        code = self.b.inttoptr(self.load(closure, 8 - CLOSURE), CODE.as_pointer())
        result = self.b.call(code, [self.mutator, closure, *arguments], tail="musttail" if tail else False)
        if not tail:
            self.check(self.b.not_(self.is_tagged(result, ERROR)), result)
        return result


class Program:
    """Source text, compiled.  A root range of the heap holds the globals; its word 0 is the last result."""

    def __init__(self, heap: gcrt.Heap, text: str) -> None:
        forms = [f if isinstance(f, list) and f[:1] == ["define"] else ["define", "", f] for f in parse(text)]
        names = [form[1][0] if isinstance(form[1], list) else form[1] for form in forms]
        self.heap, self.names = heap, sorted({"", *names})
        self.roots = heap.roots(len(self.names))
        self.module = ir.Module()
        self.limit = ir.GlobalVariable(self.module, WORD, "stack_limit")
        self.limit.initializer = const(0)
        frame_type = ir.FunctionType(llvm.POINTER, [ir.IntType(32)])
        self.frame_address = ir.Function(self.module, frame_type, "llvm.frameaddress.p0")
        codes = []
        for name, (_, header, *body) in zip(names, forms, strict=True):
            body = [["lambda", header[1:], *body]] if isinstance(header, list) else body
            codes.append(Function(self, [], [], body, self.place(name)).code)
        self.engine = native(str(self.module))
        self.entries = [
            (n, self.engine.get_function_address(c.name)) for n, c in zip(names, codes, strict=True)
        ]

    def place(self, name: str) -> int:
        """Address of a global."""
        if name not in self.names:
            raise NameError(f"{name} is not defined")
        return self.roots.address + 8 * self.names.index(name)

    def run(self) -> list[str]:
        """The values of all forms that are no definitions, as text."""
        results: list[str] = []
        word = ctypes.c_uint64
        for name, address in self.entries:
            call = ctypes.CFUNCTYPE(word, ctypes.c_void_p, *[word] * (1 + ARGUMENTS))(address)
            error = call(self.heap.mutator_address, *[0] * (1 + ARGUMENTS))
            if error:
                return [*results, f"error: {ERRORS[error >> 3]}"]
            if name == "":
                value = self.roots.load_word(0)
                results.append(self.text(value, None if value & INT else self.roots[0]))
        return results

    def text(self, word: int, handle: gcrt.Handle | None) -> str:
        """A value as text.  handle: of the object that the word refers to."""
        if word & INT:
            return str((word - (word >> 63 << 64)) >> 1)
        if word & 7 == CLOSURE:
            return "<closure>"
        parts = []
        while handle is not None:
            head, word = handle.load_word(0), handle.load_word(8)
            parts.append(self.text(head, None if head & INT else handle.load_ref(0)))
            handle = None if word & 7 else handle.load_ref(8)
        return f"({' '.join(parts)}{f' . {self.text(word, None)}' if word else ''})"


def native(text: str) -> binding.ExecutionEngine:
    """Optimized machine code of a module."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    llvm.add_symbols()
    module = binding.parse_assembly(text)
    machine = binding.Target.from_default_triple().create_target_machine(opt=2, jit=True, codemodel="large")
    passes = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(module, passes)
    engine = binding.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine


PROGRAM = """
(define (build n list) (if (= n 0) list (build (- n 1) (cons n list))))
(define (map f list) (if list (cons (f (car list)) (map f (cdr list))) ()))
(define (sum list total) (if list (sum (cdr list) (+ total (car list))) total))
(define (adder n) (lambda (x) (+ x n)))
(define (rounds k total) (if (= k 0) total (rounds (- k 1) (+ total (sum (map (adder k) (build 1000 ())) 0)))))
(map (adder 10) (build 5 ()))
(rounds 3000 0)         ; six million pairs, of which a few thousand live at a time
"""


def run(text: str, **options: int) -> tuple[list[str], gcrt.Stats]:
    """Compile and run a program on a thread with a large stack, in a Heap with these options."""
    outcome: list = []

    def work() -> None:
        try:
            with gcrt.Heap(**options) as heap:
                outcome.append((Program(heap, text).run(), heap.stats()))
        except Exception as error:
            outcome.append(error)

    before = threading.stack_size(STACK)
    thread = threading.Thread(target=work)
    thread.start()
    threading.stack_size(before)
    thread.join()
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def main(arguments: list[str]) -> int:
    text = open(arguments[0]).read() if arguments else PROGRAM
    results, stats = run(text, max_heap_bytes=64 << 20, min_trigger_bytes=8 << 20)
    print(*results, sep="\n")
    print(f"{stats.allocated_bytes >> 20} MiB in {stats.heap_bytes >> 20} MiB,", file=sys.stderr, end=" ")
    print(f"{stats.collections} collections of {stats.pause_ms_median:.2f} ms", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
