"""What a dashboard is made of, and its body as CloudWatch takes it.

The body's form is Amazon CloudWatch's "Dashboard Body Structure and Syntax".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

COLUMNS: Final = 24
MINUTE_S: Final = 60
HOUR_S: Final = 3_600


@dataclass(frozen=True)
class Metric:
    """One metric as it is emitted, and which statistic of it is drawn."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    stat: str
    label: str
    # Against the axis on the right.
    right: bool = False

    def row(self, *, hidden_as: str | None = None) -> list[Any]:
        """Return its entry in a widget; hidden, it only feeds an expression under that id."""
        where = [part for pair in self.dimensions.items() for part in pair]
        how: dict[str, Any] = {"stat": self.stat, "label": self.label}
        if self.right:
            how["yAxis"] = "right"
        if hidden_as:
            how |= {"id": hidden_as, "visible": False}
        return [self.namespace, self.name, *where, how]


@dataclass(frozen=True)
class Expression:
    """Metric math: `{0}`, `{1}`... stand for the metrics it is made of, which are not drawn."""

    text: str
    label: str
    of: tuple[Metric, ...]
    right: bool = False

    def rows(self, first: int) -> Iterator[list[Any]]:
        """Return its entries, its metrics' ids numbered from `first`."""
        ids = [f"m{first + place}" for place in range(len(self.of))]
        for metric, name in zip(self.of, ids, strict=True):
            yield metric.row(hidden_as=name)
        how: dict[str, Any] = {"expression": self.text.format(*ids), "label": self.label}
        how["id"] = f"e{first}"
        if self.right:
            how["yAxis"] = "right"
        yield [how]


Line = Metric | Expression


@dataclass(frozen=True)
class Graph:
    """A graph over time; `limits` are drawn as lines across it, by what they are called."""

    title: str
    lines: Sequence[Line]
    unit: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    stacked: bool = False
    period_s: int = MINUTE_S

    def metrics(self) -> Iterator[Metric]:
        """Return every metric that CloudWatch fetches for it."""
        for line in self.lines:
            yield from line.of if isinstance(line, Expression) else (line,)

    def body(self, region: str) -> dict[str, Any]:
        """Return the widget without its place."""
        rows: list[list[Any]] = []
        for number, line in enumerate(self.lines):
            if isinstance(line, Expression):
                rows += line.rows(number * 100)
            else:
                rows.append(line.row())
        properties: dict[str, Any] = {
            "title": self.title,
            "view": "timeSeries",
            "stacked": self.stacked,
            "region": region,
            "period": self.period_s,
            "metrics": rows,
            "yAxis": {"left": {"min": 0, "label": self.unit, "showUnits": False}},
        }
        if self.limits:
            lines = [{"label": name, "value": value} for name, value in self.limits.items()]
            properties["annotations"] = {"horizontal": lines}
        return {"type": "metric", "properties": properties}


@dataclass(frozen=True)
class Text:
    """A heading or a word on what is below it, in Markdown."""

    markdown: str

    @property
    def title(self) -> str:
        """Return its first line without the marks of a heading."""
        return self.markdown.splitlines()[0].lstrip("# ")

    def body(self, _: str) -> dict[str, Any]:
        """Return the widget without its place."""
        properties = {"markdown": self.markdown, "background": "transparent"}
        return {"type": "text", "properties": properties}


@dataclass(frozen=True)
class AlarmGrid:
    """The states of alarms; `only` narrows it to those in one of these states."""

    title: str
    arns: Sequence[str]
    only: tuple[str, ...] = ()

    def body(self, _: str) -> dict[str, Any]:
        """Return the widget without its place."""
        properties: dict[str, Any] = {
            "title": self.title,
            "alarms": list(self.arns),
            "sortBy": "stateUpdatedTimestamp",
        }
        if self.only:
            properties["states"] = list(self.only)
        return {"type": "alarm", "properties": properties}


Widget = Graph | Text | AlarmGrid


@dataclass(frozen=True)
class Row:
    """Widgets beside each other, which share the width."""

    widgets: Sequence[Widget]
    height: int = 6


@dataclass(frozen=True)
class Placed:
    """A widget and its place, in columns and rows of the grid."""

    widget: Widget
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Dashboard:
    """One dashboard, by the last part of its name."""

    name: str
    rows: Sequence[Row]

    def placed(self) -> Iterator[Placed]:
        """Return every widget with its place; what a division leaves over widens the last."""
        y = 0
        for row in self.rows:
            share, x = COLUMNS // max(1, len(row.widgets)), 0
            for number, widget in enumerate(row.widgets, start=1):
                width = share if number < len(row.widgets) else COLUMNS - x
                yield Placed(widget, x, y, width, row.height)
                x += width
            y += row.height

    def body(self, region: str) -> dict[str, Any]:
        """Return what CloudWatch is given; each graph keeps its own period."""
        widgets = [
            {"x": one.x, "y": one.y, "width": one.width, "height": one.height}
            | one.widget.body(region)
            for one in self.placed()
        ]
        return {"start": "-PT3H", "periodOverride": "inherit", "widgets": widgets}


def section(heading: str, graphs: Sequence[Widget], beside: int = 3) -> Iterator[Row]:
    """Return a row that says what the next ones are about, and graphs in rows of so many."""
    yield Row([Text(f"## {heading}")], height=1)
    for start in range(0, len(graphs), beside):
        yield Row(graphs[start : start + beside])
