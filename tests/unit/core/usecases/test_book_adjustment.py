from dataclasses import replace

import pytest

from countinghouse import bookkeeping
from countinghouse.domain.accounts import Account
from countinghouse.domain.errors import Conflict, InsufficientFunds, KeyReused
from countinghouse.domain.ledger import TransactType
from countinghouse.domain.money import Money
from countinghouse.domain.posting import AdjustmentRequest
from countinghouse.domain.wallet import WalletAddress
from countinghouse.usecases.book_adjustment import BookedAdjustment, book_adjustment
from tests.builders import a_transfer
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger

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


def book(
    ledger: FakeLedger,
    request: AdjustmentRequest = CREDIT,
    scope: str = "scope",
    fingerprint: str = "body",
) -> BookedAdjustment:
    return book_adjustment(request, scope, fingerprint, ledger, ledger, FakeClock())


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
