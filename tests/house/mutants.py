"""Small changes to a source file, one at a time: each should make a test fail."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Final

_COMPARE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATE: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


def mutants(source: str) -> list[tuple[int, str, str]]:
    """All mutants of a file: line, what was changed, and the changed source."""
    found = []
    for number in range(len(_sites(ast.parse(source)))):
        tree = ast.parse(source)
        node, change = _sites(tree)[number]
        before = ast.unparse(node)
        change()
        found.append((node.lineno, f"{before}  ->  {ast.unparse(node)}", ast.unparse(tree)))
    return found


Site = tuple[ast.expr | ast.AugAssign, Callable[[], None]]


def _sites(tree: ast.AST) -> list[Site]:
    """Places inside functions where a comparison, an operator, a logic or a number can be changed."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    inside = (node for function in functions for statement in function.body for node in ast.walk(statement))
    return [
        (node, change)
        for node in inside
        if isinstance(node, ast.expr | ast.AugAssign) and (change := _change(node)) is not None
    ]


def _change(node: ast.expr | ast.AugAssign) -> Callable[[], None] | None:
    match node:
        case ast.Compare(ops=[op, *more]) if type(op) in _COMPARE:
            return _set(node, "ops", [_COMPARE[type(op)](), *more])
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _OPERATE and not _is_type(node):
            return _set(node, "op", _OPERATE[type(node.op)]())
        case ast.BoolOp():
            return _set(node, "op", ast.And() if isinstance(node.op, ast.Or) else ast.Or())
        case ast.Constant(value=bool(value)):
            return _set(node, "value", not value)
        case ast.Constant(value=int(value)):
            return _set(node, "value", value + 1)
    return None


def _is_type(node: ast.expr | ast.AugAssign) -> bool:
    """`str | None` is no operation."""
    return any(isinstance(each, ast.Constant) and each.value is None for each in ast.walk(node))


def _set(node: ast.AST, field: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, field, value)
