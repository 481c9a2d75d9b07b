"""Draws the dashboards as they are deployed: `python -m tools.dashboards`, docs/dashboards.md.

The page and its pictures are made of the bodies in the template of stage `prod`, so they show what
CloudWatch is given; `tests/infra/test_dashboards_page.py` fails when they no longer do.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "dashboards.md"
PICTURES: Final = ROOT / "docs" / "plots"

Body = Mapping[str, Any]

_HEAD = """# Dashboards

Drawn from the template of stage `prod` by `python -m tools.dashboards`; a test fails when this page
is stale. Titles, lines and places are real, the curves are CloudWatch's to draw.

Two dashboards a stage, `countinghouse-<stage>-money` and `countinghouse-<stage>-machine`. They are
built from the same catalogue as the stacks ([`infra/dashboards`](../infra/dashboards)): a new
function, queue, table, workflow or PSP is on them by being deployed. What to do about what they
show is in the [runbook](runbook.md); why they are built without a library, in
[decision 27](decisions/0027-dashboards.md).
"""
_ABOUT: Final[Mapping[str, str]] = {
    "money": (
        "The on-call's first look: what rings, whether payments come in and are booked, what waits "
        "and is in doubt, which PSP is slow or silent, whether payouts go out, what audit and "
        "reconciliation found."
    ),
    "machine": (
        "Everything that runs, by itself: all alarms, the API, functions, queues, tables, streams, "
        "the lake and workflows, with the limits they run into."
    ),
}
# Pixels of a column and a row of the grid, and of a line of text.
_COLUMN, _LINE, _TEXT = 40, 24, 15


def page(bodies: Mapping[str, Body]) -> str:
    """Return docs/dashboards.md: a picture of each, and what each of its graphs draws."""
    parts = [_HEAD]
    for name, about in _ABOUT.items():
        parts.append(f"## {name}\n\n{about}\n\n![{name}](plots/dashboard-{name}.svg)\n")
        parts.append("| graph | unit | lines |\n|---|---|---|")
        parts.append("\n".join(_rows(bodies[name])) + "\n")
    return "\n".join(parts)


def _rows(body: Body) -> Iterator[str]:
    for widget in body["widgets"]:
        shown = widget["properties"]
        if widget["type"] == "metric":
            unit = shown["yAxis"]["left"]["label"]
            yield f"| {shown['title']} | {unit} | {', '.join(lines_of(widget))} |"


def lines_of(widget: Mapping[str, Any]) -> list[str]:
    """Return what a graph's lines and its limits are called.

    The limits' values are left out: they are the stage's numbers, which change more often than what
    is drawn.
    """
    shown = widget["properties"]
    drawn = [row[-1] for row in shown["metrics"] if row[-1].get("visible", True)]
    limits = [
        f"limit: {one['label']}" for one in shown.get("annotations", {}).get("horizontal", [])
    ]
    return [re.sub(r" of \d+$", "", how["label"]) for how in drawn] + limits


def picture(body: Body) -> str:
    """Return the dashboard's grid as SVG: each widget with its title and its lines' names."""
    height = max(one["y"] + one["height"] for one in body["widgets"]) * _LINE
    drawn = "\n".join(_drawn(one) for one in body["widgets"])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * _COLUMN} {height}" '
        'font-family="sans-serif" font-size="11">\n'
        f'<rect width="100%" height="100%" fill="#f4f4f4"/>\n{drawn}\n</svg>\n'
    )


def _drawn(widget: Mapping[str, Any]) -> str:
    x, y = widget["x"] * _COLUMN + 3, widget["y"] * _LINE + 3
    wide, high = widget["width"] * _COLUMN - 6, widget["height"] * _LINE - 6
    title, lines = _said(widget)
    fits = max(0, (high - 22) // _TEXT)
    shown = (
        lines if len(lines) <= fits else [*lines[: fits - 1], f"and {len(lines) - fits + 1} more"]
    )
    letters = wide // 6
    texts = "".join(
        f'<text x="{x + 8}" y="{y + 32 + number * _TEXT}" fill="#555">{_cut(line, letters)}</text>'
        for number, line in enumerate(shown[:fits])
    )
    fill = "#f4f4f4" if widget["type"] == "text" else "#fff"
    return (
        f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="3" fill="{fill}" '
        f'stroke="{"none" if fill == "#f4f4f4" else "#bbb"}"/>'
        f'<text x="{x + 8}" y="{y + 15}" font-weight="bold">{_cut(title, letters)}</text>{texts}'
    )


def _said(widget: Mapping[str, Any]) -> tuple[str, list[str]]:
    shown = widget["properties"]
    match widget["type"]:
        case "text":
            first, *rest = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", shown["markdown"]).splitlines()
            return first.lstrip("# "), [line for line in rest if line]
        case "alarm":
            return shown["title"], [f"{len(shown['alarms'])} alarms"]
    return shown["title"], lines_of(widget)


def _cut(text: str, letters: int) -> str:
    return escape(text if len(text) <= letters else f"{text[: letters - 1]}…")


def written(bodies: Mapping[str, Body]) -> dict[Path, str]:
    """Return every file that shows the dashboards, with its contents."""
    pictures = {PICTURES / f"dashboard-{name}.svg": picture(bodies[name]) for name in _ABOUT}
    return {PAGE: page(bodies), **pictures}


def main() -> None:
    """Synthesize stage `prod` over stub code, and write the page and its pictures."""
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
    # These start a Node process.
    from aws_cdk import App, Environment

    from infra.app import build
    from infra.config import stage
    from tests.infra.stubs import lay_stubs
    from tests.infra.templates import read_assembly

    with tempfile.TemporaryDirectory() as folder:
        assets, out = Path(folder, "assets"), Path(folder, "out")
        lay_stubs(assets)
        context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
        app = App(outdir=str(out), context=context, analytics_reporting=False)
        build(app, stage("prod"), assets, Environment(region="eu-west-1"))
        app.synth()
        found = read_assembly(out).dashboards()
    for path, text in written(found).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
