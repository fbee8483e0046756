"""The Python in a template: from its text to Python's syntax tree, with the places of the template.

Every node of the trees made here has the line (plus ``base``) and the columns that it has in the
template, so that whatever Python says about them later, it says about the template.
"""

from __future__ import annotations

import ast
from typing import Any

from tornado.template._errors import AwaitsError, TemplateSyntaxError
from tornado.template._lexer import Snippet

_NO_PLACE: dict[type[ast.AST], str] = {
    ast.Return: "'return' has no place in a template: use {% if %} around what follows",
    ast.Yield: "'yield' has no place in a template: compute the value before",
    ast.YieldFrom: "'yield' has no place in a template: compute the value before",
}
_AWAITS = (
    "'await' and 'async' have no place here: a template with them is for generate_async() or"
    " stream(), and generate() needs the awaited value passed in"
)
_EXCERPT = 80
_OWN_FLOW = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


class Reader:
    """Reads the snippets of one file, of which ``base`` is added to the line numbers.

    Without ``asynchronous``, Python that awaits raises AwaitsError.
    """

    def __init__(self, filename: str, base: int, asynchronous: bool) -> None:
        self._filename = filename
        self._base = base
        self._asynchronous = asynchronous

    def expression(self, code: Snippet, prefix: str = "") -> ast.expr:
        """One expression. ``prefix`` is put before it."""
        tree = self._parse_expression(code, prefix)
        self._refuse_control_flow(tree, code)
        return tree.body

    def _parse_expression(self, code: Snippet, prefix: str) -> ast.Expression:
        text = prefix + code.text
        try:
            tree = ast.parse(text, self._filename, "eval")
        except (SyntaxError, ValueError) as error:
            # In parentheses an expression may have several lines, a star or a walrus. Brackets have
            # to do as well, so that the snippet does not close what was opened for it.
            try:
                ast.parse(f"[{text}\n]", mode="eval")
                tree = ast.parse(f"({text}\n)", mode="eval")
            except (SyntaxError, ValueError):
                raise self._error(_advice(code.text, error), code, error) from None
            prefix += "("
        self._place(tree, code, 1, len(prefix))
        return tree

    def statements(self, code: Snippet) -> list[ast.stmt]:
        """One or more simple statements."""
        tree = self._parse(code, code.text, 1)
        self._refuse_control_flow(tree, code)
        self._place(tree, code, 1, 0)
        return tree.body

    def control(self, code: Snippet) -> ast.If | ast.For | ast.AsyncFor | ast.While:
        """The head of an if, for, async for or while, with an empty body."""
        head: ast.If | ast.For | ast.AsyncFor | ast.While = self._head(code, "", 0)
        return head

    def elif_(self, code: Snippet) -> ast.If:
        """``elif`` as the ``if`` that it is."""
        head: ast.If = self._head(code, "", len("el"))
        return head

    def except_(self, code: Snippet) -> ast.ExceptHandler:
        head: ast.Try = self._head(code, "try: pass\n", 0)
        return head.handlers[0]

    def _head(self, code: Snippet, before: str, dropped: int) -> Any:
        if code.text.endswith(":"):
            raise self._error("a tag has no colon at its end", code)
        line = before.count("\n") + 1
        tree = self._parse(code, f"{before}{code.text[dropped:]}: pass", line)
        node = tree.body[0]
        last: Any = node.handlers[-1] if isinstance(node, ast.Try) else node
        body: list[ast.stmt] = getattr(last, "body", [])
        if len(tree.body) != 1 or len(body) != 1 or not isinstance(body[0], ast.Pass):
            raise self._error("a statement may not follow in the same tag", code)
        self._refuse_control_flow(tree, code)
        self._place(tree, code, line, -dropped)
        body.clear()
        return node

    def _parse(self, code: Snippet, text: str, line: int) -> ast.Module:
        try:
            return ast.parse(text, self._filename)
        except (SyntaxError, ValueError) as error:
            if isinstance(error, SyntaxError) and error.lineno:
                error.lineno -= line - 1
            raise self._error(_message(error), code, error) from None

    def _place(self, tree: ast.AST, code: Snippet, line: int, extra: int) -> None:
        """Move ``tree`` to where ``code`` stands; it began on ``line``, behind ``extra`` bytes."""
        lines = code.line - line + self._base
        columns = code.column - extra
        node: Any  # which nodes have a place is known to their _attributes alone
        for node in ast.walk(tree):
            if "lineno" in node._attributes:
                if node.lineno == line:
                    node.col_offset = max(node.col_offset + columns, 0)
                if node.end_lineno == line:
                    node.end_col_offset = max(node.end_col_offset + columns, 0)
                node.lineno += lines
                node.end_lineno += lines

    def _refuse_control_flow(self, tree: ast.AST, code: Snippet) -> None:
        """Refuse what would make of the template's function a generator, or leave it early."""
        waiting = [tree]
        while waiting:
            node = waiting.pop()
            if type(node) in _NO_PLACE:
                raise self._error(_NO_PLACE[type(node)], code)
            if not self._asynchronous and _waits(node):
                error = self._error(_AWAITS, code)
                raise AwaitsError(error.message, error.filename, error.lineno, error.text)
            if not isinstance(node, _OWN_FLOW):
                waiting.extend(ast.iter_child_nodes(node))

    def _error(
        self, message: str, code: Snippet, error: BaseException | None = None
    ) -> TemplateSyntaxError:
        line = code.line
        inside = getattr(error, "lineno", None) or 1
        if 1 <= inside <= code.text.count("\n") + 1:
            line += inside - 1
        text = code.text if "\n" not in code.text else code.text.split("\n")[line - code.line]
        return TemplateSyntaxError(
            f"cannot read {excerpt(code.text)} as Python: {message}", self._filename, line, text
        )


def awaits(tree: ast.AST) -> bool:
    """Whether running ``tree`` may wait, but for what its functions do."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if _waits(node):
            return True
        if not isinstance(node, _OWN_FLOW):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def _waits(node: ast.AST) -> bool:
    if isinstance(node, ast.comprehension):
        return bool(node.is_async)
    return isinstance(node, (ast.Await, ast.AsyncFor))


def excerpt(text: str) -> str:
    """``text`` for a message: quoted, and not too much of it."""
    return repr(text if len(text) <= _EXCERPT else text[:_EXCERPT] + "...")


_ENDS = "; a tag ends at its first }} or %}, write } } or % } inside it"


def _message(error: Exception) -> str:
    """What Python says, and the likely reason if something is open at the end."""
    message = str(getattr(error, "msg", error))
    opened = "never closed" in message or "unterminated" in message
    return message + _ENDS if opened else message


def _advice(text: str, error: Exception) -> str:
    message = _message(error)
    if _ENDS in message:
        return message
    if _reads_as_statement(text):
        return "that is a statement, and {{ }} takes an expression: write {% set ... %} before it"
    return f"{message.rstrip('.?')}; write one expression, as in {{{{ user.name }}}}"


def _reads_as_statement(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True
