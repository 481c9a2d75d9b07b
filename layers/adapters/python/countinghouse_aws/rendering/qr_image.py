"""QR codes as pictures. Needs the layer `qr`."""

from __future__ import annotations

import io

import segno

_QUIET_ZONE = 4
"""Modules of white around the code, without which cameras miss it (ISO/IEC 18004, 6.3.8)."""


def qr_svg(text: str) -> bytes:
    """The text as an SVG document that scales, with no reference to anything outside.

    Error correction M (15 %): a screen is not soiled, and a payload stays readable in a hand's
    size. Raises ValueError for more text than a code holds.
    """
    out = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(
        out, kind="svg", border=_QUIET_ZONE, light="#fff", omitsize=True, xmldecl=True, svgns=True
    )
    return out.getvalue()
