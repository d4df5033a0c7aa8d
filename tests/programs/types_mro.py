"""A metaclass's mro(): orders that nobody expects, layouts that don't fit, bases set from inside it."""


class Reversed(type):
    def mro(cls):
        return type.mro(cls)[::-1]


class A:
    def f(self):
        return "A"


class B(A, metaclass=Reversed):
    def f(self):
        return "B"


b = B()
b.x = 1
print([c.__name__ for c in B.__mro__], b.f(), b.x, b == b, hash(b) == hash(b), repr(b).startswith("<__main__.B object"))


def try_mro(answer):
    class Meta(type):
        def mro(cls):
            return answer(cls)

    try:

        class C(metaclass=Meta):
            pass

        print([c.__name__ for c in C.__mro__])
    except TypeError as e:
        print(e)


try_mro(lambda cls: [cls, dict, object])
try_mro(lambda cls: [cls, int, object])
try_mro(lambda cls: [cls, A, object])
try_mro(lambda cls: [1])
try_mro(lambda cls: 1)


class Meddling(type):
    ready = False

    def mro(cls):
        if Meddling.ready:
            if cls.__name__ == "Y1":
                Y2.__bases__ = (Y1,)
            if cls.__name__ == "Y2":
                Y1.__bases__ = (Y2,)
        return type.mro(cls)


class Y(metaclass=Meddling):
    pass


class Y1(Y):
    pass


class Y2(Y):
    pass


Meddling.ready = True
try:
    Y1.__bases__ += ()
except TypeError as e:
    print(e)
Meddling.ready = False
print(Y1.__bases__, Y2.__bases__, Y1.__mro__, Y2.__mro__)


class Failing(type):
    fails = False

    def mro(cls):
        if Failing.fails and cls.__name__ == "Z2":
            raise ValueError("no order")
        return type.mro(cls)


class P:
    def name(self):
        return "P"


class Q:
    def name(self):
        return "Q"


class Z1(P, metaclass=Failing):
    pass


class Z2(Z1):
    pass


print(Z2().name())
Failing.fails = True
try:
    Z1.__bases__ = (Q,)
except ValueError as e:
    print(e)
print(Z1().name(), Z2().name(), Z1.__bases__, Z2.__mro__)
Failing.fails = False
Z1.__bases__ = (Q,)
print(Z1().name(), Z2().name(), Z1.__bases__, Z2.__mro__)
