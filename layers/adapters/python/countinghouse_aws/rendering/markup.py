"""HTML and SVG as text that cannot be broken out of: whatever is not markup is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_EMPTY = frozenset({"meta", "rect", "line"})
_UNSEEN = {code: " " for code in (*range(32), 127, *range(128, 160)) if code not in (9, 10)}
"""Control characters, which HTML does not allow even when escaped."""


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(element: str, /, *children: str | Iterable[str], **attributes: object) -> Markup:
    """An element; `class_` is the attribute `class`, `aria_label` is `aria-label`.

    Children are texts, which are escaped, and markup, or iterables of both. An attribute that is
    None is left out.
    """
    known = "".join(
        f' {attribute.rstrip("_").replace("_", "-")}="{_escaped(str(value))}"'
        for attribute, value in attributes.items()
        if value is not None
    )
    if element in _EMPTY:
        return Markup(f"<{element}{known}>" if element == "meta" else f"<{element}{known}/>")
    return Markup(f"<{element}{known}>{joined(children)}</{element}>")


def joined(children: Iterable[str | Iterable[str]]) -> Markup:
    """Markup as it is and texts escaped, one after the other."""
    return Markup(
        "".join(
            _safe(child) if isinstance(child, str) else "".join(map(_safe, child))
            for child in children
        )
    )


def _safe(child: str) -> str:
    return child if isinstance(child, Markup) else _escaped(child)


def _escaped(text: str) -> str:
    return escape(text.translate(_UNSEEN))
