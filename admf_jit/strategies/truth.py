"""What ``if position`` means: whether something is held, compiled and plain, wherever it is tested."""

from __future__ import annotations

import ast

from admf_jit.strategies.scopes import argument_names

#: What a generated module calls `truth`: no name of a user's.
TRUTH = "truth__"
_TESTS = (ast.If, ast.While, ast.IfExp, ast.Assert)


class Truth(ast.NodeTransformer):
    """Replaces each of ``names`` that is tested by what ``test_of`` makes of it."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def test_of(self, name: ast.Name) -> ast.expr:
        """What stands for the truth of ``name``."""
        raise NotImplementedError

    def _tested(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Name) and node.id in self.names:
            return ast.copy_location(self.test_of(node), node)
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Look at every node that tests a value."""
        super().generic_visit(node)
        if isinstance(node, _TESTS):
            node.test = self._tested(node.test)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node.operand = self._tested(node.operand)
        elif isinstance(node, ast.BoolOp):
            node.values = [self._tested(value) for value in node.values]
        elif isinstance(node, ast.comprehension):
            node.ifs = [self._tested(test) for test in node.ifs]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "bool":
            node.args = [self._tested(argument) for argument in node.args]
        return node


class PositionTruth(Truth):
    """Of the position that ``on_bar`` is given: a comparison, which containers that hold the same side share."""

    def test_of(self, name: ast.Name) -> ast.expr:
        """``position.quantity != 0.0``."""
        quantity = ast.Attribute(ast.Name(name.id, ast.Load()), "quantity", ast.Load())
        return ast.Compare(quantity, [ast.NotEq()], [ast.Constant(0.0)])


class ArgumentTruth(Truth):
    """Of what a helper is given, which may be a position."""

    def test_of(self, name: ast.Name) -> ast.expr:
        """A call of ``admf_kernels.strategy_view.truth``."""
        return ast.Call(ast.Name(TRUTH, ast.Load()), [name], [])


def say_truth(tree: ast.FunctionDef, *, is_entry: bool) -> None:
    """Rewrite ``tree``, an ``on_bar`` or any other function that may be given a position, in place."""
    arguments = [argument.arg for argument in tree.args.args]
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    inner = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda) and node is not tree]
    bound.update(*(argument_names(function) for function in inner))
    if is_entry:
        arguments = arguments[2:3]
    names = frozenset(arguments) - bound
    transformer = PositionTruth(names) if is_entry else ArgumentTruth(names)
    for statement in tree.body:
        transformer.visit(statement)
    ast.fix_missing_locations(tree)
