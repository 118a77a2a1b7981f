"""What a method may do with ``self``, checked, and turned into the flat fields of the generated module."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from admf_jit.errors import StrategyError, closest
from admf_jit.strategies.declaration import RANDOM_FIELD, Definition
from admf_jit.strategies.newcomers import OF_SELF
from admf_jit.strategies.optional import NO_WHOLE_NUMBER, absence, reader, reader_name
from admf_jit.strategies.origin import Origin
from admf_jit.strategies.state_window import Window, WindowUses

if TYPE_CHECKING:
    from admf_jit.strategies.source import StrategySource

#: Type of a state field -> the conversion that every assignment to it goes through.
STATE_CASTS = {bool: "as_boolean", int: "as_integer", float: "as_number"}
_RANDOM_METHODS = ("uniform", "normal")


class SelfRewriter(ast.NodeTransformer):
    """Check every use of ``self`` and turn it into the flat fields and functions of the generated module."""

    def __init__(
        self,
        definition: Definition,
        method_names: dict[str, str],
        tree: ast.FunctionDef,
        file: str,
        result: StrategySource,
    ) -> None:
        self.definition = definition
        self._optional = definition.optional
        self.method_names = method_names
        self.file = file
        self.result = result
        if not tree.args.args:
            raise StrategyError(
                f"{Origin(file, tree.lineno)}: method {tree.name} takes no self: make it a @staticmethod"
            )
        self.self_name = tree.args.args[0].arg
        self._windows = WindowUses(definition.windows, self._window_of, self._fail)
        #: Variables that stand between the sides of an assignment to several fields.
        self._n_variables = 0

    def _is_self(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == self.self_name

    def _window_of(self, node: ast.AST) -> str | None:
        """The window that an expression is."""
        read = isinstance(node, ast.Attribute) and self._is_self(node.value) and isinstance(node.ctx, ast.Load)
        return node.attr if read and node.attr in self.definition.windows else None  # type: ignore[attr-defined]

    def _fail(self, node: ast.AST, message: str) -> StrategyError:
        return StrategyError(f"{Origin(self.file, getattr(node, 'lineno', 0))}: {message}")

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802
        """``self.method(…)`` becomes a call of the method's own function."""
        function = node.func
        made = self._windows.called(node)
        if made is not None:
            made.args[2:] = [self.visit(a) for a in made.args[2:]]
            return made
        if isinstance(function, ast.Attribute) and self._is_self(function.value):
            name = function.attr
            if name in self.method_names:
                arguments = [self.visit(a) for a in node.args]
                first = [] if name in self.definition.static else [function.value]
                keywords = [ast.keyword(k.arg, self.visit(k.value)) for k in node.keywords]
                target = ast.copy_location(ast.Name(self.method_names[name], ast.Load()), function)
                return ast.copy_location(ast.Call(target, first + arguments, keywords), node)
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:  # noqa: N802
        """``self.recent[1]`` becomes an index of an array, where it is a window."""
        found = self._windows.at(node)
        if found is None:
            return self.generic_visit(node)
        values, place = found
        place.args[2:] = [self.visit(a) for a in place.args[2:]]
        return ast.fix_missing_locations(ast.copy_location(ast.Subscript(values, place, ast.Load()), node))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:  # noqa: N802
        """``self.bands.upper`` becomes a field of its own; everything else is checked."""
        inner = node.value
        made = self._windows.asked(node)
        if made is not None:
            return made
        if isinstance(inner, ast.Attribute) and self._is_self(inner.value) and inner.attr in self.definition.indicators:
            kind = self.definition.indicators[inner.attr].kind
            if len(kind.outputs) > 1:
                if node.attr not in kind.outputs:
                    hint = closest(node.attr, kind.outputs) or ", ".join(kind.outputs)
                    raise self._fail(node, f"self.{inner.attr} ({kind.name}) has no output {node.attr!r}: {hint}?")
                if isinstance(node.ctx, ast.Store):
                    raise self._fail(node, f"self.{inner.attr}.{node.attr} is an indicator and cannot be assigned")
                return ast.copy_location(ast.Attribute(inner.value, f"{inner.attr}__{node.attr}", ast.Load()), node)
        if isinstance(inner, ast.Attribute) and self._is_self(inner.value) and inner.attr == RANDOM_FIELD:
            self._check_random(node)
        if not self._is_self(inner):
            return self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            self._cast_for(node, whole=True)
            raise self._fail(node, f"assign a state field with =: self.{node.attr} = …")
        self._check_read(node)
        return self._of_optional(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:  # noqa: N802
        """``self.stop is None`` becomes a comparison of numbers."""
        left, operator = node.left, node.ops[0]
        optional = isinstance(left, ast.Attribute) and self._is_self(left.value) and left.attr in self._optional
        if optional and len(node.ops) == 1 and isinstance(operator, ast.Is | ast.IsNot):
            right = node.comparators[0]
            if isinstance(right, ast.Constant) and right.value is None:
                assert isinstance(left, ast.Attribute)
                found: ast.expr = absence(left, self._optional[left.attr])
                if isinstance(operator, ast.IsNot):
                    found = ast.UnaryOp(ast.Not(), found)
                return ast.fix_missing_locations(ast.copy_location(found, node))
        chosen = self._choices(left) or self._choices(node.comparators[0])
        return self._compared_with_texts(node, chosen) if chosen else self.generic_visit(node)

    def _choices(self, node: ast.expr) -> tuple[str, ...]:
        """The texts that a parameter may be; none of another expression."""
        if not isinstance(node, ast.Attribute) or not self._is_self(node.value):
            return ()
        declared = self.definition.parameters.get(node.attr)
        return () if declared is None else declared.choices

    def _compared_with_texts(self, node: ast.Compare, choices: tuple[str, ...]) -> ast.AST:
        """``self.kind == "ema"``, or ``self.kind in ("ema", "wma")``, becomes a comparison of whole numbers."""

        def code(text: ast.expr) -> ast.expr:
            if isinstance(text, ast.Attribute):
                return text
            if may_be_none and isinstance(text, ast.Constant) and text.value is None:
                return ast.copy_location(ast.Constant(NO_WHOLE_NUMBER), text)
            if not isinstance(text, ast.Constant) or text.value not in choices:
                hint = closest(str(getattr(text, "value", "")), choices)
                more = f"; did you mean {hint!r}?" if hint else ""
                said = ast.unparse(text)
                raise self._fail(node, f"{said} is none of the texts that it may be: {', '.join(choices)}{more}")
            return ast.copy_location(ast.Constant(choices.index(text.value)), text)

        (operator, right), left = (node.ops[0], node.comparators[0]), node.left
        named = [one.attr for one in (left, right) if isinstance(one, ast.Attribute)]
        may_be_none = any(name in self._optional for name in named)
        several = isinstance(operator, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List | ast.Set)
        if len(node.ops) > 1 or not (several or isinstance(operator, ast.Eq | ast.NotEq)):
            raise self._fail(
                node, f"{ast.unparse(node)}: compare a text with ==, != or in: self.kind == {choices[0]!r}"
            )
        if not several:
            made: ast.expr = ast.Compare(code(left), [operator], [code(right)])
        else:
            assert isinstance(right, ast.Tuple | ast.List | ast.Set)
            equal: list[ast.expr] = [ast.Compare(left, [ast.Eq()], [code(text)]) for text in right.elts]
            made = equal[0] if len(equal) == 1 else ast.BoolOp(ast.Or(), equal)
            if isinstance(operator, ast.NotIn):
                made = ast.UnaryOp(ast.Not(), made)
        return ast.fix_missing_locations(ast.copy_location(made, node))

    def _of_optional(self, node: ast.Attribute) -> ast.AST:
        """A parameter that may be None is read by a function that raises where it is."""
        kind = self._optional.get(node.attr)
        if kind is None:
            return node
        from admf_jit.strategies.source import Block

        name = reader_name(node.attr)
        if all(block.tree.name != name for block in self.result.functions):
            self.result.functions.append(Block(reader(node.attr, kind, node.lineno), self.file))
        call = ast.Call(ast.Name(name, ast.Load()), [node], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))

    def _check_random(self, node: ast.Attribute) -> None:
        if node.attr not in _RANDOM_METHODS:
            hint = closest(node.attr, _RANDOM_METHODS)
            expected = f"did you mean {hint!r}?" if hint else f"expected {' or '.join(_RANDOM_METHODS)}"
            raise self._fail(node, f"self.{RANDOM_FIELD} has no {node.attr!r}; {expected}")

    def _check_read(self, node: ast.Attribute) -> None:
        name = node.attr
        indicator = self.definition.indicators.get(name)
        if indicator is not None:
            if len(indicator.kind.outputs) > 1:
                outputs = ", ".join(f"self.{name}.{output}" for output in indicator.kind.outputs)
                raise self._fail(node, f"self.{name} ({indicator.kind.name}) has several outputs: use {outputs}")
            return
        if name == RANDOM_FIELD:
            self.result.uses_random = True
            return
        if self._choices(node):
            kind = self.definition.parameters[name].choices[0]
            raise self._fail(node, f"self.{name} is a text: compare it, self.{name} == {kind!r}")
        if name in self.definition.windows:
            self._windows.refuse_bare(node)
        if name in self.definition.parameters or name in self.definition.state:
            return
        known = [*self.definition.parameters, *self.definition.indicators, *self.definition.state]
        known += [*self.definition.methods, RANDOM_FIELD]
        hint = closest(name, known)
        suggestion = f"; did you mean self.{hint}?" if hint else ""
        if name in OF_SELF:
            suggestion = f": {OF_SELF[name]}"
        raise self._fail(node, f"{self.definition.whose} has no attribute {name!r}{suggestion}")

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.stmt]:  # noqa: N802
        """``self.count += 1`` becomes an assignment, to be checked as one."""
        if isinstance(node.target, ast.Attribute) and self._is_self(node.target.value):
            read = ast.copy_location(ast.Attribute(node.target.value, node.target.attr, ast.Load()), node.target)
            value = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
            return self.visit_Assign(ast.copy_location(ast.Assign([node.target], value), node))
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:  # noqa: N802
        """A state field keeps its type."""
        several = len(node.targets) > 1 or isinstance(node.targets[0], ast.Tuple | ast.List)
        if several and any(self._is_self_field(part) for target in node.targets for part in ast.walk(target)):
            return self._one_by_one(node)
        casts = []
        for target in node.targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Attribute) and self._is_self(part.value):
                    casts.append(self._cast_for(part, whole=part is target))
        if not casts:
            return self.generic_visit(node)
        call = ast.Call(ast.Name(casts[0], ast.Load()), [self.visit(node.value)], [])
        node.value = ast.copy_location(call, node.value)
        ast.fix_missing_locations(node)
        return node

    def _is_self_field(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Attribute) and self._is_self(node.value) and isinstance(node.ctx, ast.Store)

    def _one_by_one(self, node: ast.Assign) -> list[ast.stmt]:
        """``self.a, self.b = x, y`` becomes assignments of variables, and then of each field from one of these."""
        made: list[ast.stmt] = []
        value = self._variable()
        made.append(ast.Assign([ast.Name(value, ast.Store())], node.value))
        if len(node.targets) == 1 and isinstance(node.value, ast.Tuple):
            made.clear()  # each of its items has a variable of its own
        for target in node.targets:
            if not isinstance(target, ast.Tuple | ast.List):
                made.append(ast.Assign([target], ast.Name(value, ast.Load())))
                continue
            names = [self._variable() for _ in target.elts]
            given = node.value if not made else ast.Name(value, ast.Load())
            if isinstance(given, ast.Tuple) and len(given.elts) == len(names):
                pairs = zip(names, given.elts, strict=True)
                made += [ast.Assign([ast.Name(name, ast.Store())], one) for name, one in pairs]
            else:
                made.append(ast.Assign([ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())], given))
            made += [
                ast.Assign([one], ast.Name(name, ast.Load())) for one, name in zip(target.elts, names, strict=True)
            ]
        found: list[ast.stmt] = []
        for statement in made:
            for part in ast.walk(statement):
                if not hasattr(part, "lineno"):
                    ast.copy_location(part, node)
            visited = self.visit(ast.copy_location(statement, node))
            found += visited if isinstance(visited, list) else [visited]
        return found

    def _variable(self) -> str:
        self._n_variables += 1
        return f"assigned__{self._n_variables}"

    def _cast_for(self, target: ast.Attribute, *, whole: bool) -> str:
        name = target.attr
        start = self.definition.state.get(name)
        if isinstance(start, Window):
            raise self._fail(target, f"self.{name} is a window and cannot be assigned: write self.{name}.append(x)")
        if start is not None and whole:
            return STATE_CASTS[type(start)]
        if name in self.definition.state:
            raise self._fail(target, "assign one state field at a time")
        if name in self.definition.parameters or name in self.definition.indicators:
            if name in self.definition.indicators:
                raise self._fail(target, f"self.{name} is an indicator and cannot be assigned")
            default = self.definition.parameters[name].default
            raise self._fail(
                target,
                f"self.{name} is a parameter and cannot be assigned: what is annotated in the class body comes from "
                f"outside and stays; state has no annotation: {name} = {default!r}",
            )
        hint = closest(name, self.definition.state)
        suggestion = f"; did you mean self.{hint}?" if hint else f"; declare it in the class body: {name} = 0.0"
        raise self._fail(target, f"{self.definition.whose} has no state field {name!r}{suggestion}")
