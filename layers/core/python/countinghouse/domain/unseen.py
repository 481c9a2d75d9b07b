"""Characters that print nothing, behind which a name or a number could hide."""

from __future__ import annotations

import unicodedata

_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0").union(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
"""To Unicode letters or marks, and yet they print nothing (Default_Ignorable_Code_Point, beside the
format characters): the grapheme joiner, Hangul fillers, variation selectors."""


def is_unseen(char: str) -> bool:
    """Whether a character prints nothing, so that a word looks the same with it inside."""
    return unicodedata.category(char) == "Cf" or char in _FILLERS
