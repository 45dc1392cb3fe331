"""How templates are drawn: as Jinja does it, in fewer steps. A page calls ninety functions and shows 200 values.

Both classes are the ones that Jinja lets an environment name (`code_generator_class`, `context_class`).
"""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import Any

from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr
from jinja2.runtime import Context, Macro
from jinja2.utils import internalcode, pass_eval_context
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined]

_MARK = "jinja_pass_arg"
"""What Jinja marks a function with that is to be given more than its arguments (`pass_context` and its like)."""
_WAY_OF_ESCAPING = getattr(pass_eval_context(lambda _given: ""), _MARK)


def html_of(value: Any) -> str:
    """A value as HTML shows it. `escape` says the same, and wraps each piece so that nobody escapes it again."""
    kind = type(value)
    if kind is str:
        return _escape_inner(value)
    return value if kind is Markup else escape(value)


class Generator(CodeGenerator):
    """Shows values by `html_of`: what is shown is joined to one text at once, so that the pieces need no wrapping."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
            return
        self.write("environment.html_of(")
        if finalize.src is not None:
            self.write(finalize.src)


class PageContext(Context):
    """Calls macros, functions and methods at once; Jinja first asks each in four ways what it wants to be given."""

    @internalcode
    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """The answer of a function, a macro or whatever else a template calls."""
        kind = type(called)
        if kind is FunctionType:
            wanted = called.__dict__.get(_MARK)
        elif kind is MethodType:
            wanted = getattr(called, _MARK, None)
        elif kind is Macro:
            wanted = _WAY_OF_ESCAPING
        else:
            return super().call(called, *args, **kwargs)
        if wanted is _WAY_OF_ESCAPING:
            args = (self.eval_ctx, *args)
        elif wanted is not None:
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)
