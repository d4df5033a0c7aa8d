"""A small Lisp on gcrt.Heap: parsed here, compiled to machine code by llvmlite, collected by gcrt.

    python examples/tiny_lang.py [FILE]

Ints of 63 bits, pairs, `()` and closures of up to four arguments; define, lambda, let, if, begin; tail calls.
Everything that is false is `()`.  A value is one word:

    ...1  int     000  pair, or () when all of it is 0     010  closure     110  an error on its way out

Pairs are conservative objects, closures described ones; references keep their tags, since pointers into an
object count.  The compiler has no stack maps and no write barriers of its own: it calls gcrt.llvm and forgets.
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
ERRORS = [
    "out of memory",
    "not a pair",
    "not an int",
    "not a function of so many arguments",
    "overflow",
    "recursion",
]
MEMORY, PAIR, NUMBER, FUNCTION, OVERFLOW, RECURSION = (8 * i | ERROR for i in range(len(ERRORS)))
MOST_ARGUMENTS, STACK = 4, 64 << 20
WORD = ir.IntType(64)
CODE = ir.FunctionType(WORD, [llvm.POINTER, WORD] + [WORD] * MOST_ARGUMENTS)  # mutator, closure, arguments
CLOSURE_LAYOUT = gcrt.Layout("ww", "r")  # code, number of arguments; captured values


def parse(text: str) -> list:
    """Lists, ints and names."""
    stack: list[list] = [[]]
    for token in re.findall(r"[()]|[^\s()]+", re.sub(r";.*", "", text)):
        if token == "(":
            stack.append([])
        elif token == ")":
            if len(stack) == 1:
                raise SyntaxError("a ) too many")
            stack[-2].append(stack.pop())
        else:
            stack[-1].append(int(token) if re.fullmatch(r"-?\d+", token) else token)
    if len(stack) != 1:
        raise SyntaxError("a ) is missing")
    return stack[0]


def free(form: object, bound: set[str]) -> set[str]:
    """Names that a form takes from around it."""
    if isinstance(form, str):
        return {form} - bound
    if not isinstance(form, list):
        return set()
    if form[:1] == ["lambda"]:
        return free(form[2:], bound | set(form[1]))
    if form[:1] == ["let"]:
        names = {name for name, _ in form[1]}
        return free([value for _, value in form[1]], bound) | free(form[2:], bound | names)
    return set().union(*(free(part, bound) for part in form))


def const(value: int) -> ir.Constant:
    return ir.Constant(WORD, value)


class Function:
    """One lambda on its way to LLVM."""

    def __init__(self, program: Program, arguments: list[str], captured: list[str], body: list) -> None:
        self.program = program
        self.code = ir.Function(program.module, CODE, program.module.get_unique_name("code"))
        self.mutator, closure, *values = self.code.args
        self.b = ir.IRBuilder(self.code.append_basic_block())
        self.names = dict(zip(arguments, values, strict=False))
        if arguments or captured:
            self.check(self.b.icmp_unsigned(">", self.frame(), self.b.load(program.limit)), RECURSION)
        for i, name in enumerate(captured):
            self.names[name] = self.load(closure, CLOSURE_LAYOUT.size(i) - CLOSURE)
        self.b.ret(self.body(body, tail=True))

    # Small pieces of code.

    def frame(self) -> ir.Value:
        return self.b.ptrtoint(
            self.b.call(self.program.frame_address, [ir.Constant(ir.IntType(32), 0)]), WORD
        )

    def load(self, base: ir.Value, offset: int) -> ir.Value:
        return self.b.load(self.b.inttoptr(self.b.add(base, const(offset)), llvm.POINTER), typ=WORD)

    def store(self, owner: ir.Value, offset: int, value: ir.Value) -> None:
        llvm.emit_store(self.b, owner, self.b.add(owner, const(offset)), value)

    def check(self, holds: ir.Value, error: int | ir.Value) -> None:
        """Return the error unless it holds."""
        with self.b.if_then(self.b.not_(holds), likely=False):
            self.b.ret(error if isinstance(error, ir.Value) else const(error))

    def tagged(self, value: ir.Value, tag: int, mask: int = 7) -> ir.Value:
        return self.b.icmp_unsigned("==", self.b.and_(value, const(mask)), const(tag))

    def truth(self, bit: ir.Value) -> ir.Value:
        return self.b.select(bit, const(1 << 1 | INT), const(0))

    # Forms.

    def body(self, forms: list, tail: bool) -> ir.Value:
        for form in forms[:-1]:
            self.form(form, tail=False)
        return self.form(forms[-1], tail)

    def form(self, form: object, tail: bool = False) -> ir.Value:
        if isinstance(form, int):
            return const(form << 1 | INT)
        if isinstance(form, str):
            known = self.names.get(form)
            return known if known is not None else self.load(const(self.program.place(form)), 0)
        if not form:
            return const(0)
        special = getattr(self, f"form_{form[0]}", None) if isinstance(form[0], str) else None
        if special is not None:
            return special(*form[1:], tail=tail)
        if form[0] in ("+", "-", "*", "<", "="):
            return self.arithmetic(*form)
        if form[0] in ("car", "cdr"):
            pair = self.form(form[1])
            self.check(self.b.and_(self.tagged(pair, 0), self.b.icmp_unsigned("!=", pair, const(0))), PAIR)
            return self.load(pair, 0 if form[0] == "car" else 8)
        return self.call(form, tail)

    def form_if(self, condition: object, then: object, other: object = (), *, tail: bool) -> ir.Value:
        bit = self.b.icmp_unsigned("!=", self.form(condition), const(0))
        ends = []
        with self.b.if_else(bit) as branches:
            for branch, part in zip(branches, (then, other), strict=True):
                with branch:
                    value = self.form(part, tail)
                    if tail:
                        self.b.ret(value)  # where a tail call can stand
                    else:
                        ends.append((value, self.b.block))
        if tail:
            return const(0)  # of a block that nothing reaches
        result = self.b.phi(WORD)
        for value, block in ends:
            result.add_incoming(value, block)
        return result

    def form_let(self, bindings: list, *body: object, tail: bool) -> ir.Value:
        outer = self.names
        self.names = outer | {name: self.form(value) for name, value in bindings}
        value = self.body(list(body), tail)
        self.names = outer
        return value

    def form_begin(self, *body: object, tail: bool) -> ir.Value:
        return self.body(list(body), tail)

    def form_cons(self, head: object, rest: object, *, tail: bool) -> ir.Value:
        values = self.form(head), self.form(rest)
        pair = llvm.emit_alloc(self.b, self.mutator, 16, gcrt.Kind.CONSERVATIVE)
        self.check(self.b.icmp_unsigned("!=", pair, const(0)), MEMORY)
        for i, value in enumerate(values):
            self.store(pair, 8 * i, value)
        return pair

    def form_lambda(self, arguments: list[str], *body: object, tail: bool) -> ir.Value:
        if len(arguments) > MOST_ARGUMENTS:
            raise SyntaxError(f"more than {MOST_ARGUMENTS} arguments")
        captured = sorted(free(list(body), set(arguments)) & set(self.names))
        code = Function(self.program, arguments, captured, list(body)).code
        size = CLOSURE_LAYOUT.size(len(captured))
        closure = llvm.emit_alloc_described(self.b, self.mutator, CLOSURE_LAYOUT.address, size)
        self.check(self.b.icmp_unsigned("!=", closure, const(0)), MEMORY)
        self.store(closure, 8, self.b.ptrtoint(code, WORD))
        self.store(closure, 16, const(len(arguments)))
        for i, name in enumerate(captured):
            self.store(closure, CLOSURE_LAYOUT.size(i), self.names[name])
        return self.b.or_(closure, const(CLOSURE))

    def arithmetic(self, operator: str, left: object, right: object) -> ir.Value:
        a, b = self.form(left), self.form(right)
        self.check(self.tagged(self.b.and_(a, b), INT, mask=1), NUMBER)
        if operator in "<=":
            compare = self.b.icmp_signed("<" if operator == "<" else "==", a, b)
            return self.truth(compare)
        if operator == "*":
            both = self.b.smul_with_overflow(self.b.sub(a, const(INT)), self.b.ashr(b, const(1)))
        elif operator == "+":
            both = self.b.sadd_with_overflow(self.b.sub(a, const(INT)), b)
        else:
            both = self.b.ssub_with_overflow(a, self.b.sub(b, const(INT)))
        self.check(self.b.not_(self.b.extract_value(both, 1)), OVERFLOW)
        return self.b.or_(self.b.extract_value(both, 0), const(INT))

    def call(self, form: list, tail: bool) -> ir.Value:
        closure, *values = [self.form(part) for part in form]
        self.check(self.tagged(closure, CLOSURE), FUNCTION)
        wanted = self.load(closure, 16 - CLOSURE)
        self.check(self.b.icmp_unsigned("==", wanted, const(len(values))), FUNCTION)
        llvm.emit_safepoint(self.b, self.mutator)
        values += [const(0)] * (MOST_ARGUMENTS - len(values))
        code = self.b.inttoptr(self.load(closure, 8 - CLOSURE), CODE.as_pointer())
        result = self.b.call(code, [self.mutator, closure, *values], tail="musttail" if tail else False)
        if not tail:
            self.check(self.b.not_(self.tagged(result, ERROR)), result)
        return result


class Program:
    """Source text, compiled on a Heap whose root range holds the globals; word 0 holds the last result."""

    def __init__(self, heap: gcrt.Heap, text: str) -> None:
        forms = parse(text)
        self.heap, self.module = heap, ir.Module()
        self.globals = {"": 0}
        for form in forms:
            if form[:1] == ["define"]:
                self.globals[form[1][0]] = len(self.globals)
        self.roots = heap.roots(len(self.globals))
        self.limit = ir.GlobalVariable(self.module, WORD, "stack_limit")
        self.limit.initializer = const(0)
        frame_type = ir.FunctionType(llvm.POINTER, [ir.IntType(32)])
        self.frame_address = ir.Function(self.module, frame_type, "llvm.frameaddress.p0")
        entries = [self.entry(i, form) for i, form in enumerate(forms)]
        self.engine = native(str(self.module))
        self.entries = [(name, self.engine.get_function_address(symbol)) for name, symbol in entries]

    def place(self, name: str) -> int:
        """Address of a global."""
        if name not in self.globals:
            raise NameError(f"{name} is not defined")
        return self.roots.address + 8 * self.globals[name]

    def entry(self, number: int, form: object) -> tuple[str, str]:
        """A function from the mutator to 0 or an error that leaves a form's value in a global."""
        name = ""
        if isinstance(form, list) and form[:1] == ["define"]:
            (name, *arguments), *body = form[1:]
            form = ["lambda", arguments, *body]
        inner = Function(self, [], [], [form]).code
        code = ir.Function(self.module, ir.FunctionType(WORD, [llvm.POINTER]), f"entry{number}")
        b = ir.IRBuilder(code.append_basic_block())
        frame = b.ptrtoint(b.call(self.frame_address, [ir.Constant(ir.IntType(32), 0)]), WORD)
        b.store(b.sub(frame, const(STACK * 3 // 4)), self.limit)
        result = b.call(inner, [code.args[0], const(0)] + [const(0)] * MOST_ARGUMENTS)
        b.store(result, b.inttoptr(const(self.place(name)), llvm.POINTER))
        b.ret(b.select(b.icmp_unsigned("==", b.and_(result, const(7)), const(ERROR)), result, const(0)))
        return name, code.name

    def run(self) -> list[str]:
        """The values of all forms that are no definitions, as text."""
        results: list[str] = []
        for name, address in self.entries:
            error = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)(address)(self.heap.mutator_address)
            if error:
                results.append(f"error: {ERRORS[error >> 3]}")
                break
            if name == "":
                results.append(
                    self.text(
                        self.roots.load_word(0), self.roots[0] if self.roots.load_word(0) % 2 == 0 else None
                    )
                )
        return results

    def text(self, word: int, handle: gcrt.Handle | None) -> str:
        """A value as text; handle: of the object that the word refers to."""
        if word & INT:
            return str((word - (word >> 63 << 64)) >> 1)
        if word and word & 7 == CLOSURE:
            return "<closure>"
        parts = []
        while handle is not None:
            head, word = handle.load_word(0), handle.load_word(8)
            parts.append(self.text(head, None if head & INT else handle.load_ref(0)))
            handle = None if word & INT else handle.load_ref(8)
        return f"({' '.join(parts)}{f' . {self.text(word, None)}' if word & INT else ''})"


def native(text: str) -> binding.ExecutionEngine:
    """Optimized machine code of a module."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    llvm.add_symbols()
    module = binding.parse_assembly(text)
    module.verify()
    machine = binding.Target.from_default_triple().create_target_machine(opt=2, jit=True, codemodel="large")
    passes = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(module, passes)
    engine = binding.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine


PROGRAM = """
(define (count n) (build n ()))
(define (build n list) (if (= n 0) list (build (- n 1) (cons n list))))
(define (map f list) (if list (cons (f (car list)) (map f (cdr list))) ()))
(define (sum list total) (if list (sum (cdr list) (+ total (car list))) total))
(define (adder n) (lambda (x) (+ x n)))
(define (rounds k total) (if (= k 0) total (rounds (- k 1) (+ total (sum (map (adder k) (count 1000)) 0)))))
(map (adder 10) (count 5))
(rounds 3000 0)         ; six million pairs, of which a few thousand live at a time
"""


def run(text: str, **options: int) -> tuple[list[str], gcrt.Stats]:
    """Compile and run a program on a thread with a stack of its own, in a Heap of its own."""
    outcome: list = []

    def work() -> None:
        try:
            with gcrt.Heap(**options) as heap:
                outcome.append((Program(heap, text).run(), heap.stats()))
        except BaseException as error:
            outcome.append(error)

    before = threading.stack_size(STACK)
    thread = threading.Thread(target=work)
    thread.start()
    threading.stack_size(before)
    thread.join()
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def main(arguments: list[str]) -> int:
    text = open(arguments[0]).read() if arguments else PROGRAM
    results, stats = run(text, max_heap_bytes=64 << 20, min_trigger_bytes=8 << 20)
    print(*results, sep="\n")
    print(
        f"{stats.allocated_objects} objects ({stats.allocated_bytes >> 20} MiB) in {stats.heap_bytes >> 20} MiB, "
        f"{stats.collections} collections of {stats.pause_ms_median:.2f} ms",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
