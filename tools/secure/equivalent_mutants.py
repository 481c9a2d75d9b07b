"""Mutants that nothing can tell apart from the original, each with the reason."""

from collections.abc import Mapping

EQUIVALENT: Mapping[str, str] = {
    "signatures.verify: timestamp_s, given = _parse(header or '') -> "
    "timestamp_s, given = _parse(header or 'XXXX')": "neither text is a header",
    "signatures.sign: return hmac.digest(secret.encode(), b'%d.%s' % (timestamp_s, body), 'sha256')"
    ".hex() -> return hmac.digest(secret.encode(), b'%d.%s' % (timestamp_s, body), 'SHA256')"
    ".hex()": "OpenSSL's names of digests know no case",
    "purse.Purse.return_: if leg.amount.minor > 0 and leg.account.kind not in BRIDGES: -> "
    "if leg.amount.minor >= 0 and leg.account.kind not in BRIDGES:": "no leg is of nothing",
    "payability.net_available: return max(0, held.get('available', 0) - held.get('debt', 0)) -> "
    "return max(0, held.get('available', 0) - held.get('debt', 1))": "a wallet has every bucket; "
    "without one nothing is available, and less than nothing is nothing",
    "fx.parse_ratio: numerator, slash, denominator = text.partition('/') -> "
    "numerator, slash, denominator = text.rpartition('/')": "one slash splits the same both ways; "
    "none or more are refused both ways",
    "fx.fresh: age = (start_of_day(day_of(now)) - start_of_day(table.as_of)) // DAY -> "
    "age = (start_of_day(day_of(now)) - start_of_day(table.as_of)) / DAY": "whole days apart",
    "fx_books._circle: kind, _, owner_id = owner.partition(':') -> "
    "kind, _, owner_id = owner.rpartition(':')": "an id has no colon",
}
