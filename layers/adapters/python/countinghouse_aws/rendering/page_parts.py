"""What pages are made of: sections, tables, and frames for what is wider than the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from countinghouse_aws.rendering.markup import Markup, tag


def section(title: str, parts: Iterable[Markup]) -> Markup:
    """A part of the page under its heading."""
    return tag("section", tag("h2", title), parts)


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1, totals: int = 0
) -> Markup:
    """A table of `texts` columns of words and then numbers; its last `totals` rows are sums."""
    if not rows:
        return tag("p", "There are none.")

    def cells(kind: str, row: Sequence[str], **more: str) -> Markup:
        return tag(
            "tr",
            (tag(kind, c, class_=None if n < texts else "n", **more) for n, c in enumerate(row)),
        )

    last = len(rows) - totals
    body = [cells("td", row) for row in rows[:last]]
    foot = [tag("tfoot", (cells("td", row) for row in rows[last:]))] if totals else []
    made = tag("table", tag("thead", cells("th", head, scope="col")), tag("tbody", body), foot)
    return wide(made, head[0] or "Sum")


def wide(part: Markup, name: str) -> Markup:
    """What may be wider than the page, and scrolls by itself, with keys as well."""
    return tag("div", part, class_="scroll", tabindex="0", role="region", aria_label=name)
