"""Mutants that nothing can tell apart from the original, each with the reason."""

from collections.abc import Mapping

EQUIVALENT: Mapping[str, str] = {
    "signatures.verify: timestamp_s, given = _parse(header or '') -> "
    "timestamp_s, given = _parse(header or 'XXXX')": "neither text is a header",
}
