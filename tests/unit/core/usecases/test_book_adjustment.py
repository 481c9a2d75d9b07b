from dataclasses import replace

import pytest

from countinghouse import bookkeeping
from countinghouse.domain.accounts import Account
from countinghouse.domain.adjustment_rules import AdjustmentRules
from countinghouse.domain.errors import Conflict, InsufficientFunds, Invalid, KeyReused
from countinghouse.domain.ledger import TransactType
from countinghouse.domain.money import Money
from countinghouse.domain.posting import AdjustmentRequest, adjustment_journal
from countinghouse.domain.proposal import ProposalStatus
from countinghouse.domain.wallet import WalletAddress
from countinghouse.usecases.book_adjustment import (
    Adjusted,
    BookedAdjustment,
    ProposedAdjustment,
    book_adjustment,
)
from tests.builders import a_transfer
from tests.fakes.ledger import FakeLedger
from tests.fakes.proposals import RULES, FakeProposalBook, an_adjusting

S1 = WalletAddress("seller:s1", "EUR")
CREDIT = AdjustmentRequest(
    account=Account("seller_available", "s1"),
    amount=Money(500, "EUR"),
    transact_type=TransactType.CREDIT,
    counter_account=Account("adjustments"),
    reason="goodwill",
    reference="case-7",
    actor="arn:finance",
    idempotency_key="k1",
)
DEBIT = replace(CREDIT, transact_type=TransactType.DEBIT)
LARGE = replace(CREDIT, amount=Money(10_001, "EUR"))


def book(
    ledger: FakeLedger,
    request: AdjustmentRequest = CREDIT,
    scope: str = "scope",
    fingerprint: str = "body",
) -> BookedAdjustment:
    done = adjust(FakeProposalBook(ledger), request, scope, fingerprint)
    assert isinstance(done, BookedAdjustment)
    return done


def adjust(
    proposals: FakeProposalBook,
    request: AdjustmentRequest = CREDIT,
    scope: str = "scope",
    fingerprint: str = "body",
    rules: AdjustmentRules = RULES,
) -> Adjusted:
    return book_adjustment(request, scope, fingerprint, an_adjusting(proposals, rules))


def propose(
    proposals: FakeProposalBook,
    request: AdjustmentRequest = LARGE,
    scope: str = "scope",
    fingerprint: str = "body",
    rules: AdjustmentRules = RULES,
) -> ProposedAdjustment:
    done = adjust(proposals, request, scope, fingerprint, rules)
    assert isinstance(done, ProposedAdjustment)
    return done


def available(ledger: FakeLedger) -> int:
    return -ledger.wallets([S1])[S1].balances.get("seller_available:s1", 0)


def test_journal_wallet_and_key_are_one_commit() -> None:
    ledger = FakeLedger()

    booked = book(ledger)

    assert not booked.replayed
    (posting,) = ledger.commits
    assert (len(posting.journals), len(posting.wallets)) == (1, 1)
    assert posting.claim is not None
    assert posting.claim.ledger_id == booked.journal.ledger_id
    assert available(ledger) == 500


def test_the_same_key_and_body_books_once() -> None:
    ledger = FakeLedger()
    first = book(ledger)

    again = book(ledger)

    assert (again.journal, again.replayed) == (first.journal, True)
    assert available(ledger) == 500


def test_the_same_key_with_another_body_is_refused() -> None:
    ledger = FakeLedger()
    book(ledger)

    with pytest.raises(KeyReused):
        book(ledger, fingerprint="other body")

    assert available(ledger) == 500


def test_a_debit_beyond_what_is_available_writes_nothing() -> None:
    ledger = FakeLedger()
    book(ledger)
    commits = list(ledger.commits)

    with pytest.raises(InsufficientFunds):
        book(ledger, replace(DEBIT, amount=Money(501, "EUR"), idempotency_key="k2"), "scope2")

    assert ledger.commits == commits
    assert ledger.claim("scope2") is None


def test_a_refused_key_may_be_tried_again() -> None:
    ledger = FakeLedger()
    wanted = replace(DEBIT, idempotency_key="k2")
    with pytest.raises(InsufficientFunds):
        book(ledger, wanted, "scope2")
    book(ledger)

    assert not book(ledger, wanted, "scope2").replayed
    assert available(ledger) == 0


def test_a_wallet_that_moved_is_read_again() -> None:
    ledger = FakeLedger()
    move = a_transfer("adjustments", "seller_available:s1", 40)
    ledger.interfere.append(lambda: bookkeeping.book([move], ledger, ledger))

    assert not book(ledger).replayed
    assert available(ledger) == 540


