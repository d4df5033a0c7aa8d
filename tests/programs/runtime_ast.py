"""ast.parse and compile() of trees go through the host and back."""

import ast
import dataclasses
import inspect

source = '''
def f(a, b=2, *c, d: int = 3, **e) -> str:
    "doc"
    with open("x") as y, z:
        return f"{a!r:>{b}}" if a else [i async for i in x]
class C(B, metaclass=M):
    x: int = (1, ..., b"q", 2.5j, None)
    match x:
        case {"a": 1, **rest} | [1, *_]:
            pass
'''
tree = ast.parse(source)
print(ast.dump(tree, include_attributes=True))
print(ast.unparse(tree))

expression = ast.Expression(ast.BinOp(ast.Constant(40), ast.Add(), ast.Name("x", ast.Load())))
ast.fix_missing_locations(expression)
print(eval(compile(expression, "<tree>", "eval"), {"x": 2}))
print(ast.literal_eval("{'a': [1, (2, 3)], 'b': {4, 5}, 'c': -1.5}"))


class Doubler(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(node.value * 2), node)


print(ast.unparse(Doubler().visit(ast.parse("f(1, 'ab', [2.5])"))))
for bad in ("1 +", "x = = 2"):
    try:
        ast.parse(bad)
    except SyntaxError as error:
        print(type(error).__name__, error.msg, error.lineno, error.offset)
try:
    compile(ast.Module([ast.Expr(ast.Name(5, ast.Load()))], []), "<bad>", "exec")
except (TypeError, ValueError) as error:
    print(type(error).__name__)


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: int = 0
    tags: list = dataclasses.field(default_factory=list, compare=False)


print(Point(1, 2), Point(1) < Point(2), dataclasses.asdict(Point(3, tags=["a"])))
print(inspect.signature(Point), inspect.getsource(Point).splitlines()[0])
print(inspect.signature(lambda a, /, b=1, *, c: None))
