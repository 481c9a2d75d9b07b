"""What takes a second person: tried by the same one, in disguise, by others, at once and again.

On the real handlers, wiring and tables. `eyes` gives every attempt with what should become of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from countinghouse.domain.errors import Conflict
from countinghouse.domain.ledger import parse_ledger_id
from countinghouse.domain.payout_steps import approve
from countinghouse.domain.posting import addresses_of, plan_posting
from countinghouse.domain.proposal import PROPOSAL_TTL
from countinghouse.domain.proposal import approve as agree
from countinghouse.domain.wallet import WalletAddress
from countinghouse.ports.payouts import PayoutChange
from countinghouse.ports.proposals import ProposalChange
from countinghouse_aws.dynamodb.break_rows import encode_break
from countinghouse_aws.dynamodb.breaks import DynamoBreakBook
from countinghouse_aws.dynamodb.findings import DynamoFindingBook
from countinghouse_aws.dynamodb.ledger import DynamoJournals, DynamoLedger
from countinghouse_aws.dynamodb.payout_rows import encode_payout
from countinghouse_aws.dynamodb.payouts import DynamoPayoutBook
from countinghouse_aws.dynamodb.proposals import DynamoProposalBook
from tests.security.gateway import Reply, Sent, arn_of, signed
from tests.security.house import House
from tools.sample_events import audits, payout_world, reconciliations

ASKED = "both:ada"
"""Who asks: she may ask and may approve, so that nothing but the rule stands in her way."""

SAME = "both:ada"
DISGUISED = "approver:ada"
"""The same person in another role."""

OTHER = "approver:kay"
THIRD = "approver:linus"
WITHOUT_ROLE = "finance:grace"
PAYOUT_ID = "po_four_eyes"
AMOUNT_ABOVE = 900_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at an action: who, what came back, and what should have."""

    action: str
    who: str
    wanted: int
    got: int
    wrong: str = ""

    @property
    def holds(self) -> bool:
        """Whether it went as it should."""
        return self.wanted == self.got and not self.wrong


def eyes(house: House) -> Iterator[Attempt]:
    """Every attempt at every action."""
    alone = (_payout, _break, _finding, _booking, _entry, _short_of_money)
    races = (_race_for_payout, _race_for_break, _race_for_finding, _race_for_booking)
    for action in (*alone, *races):
        house.fresh()
        yield from action(house)
    for stale in (_stale_approval, _stale_booking):
        house.fresh()
        yield stale(house)


def _called(house: House, who: str, path: str, body: object = None, key: str = "") -> Reply:
    headers = [("authorization", signed(who)), ("content-type", "application/json")]
    headers += [("idempotency-key", key)] if key else []
    raw = b"" if body is None else json.dumps(body).encode()
    return house.gateway.answer(Sent("POST", path, headers=headers, body=raw))


# Payouts above the limit.

_APPROVE = f"/v1/payouts/{PAYOUT_ID}/approve"


def _held(house: House) -> None:
    held = replace(payout_world.held(), payout_id=PAYOUT_ID, requested_by=arn_of(ASKED))
    house.tables.payouts.add(encode_payout(held))


def _payouts(house: House) -> DynamoPayoutBook:
    return DynamoPayoutBook(
        house.tables.payouts, lambda: DynamoLedger(house.tables.ledger, house.tables.wallet)
    )


def _payout(house: House) -> Iterator[Attempt]:
    _held(house)

    def tried(case: str, who: str, wanted: int, approved_by: str | None) -> Attempt:
        got = _called(house, who, _APPROVE).status
        stored = _payouts(house).get(PAYOUT_ID)
        by = stored.approved_by if stored else "gone"
        wrong = "" if by == approved_by else f"approved by {by}"
        return Attempt(f"approve a payout: {case}", who, wanted, got, wrong)

    yield tried("who asked", SAME, 403, None)
    yield tried("who asked, in another role", DISGUISED, 403, None)
    yield tried("another without the role", WITHOUT_ROLE, 403, None)
    yield tried("another", OTHER, 202, arn_of(OTHER))
    yield tried("the same again", OTHER, 202, arn_of(OTHER))
    yield tried("a third, afterwards", THIRD, 409, arn_of(OTHER))
    yield tried("who asked, afterwards", SAME, 409, arn_of(OTHER))


