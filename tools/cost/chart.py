"""Stacked bars as SVG, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from xml.sax.saxutils import escape

Bars = Mapping[str, Mapping[str, Decimal]]
_COLOURS = (
    *("#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#edc948"),
    *("#b07aa1", "#ff9da7", "#9c755f", "#bab0ac", "#86bcb6", "#d37295"),
)
_WIDTH, _LEFT, _BAR, _GAP, _TOP = 860, 210, 26, 12, 34


def stacked(title: str, unit: str, bars: Bars) -> str:
    """One bar a row, its parts side by side, and what each colour is below."""
    parts = list(dict.fromkeys(part for bar in bars.values() for part in bar))
    colours = {part: _COLOURS[place % len(_COLOURS)] for place, part in enumerate(parts)}
    widest = max(sum(bar.values(), Decimal(0)) for bar in bars.values())
    scale = Decimal(_WIDTH - _LEFT - 70) / widest
    lines = [_text(8, 20, title, "bold")]
    y = _TOP
    for name, bar in bars.items():
        lines.append(_text(8, y + 17, name))
        x = Decimal(_LEFT)
        for part, value in bar.items():
            width = value * scale
            box = f'x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAR}"'
            told = escape(f"{part}: {value:.2f}")
            lines.append(f'<rect {box} fill="{colours[part]}"><title>{told}</title></rect>')
            x += width
        lines.append(_text(int(x) + 6, y + 17, f"{sum(bar.values(), Decimal(0)):.2f} {unit}"))
        y += _BAR + _GAP
    for place, part in enumerate(parts):
        x, row = Decimal(_LEFT + place % 3 * 210), y + 8 + place // 3 * 20
        box = f'x="{x}" y="{row}" width="12" height="12"'
        lines += [f'<rect {box} fill="{colours[part]}"/>', _text(int(x) + 18, row + 11, part)]
    height = y + 20 + (len(parts) + 2) // 3 * 20
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
    style = 'font-family="sans-serif" font-size="13">'
    ground = f'<rect width="{_WIDTH}" height="{height}" fill="white"/>'
    return "\n".join([head + style, ground, *lines, "</svg>"]) + "\n"


def _text(x: int, y: int, text: str, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" font-weight="{weight}">{escape(text)}</text>'
