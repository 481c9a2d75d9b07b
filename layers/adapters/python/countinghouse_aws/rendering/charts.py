"""Charts as inline SVG: no script, no font, no colour that says something words do not.

Every chart has a title and a description for those who do not see it, and stands beside a table
with the same numbers. Lengths are whole units of a drawing that scales with the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from countinghouse.records import dataclass
from countinghouse_aws.rendering.markup import Markup, joined, tag

_WIDTH = 720
_LABELS = 200
_NUMBERS = 130
_BAR = _WIDTH - _LABELS - _NUMBERS
_ROW = 28
_THICK = 16
_GAP = 8


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a bar: how long it is, and the style class that colours it."""

    tone: str
    value: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its stretches, and its number as people read it."""

    label: str
    parts: Sequence[Part]
    shown: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sum: how far it goes up or down. A `whole` one starts at zero again."""

    label: str
    value: int
    shown: str
    tone: str
    whole: bool = False


def bar_chart(title: str, description: str, bars: Sequence[Bar]) -> Markup:
    """Bars from a common zero, each made of its parts. No value is below zero."""
    longest = max((sum(part.value for part in bar.parts) for bar in bars), default=0)
    rows = [_bar(place, bar, max(longest, 1)) for place, bar in enumerate(bars)]
    return _drawing(title, description, rows)


def _bar(place: int, bar: Bar, longest: int) -> Markup:
    """The parts of a bar; what there is of a part is at least two units long."""
    stretches, left = [], _LABELS
    for part in bar.parts:
        if part.value > 0:
            length = max(part.value * (_BAR - 2 * len(bar.parts)) // longest, 2)
            stretches.append(_stretch(place, left, length, part.tone))
            left += length
    return _row(place, bar.label, stretches, bar.shown, left + _GAP)


def sum_chart(title: str, description: str, steps: Sequence[Step]) -> Markup:
    """A sum, step by step (a waterfall): each starts where the one before it ended."""
    spans, at = [], 0
    for step in steps:
        start = 0 if step.whole else at
        at = start + step.value
        spans.append((start, at))
    lowest = min((min(span) for span in spans), default=0)
    highest = max((max(span) for span in spans), default=0)
    scale = max(max(highest, 0) - min(lowest, 0), 1)

    def across(value: int) -> int:
        return _LABELS + (value - min(lowest, 0)) * _BAR // scale

    rows = [_zero(across(0), len(steps))]
    for place, (step, (start, end)) in enumerate(zip(steps, spans, strict=True)):
        left, right = sorted((across(start), across(end)))
        drawn = [_stretch(place, left, max(right - left, 2), step.tone)] if step.value else []
        rows.append(_row(place, step.label, drawn, step.shown, right + _GAP))
    return _drawing(title, description, rows, len(steps))


def _zero(x: int, rows: int) -> Markup:
    return tag("line", x1=x, y1=0, x2=x, y2=rows * _ROW, class_="axis")


def _stretch(place: int, left: int, length: int, tone: str) -> Markup:
    top = place * _ROW + (_ROW - _THICK) // 2
    return tag("rect", x=left, y=top, width=length, height=_THICK, class_=tone)


def _row(place: int, label: str, stretches: Sequence[Markup], shown: str, after: int) -> Markup:
    base = place * _ROW + _ROW - 9
    return joined(
        (
            tag("text", label, x=_LABELS - _GAP, y=base, class_="label"),
            *stretches,
            tag("text", shown, x=after, y=base, class_="number"),
        )
    )


def _drawing(
    title: str, description: str, rows: Sequence[Markup], count: int | None = None
) -> Markup:
    """The drawing; its ids are made of its title, so that two on a page do not meet."""
    height = max(len(rows) if count is None else count, 1) * _ROW
    known = sha256(title.encode()).hexdigest()[:8]
    return tag(
        "svg",
        tag("title", title, id=f"t{known}"),
        tag("desc", description, id=f"d{known}"),
        *rows,
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        aria_labelledby=f"t{known} d{known}",
    )
