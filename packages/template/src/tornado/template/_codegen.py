"""The nodes of a template, and of those it extends and includes, to one Python function.

The function is made as Python's syntax tree, not as text: each piece of Python keeps the place it
has in its template. For ``<b>{{ name }}</b>{% for x in xs %}, {{ x }}{% end %}`` it looks like::

    def template(_tt_x, _tt_o, ...):
        _tt_b = []
        _tt_a = _tt_b.append
        _tt_a(f"<b>{_tt_x(_tt_v) if _tt_type(_tt_v := name) is _tt_str else _tt_o(_tt_v)}</b>")
        for x in xs:
            _tt_a(f", {...}")
        return "".join(_tt_b)

Laws:

1. Neighboring text, expressions and blocks share one f-string; without a loop or condition the
   whole template is one. In a ``{% try %}`` an expression begins a new one, because what stands
   before an expression that fails is output already.
2. An exact str goes straight to the escape function, and if that is C, without a step in Python;
   anything else takes the way around.
3. The keyword arguments of ``generate`` are the globals of the function; what a template assigns
   are its locals, shared with everything that it includes.
4. Each inclusion of a file has its own range of line numbers (see ``_sources``).
5. A template may be made an asynchronous generator instead: it gives what it has before it waits
   outside of loops, and in loops when there is a chunk of it. Only there may it await.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from types import CodeType
from typing import TYPE_CHECKING

from tornado.escape._html import c_escape  # how it is called is decided here, for speed
from tornado.template import _nodes as nodes
from tornado.template._errors import ParseError, TemplateSyntaxError
from tornado.template._python import Reader, awaits, excerpt
from tornado.template._sources import Sources

if TYPE_CHECKING:
    from tornado.template._template import Template

PARAMETERS = (
    "_tt_x",  # escapes a str
    "_tt_q",  # puts its quotes right, where that is C
    "_tt_o",  # escapes anything else
    "_tt_r",  # makes text of anything else
    "_tt_c",  # escapes with a function of the template's choice
    "_tt_f",  # applies a function
    "_tt_odd",  # the list that says whether bytes were not UTF-8
    "_tt_type",
    "_tt_str",
)

DEFAULT_ESCAPE = "xhtml_escape"

_MOST_PARTS = 60
"""Of one f-string."""

_Blocks = dict[str, tuple[nodes.Block, "Template"]]


def compile_template(template: Template, asynchronous: bool = False) -> tuple[CodeType, Sources]:
    """The function of ``template`` as code, and the map of its lines.

    Raises ParseError (with the file and line of what is wrong, wherever it is); AwaitsError if it
    has to be ``asynchronous``.
    """
    try:
        unit = _Unit(template, asynchronous)
        code = _function_code(unit)
        if DEFAULT_ESCAPE in _assigned_names(code):
            # The template has an xhtml_escape of its own: no short way.
            unit = _Unit(template, asynchronous, short_way=False)
            code = _function_code(unit)
        return code, unit.sources
    except RecursionError:
        raise ParseError(
            "tags are nested too deeply, or templates include or extend each other in a circle",
            template.name,
            1,
        ) from None


def python_source(template: Template, asynchronous: bool) -> str:
    """The function of ``template`` as Python source, for people to read."""
    return ast.unparse(_Unit(template, asynchronous).tree()) + "\n"


def _function_code(unit: _Unit) -> CodeType:
    tree = unit.tree()
    try:
        module = compile(tree, unit.sources.filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        place = unit.sources.place(getattr(error, "lineno", None) or 1)
        message = str(getattr(error, "msg", error))
        name, line = place.region.template.name, place.line
        text = place.text()
        raise TemplateSyntaxError(
            f"cannot compile {excerpt(text.strip())} as Python: {message}", name, line, text
        ) from None
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))


def _assigned_names(code: CodeType) -> set[str]:
    names = {*code.co_varnames, *code.co_cellvars}
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and constant.co_name.startswith("_tt_"):
            names |= _assigned_names(constant)
    return names


def _lineage(template: Template) -> list[Template]:
    """``template`` and all that it extends, the last one extended first."""
    chain: list[Template] = []
    for extends in reversed(template.file.extends):
        chain += _lineage(template.load(extends.path, "extends", extends.line))
    chain.append(template)
    return chain


def _collect_blocks(body: list[nodes.Node], template: Template, blocks: _Blocks) -> None:
    for node in body:
        match node:
            case nodes.Block():
                blocks[node.name] = (node, template)
                _collect_blocks(node.body, template, blocks)
            case nodes.Control():
                _collect_blocks(node.body, template, blocks)
                for clause in node.clauses:
                    _collect_blocks(clause.body, template, blocks)
            case nodes.Apply():
                _collect_blocks(node.body, template, blocks)
            case nodes.Include():
                included = template.load(node.path, "include", node.line)
                if not included.file.extends:
                    _collect_blocks(included.file.body, included, blocks)


def _blocks_of(chain: list[Template]) -> _Blocks:
    blocks: _Blocks = {}
    for template in chain:
        _collect_blocks(template.file.body, template, blocks)
    return blocks


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(_name(function), list(arguments), [])


def _located(node: ast.expr, like: ast.expr) -> ast.expr:
    """``node``, which was made around or for ``like``, with its place.

    What else is new inside gets the place from above when the tree is complete.
    """
    return ast.copy_location(node, like)


def _function(
    name: str, parameters: tuple[str, ...], body: list[ast.stmt], asynchronous: bool
) -> ast.FunctionDef | ast.AsyncFunctionDef:
    text = f"def {name}({', '.join(parameters)}): pass"
    function = ast.parse("async " * asynchronous + text).body[0]
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    function.body = body
    return function


class _Output:
    """The statements of one suite, and the f-string that is growing at its end."""

    def __init__(self) -> None:
        self.statements: list[ast.stmt] = []
        self._parts: list[str | ast.expr] = []

    def text(self, text: str) -> None:
        if text:
            self._parts.append(text)

    def value(self, value: ast.expr) -> None:
        """Add an expression whose value is a str."""
        self._parts.append(value)
        if len(self._parts) >= _MOST_PARTS:
            self.flush()

    def statement(self, statement: ast.stmt) -> None:
        self.flush()
        self.statements.append(statement)

    def flush(self) -> None:
        """End the f-string: what comes next does not share it."""
        if self._parts:
            string = self._string()
            statement = ast.Expr(_call("_tt_a", string))
            if hasattr(string, "lineno"):
                ast.copy_location(statement, string)
            self.statements.append(statement)

    def suite(self) -> list[ast.stmt]:
        self.flush()
        return self.statements or [ast.Pass()]

    def function_body(self) -> list[ast.stmt]:
        if not self.statements:
            return [ast.Return(self._string())]
        self.flush()
        start = ast.parse("_tt_b = []\n_tt_a = _tt_b.append").body
        return start + self.statements + ast.parse("return ''.join(_tt_b)").body

    def generator_body(self) -> list[ast.stmt]:
        """That of an asynchronous generator, which is given its ``_tt_b``."""
        self.flush()
        end = ast.parse("yield _tt_b.take()").body
        return ast.parse("_tt_a = _tt_b.append").body + self.statements + end

    def give(self, when: str) -> None:
        """Let go of what there is so far, if ``_tt_b`` finds that there is enough."""
        self.flush()
        self.statements += ast.parse(f"if _tt_b.{when}(): yield _tt_b.take()").body

    def _string(self) -> ast.expr:
        values: list[ast.expr] = []
        place: ast.expr | None = None
        for is_text, group in groupby(self._parts, lambda part: isinstance(part, str)):
            if is_text:
                values.append(ast.Constant("".join(part for part in group if type(part) is str)))
                continue
            for part in group:
                assert isinstance(part, ast.expr)
                values.append(_located(ast.FormattedValue(part, -1, None), part))
                place = place or part
        self._parts.clear()
        if place is None:
            return values[0] if values else ast.Constant("")
        return ast.copy_location(ast.JoinedStr(values), place)


class _Unit:
    """Makes the function of one template."""

    def __init__(
        self, template: Template, asynchronous: bool = False, short_way: bool = True
    ) -> None:
        self._asynchronous = asynchronous
        self._gives = asynchronous  # not inside {% apply %}
        self._in_loop = False
        self._short_way = short_way
        self._chain = _lineage(template)
        self._blocks = _blocks_of(self._chain)
        self._applied = 0
        self._careful = False
        self.sources = Sources(self._chain[0])
        self._region = self.sources.regions[0]
        self._reader = Reader(self._region.template.name, 0, asynchronous)

    def tree(self) -> ast.Module:
        output = _Output()
        self._body(self._chain[0].file.body, output)
        if self._asynchronous:
            parameters = (*PARAMETERS, "_tt_b")
            function = _function("template", parameters, output.generator_body(), True)
        else:
            function = _function("template", PARAMETERS, output.function_body(), False)
        return ast.fix_missing_locations(ast.Module([function], []))

    @contextmanager
    def _inside(self, template: Template, line: int) -> Iterator[None]:
        """Be in the file of ``template``, which a tag on ``line`` of the present one brought in."""
        before = self._region, self._reader
        self._region = self.sources.add(template, self._region, line)
        self._reader = Reader(template.name, self._region.base, self._asynchronous)
        yield
        self._region, self._reader = before

    def _body(self, body: list[nodes.Node], output: _Output) -> None:
        for node in body:
            match node:
                case nodes.Text():
                    output.text(node.value)
                case nodes.Expression():
                    value = self._reader.expression(node.code)
                    self._value(self._converted(value, node.raw), output)
                case nodes.Module():
                    value = self._reader.expression(node.code, "_tt_modules.")
                    self._value(self._converted(value, raw=True), output)
                case nodes.Statement():
                    for statement in self._reader.statements(node.code):
                        self._before_waiting(statement, output)
                        output.statement(statement)
                case nodes.Control(keyword="try"):
                    output.statement(self._try(node))
                case nodes.Control():
                    self._control(node, output)
                case nodes.Apply():
                    self._apply(node, output)
                case nodes.Block():
                    self._block(node, output)
                case nodes.Include():
                    self._include(node, output)
                case nodes.Extends():
                    pass

    def _suite(self, body: list[nodes.Node]) -> list[ast.stmt]:
        output = _Output()
        self._body(body, output)
        return output.suite()

    def _loop_suite(self, body: list[nodes.Node]) -> list[ast.stmt]:
        before, self._in_loop = self._in_loop, True
        output = _Output()
        self._body(body, output)
        if self._gives:
            output.give("full")
        self._in_loop = before
        return output.suite()

    def _before_waiting(self, tree: ast.AST, output: _Output) -> None:
        if self._gives and awaits(tree):
            output.give("full" if self._in_loop else "begun")

    def _value(self, value: ast.expr, output: _Output) -> None:
        self._before_waiting(value, output)
        if self._careful:
            output.flush()
        output.value(value)

    def _converted(self, value: ast.expr, raw: bool) -> ast.expr:
        """The expression that makes of ``value`` the str that goes out."""
        escape = self._region.template.file.autoescape
        if raw or escape is None:
            quick: ast.expr = _name("_tt_v")
            slow = _call("_tt_r", _name("_tt_v"), _name("_tt_odd"))
        elif escape == DEFAULT_ESCAPE and self._short_way:
            quick = _call("_tt_x", _name("_tt_v"))
            if c_escape is not None:
                escaped = ast.NamedExpr(ast.Name("_tt_v", ast.Store()), quick)
                has_quotes = ast.Compare(ast.Constant("&#3"), [ast.In()], [escaped])
                quick = ast.IfExp(has_quotes, _call("_tt_q", _name("_tt_v")), _name("_tt_v"))
            slow = _call("_tt_o", _name("_tt_v"))
        else:
            return _located(
                _call("_tt_c", self._escape_function(escape, value), _name("_tt_odd"), value), value
            )
        kind = _call("_tt_type", ast.NamedExpr(ast.Name("_tt_v", ast.Store()), value))
        is_str = ast.Compare(kind, [ast.Is()], [_name("_tt_str")])
        return _located(ast.IfExp(is_str, quick, slow), value)

    def _escape_function(self, escape: str, value: ast.expr) -> ast.expr:
        try:
            function = ast.parse(escape, mode="eval").body
        except (SyntaxError, ValueError) as error:
            raise TemplateSyntaxError(
                f"cannot read the autoescape function {escape!r} as Python: {error};"
                " write the name of a function, or None",
                self._region.template.name,
                1,
            ) from None
        for node in ast.walk(function):
            if isinstance(node, ast.expr):
                ast.copy_location(node, value)
        return function

    def _control(self, node: nodes.Control, output: _Output) -> None:
        """An if, for, async for or while with its clauses."""
        first = self._reader.control(node.header)
        self._before_waiting(first, output)
        first.body = (self._suite if node.keyword == "if" else self._loop_suite)(node.body)
        last: ast.If | ast.For | ast.AsyncFor | ast.While = first
        closed = False
        for clause in node.clauses:
            if closed:
                self._misplaced(clause, "else")
            if clause.keyword == "elif":
                following = self._reader.elif_(clause.header)
                following.body = self._suite(clause.body)
                last.orelse = [following]
                last = following
            else:
                last.orelse = self._suite(clause.body)
                closed = True
        output.statement(first)

    def _try(self, node: nodes.Control) -> ast.stmt:
        before = self._careful, self._gives
        # What leaves a generator early must not meet an except of the template.
        self._careful, self._gives = True, False
        statement = ast.Try(self._suite(node.body), [], [], [])
        for clause in node.clauses:
            body = self._suite(clause.body)
            match clause.keyword:
                case _ if statement.finalbody:
                    self._misplaced(clause, "finally")
                case "except":
                    if statement.orelse:
                        self._misplaced(clause, "else")
                    handler = self._reader.except_(clause.header)
                    handler.body = body
                    statement.handlers.append(handler)
                case "else":
                    if statement.orelse or not statement.handlers:
                        self._misplaced(clause, "else" if statement.orelse else "try")
                    statement.orelse = body
                case "finally":
                    statement.finalbody = body
        if not statement.handlers and not statement.finalbody:
            raise ParseError(
                "{% try %} needs an {% except %} or a {% finally %} before its {% end %}",
                self._region.template.name,
                node.header.line,
            )
        self._careful, self._gives = before
        statement.lineno = statement.end_lineno = node.header.line + self._region.base
        statement.col_offset = statement.end_col_offset = node.header.column
        return statement

    def _misplaced(self, clause: nodes.Clause, other: str) -> None:
        raise ParseError(
            f"{{% {clause.keyword} %}} cannot follow {{% {other} %}} here",
            self._region.template.name,
            clause.header.line,
        )

    def _apply(self, node: nodes.Apply, output: _Output) -> None:
        function = self._reader.expression(node.function)
        name = f"_tt_apply{self._applied}"
        self._applied += 1
        before = self._careful, self._gives
        self._careful = self._gives = False
        inner = _Output()
        self._body(node.body, inner)
        self._careful, self._gives = before
        body = inner.function_body()
        waits = any(map(awaits, body))
        definition = _function(name, (), body, waits)
        definition.lineno = definition.end_lineno = function.lineno
        definition.col_offset = definition.end_col_offset = function.col_offset
        output.statement(definition)
        inside: ast.expr = ast.Await(_call(name)) if waits else _call(name)
        self._value(_located(_call("_tt_f", function, inside, _name("_tt_odd")), function), output)

    def _block(self, node: nodes.Block, output: _Output) -> None:
        block, template = self._blocks[node.name]
        if block is node:
            self._body(node.body, output)
        else:
            with self._inside(template, node.line):
                self._body(block.body, output)

    def _include(self, node: nodes.Include, output: _Output) -> None:
        included = self._region.template.load(node.path, "include", node.line)
        if not included.file.extends:
            with self._inside(included, node.line):
                self._body(included.file.body, output)
            return
        # A template that extends another is included as the whole it makes, with its own blocks.
        before = self._blocks
        chain = _lineage(included)
        self._blocks = _blocks_of(chain)
        with self._inside(chain[0], node.line):
            self._body(chain[0].file.body, output)
        self._blocks = before