def _race_for_payout(house: House) -> Iterator[Attempt]:
    _held(house)
    second: list[Reply] = []
    with _before(DynamoPayoutBook, lambda: second.append(_called(house, THIRD, _APPROVE))):
        first = _called(house, OTHER, _APPROVE)
    stored = _payouts(house).get(PAYOUT_ID)
    won = stored is not None and stored.approved_by == arn_of(THIRD)
    yield Attempt("approve a payout: two at once, who writes first", THIRD, 202, second[0].status)
    yield Attempt(
        "approve a payout: two at once, who read before that",
        OTHER,
        409,
        first.status,
        "" if won else "the later write stands",
    )


def _stale_approval(house: House) -> Attempt:
    """An approval decided on what was read before the payout was called off."""
    _held(house)
    book = _payouts(house)
    read = book.get(PAYOUT_ID)
    if read is None:
        raise LookupError(PAYOUT_ID)
    _called(house, ASKED, f"/v1/payouts/{PAYOUT_ID}/cancel")
    try:
        book.commit(PayoutChange(read, approve(read, arn_of(OTHER), house.clock.now_ms)))
    except Conflict:
        got = 409
    else:
        got = 202
    now = book.get(PAYOUT_ID)
    wrong = "" if now is not None and now.status == "cancelled" else "the cancelled payout moved"
    return Attempt("approve a payout: called off since it was read", OTHER, 409, got, wrong)


# Breaks above the limit.

_BREAK_ID = "brk_0f0000000000000000000000"
_RESOLVE = f"/v1/breaks/{_BREAK_ID}/resolve"
_REASON = "the bank paid that much less, see case 81"


def _broken(house: House) -> None:
    found = replace(reconciliations.found(), break_id=_BREAK_ID, residuals=(("EUR", AMOUNT_ABOVE),))
    house.tables.reconciliation.add(encode_break(found))


def _decided(house: House, who: str, action: str) -> Reply:
    return _called(house, who, _RESOLVE, {"action": action, "reason": _REASON})


def _booked(house: House) -> int:
    """How many journals of the write-off there are, by the break's own word."""
    found = _breaks(house).get(_BREAK_ID)
    return len(found.standing) if found else -1


def _breaks(house: House) -> DynamoBreakBook:
    ledger = DynamoLedger(house.tables.ledger, house.tables.wallet)
    return DynamoBreakBook(house.tables.reconciliation, lambda: ledger)


def _break(house: House) -> Iterator[Attempt]:
    _broken(house)

    def tried(case: str, who: str, action: str, wanted: int, journals: int) -> Attempt:
        got, found = _decided(house, who, action).status, _booked(house)
        wrong = "" if found == journals else f"{found} journals are booked"
        return Attempt(f"close a break above the limit: {case}", who, wanted, got, wrong)

    yield tried("asked for", ASKED, "write_off", 202, 0)
    yield tried("who asked, again", SAME, "write_off", 202, 0)
    yield tried("who asked, approving", SAME, "approve", 403, 0)
    yield tried("who asked, in another role", DISGUISED, "approve", 403, 0)
    yield tried("who asked, asking in another role", DISGUISED, "write_off", 202, 0)
    yield tried("another without the role", WITHOUT_ROLE, "approve", 403, 0)
    yield tried("another without the role, asking the same", WITHOUT_ROLE, "write_off", 403, 0)
    yield tried("another without the role, calling it off", WITHOUT_ROLE, "reject", 403, 0)
    yield tried("another", OTHER, "approve", 202, 1)
    yield tried("the same again", OTHER, "approve", 202, 1)
    yield tried("a third, afterwards", THIRD, "approve", 409, 1)
    yield tried("who asked, afterwards", SAME, "approve", 409, 1)


def _race_for_break(house: House) -> Iterator[Attempt]:
    _broken(house)
    _decided(house, ASKED, "write_off")
    second: list[Reply] = []
    with _before(DynamoBreakBook, lambda: second.append(_decided(house, THIRD, "approve"))):
        first = _decided(house, OTHER, "approve")
    name, found = "close a break above the limit: two at once", _booked(house)
    yield Attempt(f"{name}, who writes first", THIRD, 202, second[0].status)
    wrong = "" if found == 1 else f"{found} journals are booked"
    yield Attempt(f"{name}, who read before that", OTHER, 409, first.status, wrong)


# Findings, which nobody asked for but the audit: the person who answers for one is the second.

_REPORTED = audits.finding()
_ANSWER = f"/v1/audit/findings/{_REPORTED.finding_id}/acknowledge"


def _answered(house: House, who: str) -> Reply:
    return _called(house, who, _ANSWER, {"reason": "looked at, and mended"})


def _by(house: House) -> str | None:
    found = DynamoFindingBook(house.tables.balances).get(_REPORTED.finding_id)
    return found.acknowledged_by if found else "gone"


