"""Exceptions: matching, chaining, finally, tracebacks' text, with statements, except*."""

import sys
import traceback


def show(f, *args):
    try:
        print("result", f(*args))
    except BaseException:
        traceback.print_exc(file=sys.stdout)


def divide(a, b):
    return a / b


def calls_divide(x):
    return divide(x, 0) + 1


show(calls_divide, 3)


def chained():
    try:
        {}["missing"]
    except KeyError as e:
        raise ValueError("from key") from e


def contextual():
    try:
        [][3]
    except IndexError:
        int("x")


def suppressed():
    try:
        None.attr
    except AttributeError:
        raise RuntimeError("clean") from None


show(chained)
show(contextual)
show(suppressed)


def finally_returns():
    try:
        return "try"
    finally:
        print("cleanup")


def finally_overrides():
    for i in range(3):
        try:
            continue
        finally:
            if i == 1:
                return "override", i


def nested_finally():
    out = []
    try:
        try:
            out.append(1)
            raise ValueError("a")
        finally:
            out.append(2)
    except ValueError as e:
        out.append(str(e))
    else:
        out.append("else")
    finally:
        out.append(3)
    return out


print(finally_returns(), finally_overrides(), nested_finally())


def try_else():
    try:
        x = 1
    except Exception:
        x = 2
    else:
        x += 10
    return x


print(try_else())


class Manager:
    def __init__(self, swallow):
        self.swallow = swallow

    def __enter__(self):
        print("enter")
        return self

    def __exit__(self, kind, value, tb):
        print("exit", kind and kind.__name__, value, tb is not None)
        return self.swallow


with Manager(True) as m:
    raise ValueError("swallowed")
show(lambda: [1 for _ in range(2) if Manager(False).__enter__() and undefined_name])


def with_return():
    with Manager(False), Manager(True):
        return "inside"


print(with_return())
show(lambda: int([]))


def reraise():
    try:
        raise KeyError("k")
    except KeyError:
        raise


show(reraise)


def unbound():
    if False:
        x = 1
    return x


show(unbound)


def deleted():
    x = 1
    del x
    return x


show(deleted)


def closure_unbound():
    def inner():
        return later

    if False:
        later = 1
    return inner()


show(closure_unbound)


def exc_name_deleted():
    try:
        raise ValueError("gone")
    except ValueError as e:
        pass
    return e


show(exc_name_deleted)
try:
    raise
except RuntimeError as e:
    print(e)
try:
    raise 3
except TypeError as e:
    print(e)
try:
    try:
        raise ValueError
    except 3:
        pass
except TypeError as e:
    print(e, repr(e.__context__))


def multi(x):
    try:
        if x == 0:
            raise KeyError("zero")
        if x == 1:
            raise IndexError("one")
        return 1 // (x - 2)
    except (KeyError, IndexError) as e:
        return type(e).__name__
    except ArithmeticError as e:
        return "arith", str(e)


print([multi(i) for i in range(4)])


def groups():
    try:
        raise ExceptionGroup("eg", [ValueError(1), TypeError(2), ExceptionGroup("in", [KeyError(3), ValueError(4)])])
    except* ValueError as e:
        print("values", [str(x) for x in e.exceptions], e)
    except* KeyError as e:
        print("keys", e.exceptions)


show(groups)


def group_naked():
    try:
        raise OSError("plain")
    except* OSError as e:
        print(type(e).__name__, e.exceptions)


show(group_naked)


class Custom(Exception):
    def __init__(self, code):
        super().__init__(f"code {code}")
        self.code = code


try:
    raise Custom(7)
except Custom as c:
    print(c, c.code, c.args, repr(c))
    tb = c.__traceback__
    print(tb.tb_lineno, tb.tb_frame.f_code.co_name, tb.tb_next)


def depth(n):
    if n == 0:
        raise ValueError("bottom")
    depth(n - 1)


try:
    depth(5)
except ValueError as e:
    print(len(traceback.extract_tb(e.__traceback__)))
    print("".join(traceback.format_exception(e)))


def recurse(n):
    return recurse(n + 1)


try:
    recurse(0)
except RecursionError as e:
    print(e)
try:
    a, b = 1
except TypeError as e:
    print(e)
for text in ("a, b = 1, 2, 3", "a, b, c = [1]", "a, *b, c = [1]", "(lambda: 0)(1)", "len(1, 2)", "[].nope", "1 + ''"):
    try:
        exec(text)
    except Exception as e:
        print(type(e).__name__, e)
assert_message = "told"
try:
    assert 1 == 2, assert_message
except AssertionError as e:
    print("assert", e)


def loop_with_break():
    for i in range(5):
        try:
            if i == 2:
                break
        finally:
            print("f", i)
    else:
        print("no")
    return i


print(loop_with_break())
e1 = ValueError("x")
e1.add_note("a note")
show(lambda: (_ for _ in ()).throw(e1))
print(sys.exc_info())
1 / 0
