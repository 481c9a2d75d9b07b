"""Who calls, and what their roles let them do. A route without a role is public; one that is not in
a function's route table does not exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from countinghouse.domain.errors import Forbidden

ROLES = ("checkout", "fulfilment", "finance", "approver", "support", "operator")
"""Every role there is (docs/security: who may call)."""

Grants = Mapping[str, Sequence[str]]
"""Which roles the stage gives to which callers: ARN pattern to role names."""


def caller_arn(authorizer: Mapping[str, Any]) -> str:
    """The principal that the IAM authorizer found; empty on public routes."""
    return str((authorizer.get("iam") or {}).get("userArn") or "")


def roles_of(arn: str, grants: Grants) -> frozenset[str]:
    """The roles that the stage grants to an ARN: every pattern that fits adds its own."""
    return frozenset(
        role
        for pattern, roles in grants.items()
        if arn and fnmatchcase(arn, pattern)
        for role in roles
    )


def authorize(arn: str, wanted: Sequence[str], grants: Grants) -> None:
    """Raise Forbidden unless the route is public or the caller has one of its roles."""
    if wanted and not roles_of(arn, grants).intersection(wanted):
        raise Forbidden(f"this call needs one of the roles {', '.join(wanted)}")