def _finding(house: House) -> Iterator[Attempt]:
    def tried(case: str, who: str, wanted: int, by: str | None) -> Attempt:
        got, found = _answered(house, who).status, _by(house)
        wrong = "" if found == by else f"answered for by {found}"
        return Attempt(f"answer for a finding: {case}", who, wanted, got, wrong)

    yield tried("without the role", WITHOUT_ROLE, 403, None)
    yield tried("an approver", OTHER, 200, arn_of(OTHER))
    yield tried("the same again", OTHER, 200, arn_of(OTHER))
    yield tried("another, afterwards", THIRD, 409, arn_of(OTHER))


def _race_for_finding(house: House) -> Iterator[Attempt]:
    second: list[Reply] = []
    act = lambda: second.append(_answered(house, THIRD))  # noqa: E731
    with _before(DynamoFindingBook, act, "acknowledge"):
        first = _answered(house, OTHER)
    wrong = "" if _by(house) == arn_of(THIRD) else "the later write stands"
    name = "answer for a finding: two at once"
    yield Attempt(f"{name}, who writes first", THIRD, 200, second[0].status)
    yield Attempt(f"{name}, who read before that", OTHER, 409, first.status, wrong)


# Bookings by hand above the limit: journals, and entries in a seller's wallet.

_LARGE = {"amount": AMOUNT_ABOVE, "currency": "EUR", "transact_type": "credit"}
_WHY = {"reason": "paid for a lost parcel", "reference": "case_four_eyes"}
_JOURNAL = {**_LARGE, **_WHY, "account": "seller_available:s_four_eyes"}
_ENTRY = {**_LARGE, **_WHY, "seller_id": "s_four_eyes"}
_BOOK = "book by hand above the limit"
_WALLET = WalletAddress("seller:s_four_eyes", "EUR")


def _proposed(house: House, path: str = "/v1/ledger", **changes: object) -> Reply:
    body = {**(_JOURNAL if path == "/v1/ledger" else _ENTRY), **changes}
    return _called(house, ASKED, path, body, "four-eyes")


def _agreed(house: House, who: str, proposal_id: str, step: str = "approve") -> Reply:
    return _called(house, who, f"/v1/ledger/proposals/{proposal_id}/{step}")


def _entries(house: House) -> int:
    """How many journals there are in the seller's wallet."""
    return _ledger(house).wallets([_WALLET])[_WALLET].sequence


def _ledger(house: House) -> DynamoLedger:
    return DynamoLedger(house.tables.ledger, house.tables.wallet)


def _proposals(house: House) -> DynamoProposalBook:
    return DynamoProposalBook(house.tables.proposals, _ledger(house))


def _booking(house: House) -> Iterator[Attempt]:
    proposal_id = str(json.loads(_proposed(house).content)["proposal_id"])

    def tried(case: str, who: str, wanted: int, journals: int, reply: Reply) -> Attempt:
        found = _entries(house)
        wrong = "" if found == journals else f"{found} journals are booked"
        return Attempt(f"{_BOOK}: {case}", who, wanted, reply.status, wrong)

    def agreed(case: str, who: str, wanted: int, journals: int) -> Attempt:
        return tried(case, who, wanted, journals, _agreed(house, who, proposal_id))

    yield tried("asked for again", ASKED, 202, 0, _proposed(house))
    yield tried("less, under the same key", ASKED, 422, 0, _proposed(house, amount=1))
    yield agreed("who asked", SAME, 403, 0)
    yield agreed("who asked, in another role", DISGUISED, 403, 0)
    yield agreed("another without the role", WITHOUT_ROLE, 403, 0)
    yield agreed("another", OTHER, 200, 1)
    yield agreed("the same again", OTHER, 200, 1)
    yield agreed("a third, afterwards", THIRD, 409, 1)
    yield agreed("who asked, afterwards", SAME, 409, 1)
    called_off = _agreed(house, ASKED, proposal_id, "cancel")
    yield tried("who asked, calling it off afterwards", ASKED, 409, 1, called_off)
    yield tried("asked for once more", ASKED, 202, 1, _proposed(house))
    yield _named(house, proposal_id)


def _named(house: House, proposal_id: str) -> Attempt:
    """Whether the journal itself names both persons."""
    booked = _proposals(house).get(proposal_id)
    key = parse_ledger_id(booked.ledger_id) if booked and booked.ledger_id else None
    journal = DynamoJournals(house.tables.ledger).journal(key) if key else None
    cause = journal.cause if journal else "nothing is booked"
    both = arn_of(ASKED) in cause and arn_of(OTHER) in cause
    wrong = "" if both else f"the journal says {cause}"
    return Attempt(f"{_BOOK}: its journal names both", OTHER, 200, 200, wrong)