def test_the_same_request_racing_itself_books_once() -> None:
    ledger = FakeLedger()
    ledger.interfere.append(lambda: book(ledger))

    booked = book(ledger)

    assert booked.replayed
    assert available(ledger) == 500


def test_another_body_racing_under_the_same_key_is_refused() -> None:
    ledger = FakeLedger()
    ledger.interfere.append(lambda: book(ledger, fingerprint="other body"))

    with pytest.raises(KeyReused):
        book(ledger)

    assert available(ledger) == 500


def test_a_wallet_that_keeps_moving_is_given_up() -> None:
    ledger = FakeLedger()
    moves = [a_transfer("adjustments", "seller_available:s1", 1, f"r{n}") for n in range(50)]
    ledger.interfere += [lambda move=move: _one(ledger, move) for move in moves]  # type: ignore[misc]

    with pytest.raises(Conflict):
        book(ledger)

    assert ledger.claim("scope") is None


def _one(ledger: FakeLedger, move: object) -> None:
    left = ledger.interfere[:]
    ledger.interfere.clear()
    bookkeeping.book([move], ledger, ledger)  # type: ignore[list-item]
    ledger.interfere += left


def test_at_the_limit_one_person_is_enough_and_above_it_nothing_is_booked() -> None:
    proposals = FakeProposalBook()
    at_limit = replace(CREDIT, amount=Money(10_000, "EUR"))
    assert isinstance(adjust(proposals, at_limit, "scope1"), BookedAdjustment)

    proposed = propose(proposals)

    assert not proposed.replayed
    assert proposed.proposal.status is ProposalStatus.AWAITING_APPROVAL
    assert (proposed.proposal.request, proposed.proposal.fingerprint) == (LARGE, "body")
    assert proposals.rows == {proposed.proposal.proposal_id: proposed.proposal}
    assert available(proposals.ledger) == 10_000


def test_a_proposal_and_its_key_are_one_commit() -> None:
    proposals = FakeProposalBook()

    propose(proposals)

    (posting,) = proposals.ledger.commits
    assert (posting.journals, posting.wallets) == ((), ())
    assert posting.claim is not None
    assert posting.claim.ledger_id == adjustment_journal(LARGE, 0).ledger_id


def test_the_same_key_and_body_propose_once_and_another_body_is_refused() -> None:
    proposals = FakeProposalBook()
    first = propose(proposals)

    assert propose(proposals) == replace(first, replayed=True)
    with pytest.raises(KeyReused):
        adjust(proposals, CREDIT, fingerprint="small")
    with pytest.raises(KeyReused):
        adjust(proposals, LARGE, fingerprint="other")
    assert (len(proposals.rows), available(proposals.ledger)) == (1, 0)


def test_a_repeat_is_answered_alike_whatever_the_limit_is_by_now() -> None:
    proposals = FakeProposalBook()
    proposed, booked = propose(proposals), adjust(proposals, CREDIT, "scope2")

    higher, none = AdjustmentRules({"EUR": 99_999}), AdjustmentRules()

    assert propose(proposals, rules=higher) == replace(proposed, replayed=True)
    assert adjust(proposals, CREDIT, "scope2", rules=none) == replace(booked, replayed=True)


def test_the_same_proposal_racing_itself_is_one() -> None:
    proposals = FakeProposalBook()
    proposals.interfere.append(lambda: propose(proposals))

    assert propose(proposals).replayed
    assert len(proposals.ledger.commits) == 1


def test_a_small_booking_racing_a_large_one_under_the_same_key_is_refused() -> None:
    proposals = FakeProposalBook()
    proposals.interfere.append(lambda: adjust(proposals, CREDIT, fingerprint="small"))

    with pytest.raises(KeyReused):
        adjust(proposals, LARGE)

    assert (proposals.rows, available(proposals.ledger)) == ({}, 500)


def test_what_cannot_be_booked_is_not_proposed() -> None:
    proposals = FakeProposalBook()

    with pytest.raises(InsufficientFunds):
        adjust(proposals, replace(LARGE, transact_type=TransactType.DEBIT))
    with pytest.raises(Invalid):
        adjust(proposals, replace(LARGE, counter_account=LARGE.account))

    assert (proposals.rows, proposals.ledger.claims) == ({}, {})


def test_a_currency_that_nobody_set_a_limit_for_takes_two() -> None:
    proposals = FakeProposalBook()

    propose(proposals, replace(CREDIT, amount=Money(1, "JPY")))
