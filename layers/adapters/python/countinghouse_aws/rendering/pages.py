"""The paper that documents are printed on: page sizes, type, tables, header and page numbers."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, LongTable, PageTemplate, Paragraph

# No dates, no random ids: what is printed depends on the document and on nothing else.
rl_config.invariant = 1

PORTRAIT = "portrait"
LANDSCAPE = "landscape"
_MARGIN = 18 * mm
_FOOT = 12 * mm
_INK = colors.HexColor("#1f2933")
_QUIET = colors.HexColor("#616e7c")
_RULE = colors.HexColor("#cbd2d9")
_SHADE = colors.HexColor("#f0f3f6")
_LONGEST_PLAIN = 22
"""Texts up to here fit their column as they are; longer ones are wrapped, which takes time."""

_SIZES = {PORTRAIT: A4, LANDSCAPE: landscape(A4)}

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12, textColor=_INK)
QUIET = ParagraphStyle("quiet", parent=BODY, fontSize=8, leading=10, textColor=_QUIET)
TITLE = ParagraphStyle("title", parent=BODY, fontName="Helvetica-Bold", fontSize=18, leading=23)
HEADING = ParagraphStyle(
    "heading", parent=BODY, fontName="Helvetica-Bold", fontSize=11, leading=14, spaceBefore=12
)
RIGHT = ParagraphStyle("right", parent=BODY, alignment=TA_RIGHT)
_CELL = ParagraphStyle("cell", parent=BODY, fontSize=7, leading=8.5)


def text(words: str, style: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph; nothing in the words is taken for markup, and their lines are kept."""
    return Paragraph(escape(words).replace("\n", "<br/>"), style)


def facts(rows: Sequence[tuple[str, str]], width: float = 120 * mm) -> LongTable:
    """Names and values, one below the other."""
    cells = [[text(name, QUIET), text(value)] for name, value in rows]
    table = LongTable(cells, colWidths=[width / 3, 2 * width / 3], hAlign="LEFT")
    table.setStyle(
        [
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )
    return table


def grid(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    texts: int = 1,
    totals: int = 0,
) -> LongTable:
    """A table of `texts` columns of words and then numbers; its last `totals` rows are sums.

    The head is printed again on every page. `widths` are millimetres.
    """
    cells: list[list[Any]] = [list(head)]
    cells += [[_wrapped(cell) for cell in row] for row in rows]
    table = LongTable(cells, colWidths=[width * mm for width in widths], repeatRows=1)
    last = len(cells) - totals
    style: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), "Helvetica", 7),
        ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 7),
        ("TEXTCOLOR", (0, 0), (-1, -1), _INK),
        ("BACKGROUND", (0, 0), (-1, 0), _SHADE),
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, _RULE),
        ("ALIGN", (texts, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.2),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
    if totals:
        style += [
            ("FONT", (0, last), (-1, -1), "Helvetica-Bold", 7),
            ("LINEABOVE", (0, last), (-1, last), 0.8, _INK),
        ]
    table.setStyle(style)
    return table


def _wrapped(cell: str) -> str | Paragraph:
    return text(cell, _CELL) if len(cell) > _LONGEST_PLAIN else cell


class _Numbered(Canvas):
    """A canvas that knows how many pages there are: it prints the feet when all are drawn."""

    def __init__(self, *arguments: Any, foot: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._foot = foot
        self._pages: list[Mapping[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keep the page instead of writing it: its foot needs the number of pages."""
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        """Write every page with its foot."""
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            width, _ = self._pagesize  # type: ignore[attr-defined]
            self.setFont("Helvetica", 7)
            self.setFillColor(_QUIET)
            self.drawString(_MARGIN, _FOOT, self._foot)
            self.drawRightString(width - _MARGIN, _FOOT, f"Page {number} of {len(self._pages)}")
            super().showPage()
        super().save()


def printed(story: Sequence[Flowable], *, title: str, author: str, foot: str) -> bytes:
    """The story as a PDF; the same story is always the same bytes."""
    content = io.BytesIO()
    document = BaseDocTemplate(
        content,
        pagesize=_SIZES[PORTRAIT],
        title=title,
        author=author,
        subject=foot,
        creator="Countinghouse",
        producer="Countinghouse",
        # Compressed bytes would depend on the machine's zlib.
        pageCompression=0,
        lang="en",
    )
    document.addPageTemplates([_template(name) for name in (PORTRAIT, LANDSCAPE)])

    def canvas(*arguments: Any, **options: Any) -> Canvas:
        return _Numbered(*arguments, foot=foot, **options)

    document.build(list(story), canvasmaker=canvas)
    return content.getvalue()


def _template(name: str) -> PageTemplate:
    width, height = _SIZES[name]
    frame = Frame(_MARGIN, _MARGIN, width - 2 * _MARGIN, height - 2 * _MARGIN, 0, 0, 0, 0)
    return PageTemplate(name, [frame], pagesize=_SIZES[name])
