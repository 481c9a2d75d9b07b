"""Names that others chose, as parts of our keys: they cannot lead anywhere else."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

from countinghouse.domain.errors import Invalid

NAME_MAX = 100
VALUE_MAX = 300
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]")
_OWN = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,200}(?:/(?!\.)[A-Za-z0-9._-]{1,200}){0,5}")


def key_part(text: str) -> str:
    """A foreign text as one part of a key: letters, digits, `.`, `_` and `-`, at most 113.

    A text that has to be altered gets a piece of its hash, so that no two texts become one part.
    """
    safe = _FOREIGN.sub("_", text)[:NAME_MAX]
    if safe == text and text and not text.startswith("."):
        return text
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return f"{safe.lstrip('.')}-{digest[:12]}"


def partition_value(text: str) -> str:
    """A value in a partition's name, percent-encoded as Hive does it: queries read it back.

    Raises Invalid when it would not fit a key.
    """
    value = quote(text, safe=":")
    if len(value) > VALUE_MAX:
        raise Invalid("that is too long to find lines by")
    return value


def own_name(text: str) -> str:
    """A name of our own, with folders perhaps, unaltered. Raises Invalid when it is none."""
    if not _OWN.fullmatch(text):
        raise Invalid("that is not a name of a document")
    return text
