"""The demo under the emulator's IAM enforcement, and the proof that enforcement was on.

The functions act with the roles that CDK synthesized; whoever calls the API, with an IAM user's
right to call it. Then one grant is taken from one role: what needs it fails, until it is back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from tools.client import Client
from tools.proof.claims import Claim, Proof, Run
from tools.secure.enforcing import Enforced, enforced_system, runs

FUNCTION = "orders"
ACTION = "dynamodb:GetItem"
_POLICY = "own"
_NO_ORDER = "/v1/orders/ord_of_the_enforcement_proof"
_NOT_FOUND = 404
_BROKEN = 500
NOT_ASKED = (
    "What the emulator (ministack 1.5.33) does not ask of any role, so that no run here shows it: "
    "the roles of state machines, of EventBridge rules and of Firehose; what Lambda does in a "
    "function's name when it polls queues and streams, writes logs and sends failures on; what "
    "Athena does in a caller's name in Glue and S3; the customer's key. Tests of the templates "
    "(`tests/infra`) and the step `grants` look at those instead."
)


def prove(run: Run) -> Proof:
    """Play the demo with enforcement on, then take a grant away and give it back."""
    with enforced_system("enforced") as system:
        told = True if run.quick else runs(run, "demo enforced", "tools.cli", "demo")
        asked = system.asked()
        before = _refusals(system)
        claims = [] if run.quick else [_demo(told, asked.seen, before)]
        claims += _negative(system, before)
    return Proof(tuple(claims), NOT_ASKED)


def _demo(told: bool, seen: dict[str, set[str]], refused: int) -> Claim:
    kinds = sum(map(len, seen.values()))
    return Claim(
        "the whole demo passes with every function in its own role",
        f"{kinds} kinds of request of {len(seen)} roles allowed, {refused} refused",
        holds=told and bool(kinds) and not refused,
    )


def _negative(system: Enforced, before: int) -> list[Claim]:
    client = system.client
    whole = client.get(_NO_ORDER).status
    with _without(client, FUNCTION, ACTION):
        cut = client.get(_NO_ORDER).status
    again = client.get(_NO_ORDER).status
    refused = system.asked().refused.get(FUNCTION, set())
    return [
        Claim(
            f"without {ACTION} in its role, `{FUNCTION}` cannot read an order",
            f"{cut} instead of {whole}; refused: {', '.join(sorted(refused)) or 'nothing'}",
            holds=cut >= _BROKEN
            and whole == _NOT_FOUND
            and any(one.startswith(f"{ACTION} ") for one in refused)
            and _refusals(system) > before,
        ),
        Claim("with the grant back, it can", str(again), holds=again == _NOT_FOUND),
    ]


def _refusals(system: Enforced) -> int:
    return sum(map(len, system.asked().refused.values()))


@contextmanager
def _without(client: Client, function: str, action: str) -> Iterator[None]:
    """A function's role without an action, for the length of the block."""
    iam, physical = client.aws("iam"), client.endpoints.function_names[function]
    found = client.aws("lambda").get_function_configuration(FunctionName=physical)
    role = found["Role"].rpartition("/")[2]
    kept = _document(iam.get_role_policy(RoleName=role, PolicyName=_POLICY)["PolicyDocument"])
    _put(iam, role, without(kept, action))
    try:
        yield
    finally:
        _put(iam, role, kept)


def without(policy: dict[str, Any], action: str) -> dict[str, Any]:
    """Return the policy less an action; a statement of it alone goes.

    Raises ValueError when no statement has it: then nothing would be proved.
    """
    left = []
    for statement in policy["Statement"]:
        actions = statement["Action"]
        listed = [actions] if isinstance(actions, str) else list(actions)
        remaining = [one for one in listed if one != action]
        if remaining:
            left.append({**statement, "Action": remaining})
    cut = {**policy, "Statement": left}
    if cut == policy or json.dumps(cut).count(action) == json.dumps(policy).count(action):
        raise ValueError(f"the role never had {action}")
    return cut


def _document(found: Any) -> dict[str, Any]:
    """Return a policy, which IAM hands out as an object or as quoted text."""
    if isinstance(found, str):
        found = json.loads(unquote(found))
    document: dict[str, Any] = found
    return document


def _put(iam: Any, role: str, policy: dict[str, Any]) -> None:
    iam.put_role_policy(RoleName=role, PolicyName=_POLICY, PolicyDocument=json.dumps(policy))
