"""Who is who among callers: a second pair of eyes has to be another person's."""

from __future__ import annotations

_ASSUMED = "assumed-role/"
_ARN_PARTS = 6


def same_person(one: str, other: str) -> bool:
    """Whether two callers' ARNs are, or may be, one person's.

    They are when they are equal, and may be when they are two roles assumed under one session name:
    IAM Identity Center makes that the user's name, and `sts:RoleSessionName` in a role's trust
    policy demands it. Who may call as finance and as approver is still one person.
    """
    if one == other:
        return True
    session = _session(one)
    return session is not None and session == _session(other)


def _session(arn: str) -> str | None:
    """The session name of `arn:aws:sts::000000000000:assumed-role/role/session`; None of others."""
    parts = arn.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or parts[2] != "sts" or not parts[-1].startswith(_ASSUMED):
        return None
    return parts[-1].rpartition("/")[2].casefold()