def _entry(house: House) -> Iterator[Attempt]:
    """The same by the other route, until it is called off or its time is over."""
    proposal_id = str(json.loads(_proposed(house, "/v1/wallet").content)["proposal_id"])
    own = _agreed(house, SAME, proposal_id)
    yield _unbooked(house, "an entry, who asked", SAME, 403, own)
    house.clock.now_ms += PROPOSAL_TTL
    late = _agreed(house, OTHER, proposal_id)
    yield _unbooked(house, "an entry, after seven days", OTHER, 409, late)
    house.clock.now_ms -= PROPOSAL_TTL
    called_off = _agreed(house, ASKED, proposal_id, "cancel")
    yield _unbooked(house, "an entry, who asked, calling it off", ASKED, 200, called_off)
    after = _agreed(house, OTHER, proposal_id)
    yield _unbooked(house, "an entry, another, when it is called off", OTHER, 409, after)


def _unbooked(house: House, case: str, who: str, wanted: int, reply: Reply) -> Attempt:
    found = _entries(house)
    wrong = f"{found} journals are booked" if found else ""
    return Attempt(f"{_BOOK}: {case}", who, wanted, reply.status, wrong)


def _short_of_money(house: House) -> Iterator[Attempt]:
    """A debit whose money is gone when somebody agrees."""
    small = {**_ENTRY, "amount": 1}
    credit = json.loads(_proposed(house, "/v1/wallet").content)["proposal_id"]
    _agreed(house, OTHER, str(credit))
    debit = {**_ENTRY, "transact_type": "debit"}
    asked = _called(house, ASKED, "/v1/wallet", debit, "debit")
    _called(house, ASKED, "/v1/wallet", {**small, "transact_type": "debit"}, "spent")
    proposal_id = str(json.loads(asked.content)["proposal_id"])
    reply, found = _agreed(house, OTHER, proposal_id), _entries(house)
    still = _proposals(house).get(proposal_id)
    waits = still is not None and still.status == "awaiting_approval"
    wrong = "" if waits and found == 2 else f"{found} journals, {still and still.status}"
    yield Attempt(f"{_BOOK}: another, without the money", OTHER, 422, reply.status, wrong)
    _called(house, ASKED, "/v1/wallet", small, "given-back")
    again, found = _agreed(house, OTHER, proposal_id), _entries(house)
    wrong = "" if found == 4 else f"{found} journals are booked"
    yield Attempt(f"{_BOOK}: another, when it is there", OTHER, 200, again.status, wrong)


def _race_for_booking(house: House) -> Iterator[Attempt]:
    proposal_id = str(json.loads(_proposed(house).content)["proposal_id"])
    second: list[Reply] = []
    act = lambda: second.append(_agreed(house, THIRD, proposal_id))  # noqa: E731
    with _before(DynamoProposalBook, act):
        first = _agreed(house, OTHER, proposal_id)
    found = _entries(house)
    yield Attempt(f"{_BOOK}: two at once, who writes first", THIRD, 200, second[0].status)
    wrong = "" if found == 1 else f"{found} journals are booked"
    yield Attempt(f"{_BOOK}: two at once, who read before that", OTHER, 409, first.status, wrong)


def _stale_booking(house: House) -> Attempt:
    """An approval decided on what was read before the proposal was called off."""
    proposal_id = str(json.loads(_proposed(house).content)["proposal_id"])
    book, now = _proposals(house), house.clock.now_ms
    read = book.get(proposal_id)
    if read is None:
        raise LookupError(proposal_id)
    journal = read.journal(now, arn_of(OTHER))
    posting = plan_posting([journal], _ledger(house).wallets(addresses_of([journal]))).posting
    _agreed(house, ASKED, proposal_id, "cancel")
    try:
        book.commit(ProposalChange(read, agree(read, arn_of(OTHER), now), posting))
    except Conflict:
        got = 409
    else:
        got = 200
    found = _entries(house)
    wrong = f"{found} journals are booked" if found else ""
    return Attempt(f"{_BOOK}: called off since it was read", OTHER, 409, got, wrong)


def _before(book: type, act: Callable[[], object], name: str = "commit") -> Any:
    """A book whose next write is preceded by what another does."""
    write = getattr(book, name)
    waiting = [act]

    def interrupted(self: Any, *given: Any) -> Any:
        if waiting:
            waiting.pop()()
        return write(self, *given)

    return patch.object(book, name, interrupted)
