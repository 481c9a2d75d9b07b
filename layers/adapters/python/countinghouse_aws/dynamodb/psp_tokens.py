"""A checkout's sessions and tokens at the PSPs, as payments and orders store them."""

from __future__ import annotations

from collections.abc import Iterable

from countinghouse.domain.psp import PspSession, PspToken
from countinghouse_aws.dynamodb.codec import Plain, present


def encode_session(session: PspSession | None) -> Plain | None:
    """A session with its alternatives, as a payment stores it."""
    if session is None:
        return None
    return present(
        psp=session.psp,
        psp_token=session.psp_token,
        expires_at=session.expires_at,
        client_secret=session.client_secret,
        hosted_url=session.hosted_url,
        alternatives=[encode_session(other) for other in session.alternatives] or None,
    )


def decode_session(row: Plain | None) -> PspSession | None:
    """A session, from its stored form."""
    return None if row is None else _session(row)


def _session(row: Plain) -> PspSession:
    return PspSession(
        row["psp"],
        row["psp_token"],
        row["expires_at"],
        row.get("client_secret"),
        row.get("hosted_url"),
        tuple(map(_session, row.get("alternatives", []))),
    )


def encode_tokens(tokens: Iterable[PspToken]) -> list[Plain] | None:
    """An order's tokens at other PSPs, as it stores them."""
    return [
        present(psp=token.psp, psp_token=token.psp_token, expires_at=token.expires_at)
        for token in tokens
    ] or None


def decode_tokens(rows: Iterable[Plain]) -> tuple[PspToken, ...]:
    """An order's tokens, from their stored form."""
    return tuple(PspToken(row["psp"], row["psp_token"], row.get("expires_at")) for row in rows)
