"""Samples of the payout functions: what callers send, what is queued, what workflows ask."""

from __future__ import annotations

from dataclasses import replace

from countinghouse.domain.psp import SettlementKind
from countinghouse.messages import payouts_message
from countinghouse_aws.dynamodb.codec import Plain
from countinghouse_aws.dynamodb.payout_rows import encode_account, encode_payout
from tools.sample_events import payout_world as world
from tools.sample_events.gateway import SET, Call, Calls, thorough
from tools.sample_events.queues import UNREADABLE, batch
from tools.sample_events.streams import Change, four
from tools.sample_events.streams import batch as stream_batch
from tools.sample_events.world import Json

K = SettlementKind
_ONE = {"payout_id": world.PAYOUT_ID}
_NONE = {"payout_id": "po 1"}
_SELLER = {"seller_id": world.SELLER}
_LEAST: Json = {"seller_id": world.SELLER, "currency": "EUR"}


def _read(caller: str, path: dict[str, str], malformed: Call) -> Calls:
    call = Call(caller, path)
    return Calls(call, thorough(call), malformed)


def _keyed(key: str, body: Json) -> Call:
    return Call("finance", headers={"idempotency-key": key}, body=body)


CALLS = {
    "POST /v1/payouts": Calls(
        _keyed("key-90", _LEAST),
        thorough(_keyed("key-91", world.BODY)),
        _keyed("key-92", {**world.BODY, "amount": "12.00"}),
    ),
    "GET /v1/payouts": Calls(
        Call("finance"),
        thorough(Call("approver", query={**_SELLER, "status": "in_transit", "limit": "1"})),
        Call("finance", query={"status": "gone"}),
    ),
    "GET /v1/payouts/{payout_id}": _read("support", _ONE, Call("support", _NONE)),
    "GET /v1/payouts/{payout_id}/items": Calls(
        Call("finance", _ONE),
        thorough(Call("finance", _ONE, {"limit": "1"})),
        Call("finance", _ONE, {"limit": "1000"}),
    ),
    "POST /v1/payouts/{payout_id}/approve": _read("approver", _ONE, Call("approver", _NONE)),
    "POST /v1/payouts/{payout_id}/cancel": _read("finance", _ONE, Call("finance", _NONE)),
    "POST /v1/sellers/{seller_id}/bank-accounts": Calls(
        Call("finance", _SELLER, body={"currency": "EUR", "bank_account": "ba_amber"}),
        thorough(Call("finance", _SELLER, body={"currency": "EUR", "bank_account": "ba_amber_2"})),
        Call("finance", _SELLER, body={"currency": "EUR", "iban": "DE00"}),
    ),
    # Nothing in them can be malformed, so these come from a caller without the role.
    "GET /v1/sellers/{seller_id}/bank-accounts": _read(
        "finance", _SELLER, Call("checkout", _SELLER)
    ),
    "GET /v1/wallets/{seller_id}/payability": _read("support", _SELLER, Call("checkout", _SELLER)),
}

_MESSAGE = payouts_message(world.PAYOUT_ID)


def batches() -> dict[str, Json]:
    """The samples of queue `payouts`, by path."""
    return {
        "payout_events/minimal": batch("Payouts", _MESSAGE),
        "payout_events/full": batch("Payouts", _MESSAGE, payouts_message("po_unknown")),
        "payout_events/duplicate": batch("Payouts", _MESSAGE, _MESSAGE),
        "payout_events/malformed": batch("Payouts", UNREADABLE, _MESSAGE),
    }


_MONTHLY = {"currency": "EUR", "period": world.PERIOD}
_RUN = {"period": world.PERIOD}
_STEPS: dict[str, tuple[Json, Json, Json]] = {
    "advance": ({"payout_id": "po_held"}, dict(_ONE), {"payout": world.PAYOUT_ID}),
    "expire_approval": ({"payout_id": "po_held"}, dict(_ONE), dict(_NONE)),
    "await": (
        {"payout_id": "po_held", "task_token": world.TOKEN},
        {**_ONE, "task_token": world.TOKEN},
        dict(_ONE),
    ),
    "list": (dict(_RUN), dict(_RUN), {"period": "November"}),
    "open": ({"seller_id": "s_none", **_MONTHLY}, {**_SELLER, **_MONTHLY}, {**_SELLER, **_RUN}),
    "report": ({"period": "2026-10"}, dict(_RUN), {}),
}


def payout_tasks() -> dict[str, Json]:
    """Every task of the payout workflows, by path. The duplicate is the full one, tried again."""
    found: dict[str, Json] = {}
    for step, (minimal, full, malformed) in _STEPS.items():
        samples = zip(SET, (minimal, full, full, malformed), strict=True)
        found |= {f"payout_steps/{step}/{name}": {"step": step, **one} for name, one in samples}
    return found


def changes() -> dict[str, Json]:
    """The samples of table `payout`'s stream, by path."""
    draft, on_its_way = encode_payout(world.draft()), encode_payout(world.on_its_way())
    more: dict[str, Change] = {
        "approved": (encode_payout(world.held()), encode_payout(world.approved())),
        "failed": (on_its_way, encode_payout(world.told(world.on_its_way(), K.FAILED))),
        "returned": (encode_payout(world.paid()), encode_payout(world.returned())),
        "conflicted": (on_its_way, _conflicted()),
        "bank_account": (None, encode_account(world.account())),
    }
    found = four(
        "payout",
        (None, draft),
        (on_its_way, encode_payout(world.paid())),
        (draft, {**draft, "status": "gone"}),
    )
    return found | {f"relay/payout/{name}": stream_batch("payout", c) for name, c in more.items()}


def _conflicted() -> Plain:
    alone = replace(world.on_its_way(), task_token=None, awaited=None)
    return encode_payout(world.told(alone, K.SUCCEEDED, amount_minor=1))
