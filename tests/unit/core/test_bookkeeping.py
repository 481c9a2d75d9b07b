from dataclasses import replace
from typing import NoReturn

import pytest

from countinghouse.bookkeeping import RACES_MAX, book, book_in_groups
from countinghouse.domain.errors import Conflict, InsufficientFunds
from countinghouse.domain.order_journals import OrderDraft, booking_key, order_drafts
from countinghouse.domain.posting import GROUP_MAX, Posting
from countinghouse.domain.psp import SettlementKind
from tests.builders import NOW, a_delivered_order, a_journal, a_transfer, disputed, refunded
from tests.fakes.ledger import FakeLedger

FAILED = refunded(a_delivered_order(), SettlementKind.FAILED)


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


def drafts(ledger: FakeLedger, *orders_: str) -> list[OrderDraft]:
    """Every journal of refunds that failed: a capture, a release, a refund and its undoing each."""
    return [
        draft
        for order_id in orders_
        for draft in order_drafts(replace(FAILED, order_id=order_id), NOW)
    ]


def test_what_undoes_a_journal_of_the_same_commit_finds_it_there(ledger: FakeLedger) -> None:
    assert book(drafts(ledger, "o1"), ledger, ledger) == {}

    assert len(ledger.commits) == 1
    assert len(ledger.linked) == 4


def test_what_undoes_an_older_journal_reads_it(ledger: FakeLedger) -> None:
    *before, undoing = drafts(ledger, "o1")
    book(before, ledger, ledger)

    assert book([undoing], ledger, ledger) == {}
    journal = ledger.journal(undoing.key)
    assert journal is not None
    assert journal.reverses == before[2].key.ledger_id


def test_what_undoes_a_journal_that_is_not_booked_is_not_booked_either(
    ledger: FakeLedger,
) -> None:
    *before, undoing = drafts(ledger, "o1")
    book(before[:2], ledger, ledger)

    with pytest.raises(Conflict):
        book([undoing], ledger, ledger)
    assert len(ledger.linked) == 2


def test_a_draft_is_drawn_against_the_wallet_as_it_is_when_it_is_committed(
    ledger: FakeLedger,
) -> None:
    order = disputed(a_delivered_order())
    *before, held = order_drafts(order, NOW)
    book(before, ledger, ledger)
    spent = a_transfer("seller_available:s1", "bank:main", 5_859)
    ledger.interfere.append(lambda: book([spent], ledger, ledger))

    assert book([held], ledger, ledger) == {}

    journal = ledger.journal(booking_key(order, 2))
    assert journal is not None
    legs = {leg.account.kind: leg.amount.minor for leg in journal.legs}
    assert legs == {
        "seller_reserve": 308,
        "seller_receivable": 3_692,
        "seller_dispute_hold": -4_000,
    }


def test_what_another_worker_booked_is_left_out(ledger: FakeLedger) -> None:
    both = drafts(ledger, "o1", "o2")
    ledger.interfere.append(lambda: book(both[:4], ledger, ledger))

    assert book(both, ledger, ledger) == {}
    assert [len(posting.journals) for posting in ledger.commits] == [4, 4]


def test_ten_to_a_transaction_in_their_order(ledger: FakeLedger) -> None:
    many = drafts(ledger, *(f"o{n}" for n in range(6)))

    assert book_in_groups(many, ledger, ledger) == {}

    assert [len(posting.journals) for posting in ledger.commits] == [GROUP_MAX, GROUP_MAX, 4]
    booked = [row.journal.ledger_id for posting in ledger.commits for row in posting.journals]
    assert booked == [draft.key.ledger_id for draft in many]


def test_after_a_refusal_the_rest_of_that_reference_waits(ledger: FakeLedger) -> None:
    # Without its capture, a release finds nothing pending.
    first = drafts(ledger, "o1")[1:]
    second = drafts(ledger, "o2")

    refused = book(first + second, ledger, ledger)

    assert refused.keys() == {draft.key.ledger_id for draft in first}
    assert {type(error) for error in refused.values()} == {InsufficientFunds}
    assert ledger.linked.keys() == {draft.key.ledger_id for draft in second}


def test_a_refusal_holds_across_groups(ledger: FakeLedger) -> None:
    lacking = [a_journal(f"j{n}", "s2") for n in range(GROUP_MAX - 1)]
    first = drafts(ledger, "o1")[1:]

    refused = book_in_groups([*lacking, *first, *drafts(ledger, "o2")], ledger, ledger)

    assert refused.keys() == {"o1"}
    assert len(ledger.linked) == len(lacking) + 4
    assert not any(draft.key.ledger_id in ledger.linked for draft in first)


def test_a_commit_whose_answer_was_lost_is_no_refusal(ledger: FakeLedger) -> None:
    """The SDK's last try meets the row that its first one still holds: that looks like a race."""
    order_drafts_ = drafts(ledger, "o1")
    capture, release = order_drafts_[:2]
    book([capture], ledger, ledger)
    commit = ledger.commit

    def lost(posting: Posting) -> NoReturn:
        ledger.commit = commit  # type: ignore[method-assign]
        commit(posting)
        raise Conflict("another transaction holds the row")

    ledger.commit = lost  # type: ignore[method-assign]

    assert book([release], ledger, ledger) == {}
    assert len(ledger.linked) == 2


def test_what_is_booked_already_is_never_refused(ledger: FakeLedger) -> None:
    capture, release, *_ = drafts(ledger, "o1")
    book([capture, release], ledger, ledger)

    assert book([release], ledger, ledger) == {}


class Busy(FakeLedger):
    """A wallet that never holds still."""

    def commit(self, posting: Posting) -> NoReturn:
        self.commits.append(posting)
        raise Conflict("moved")


def test_a_wallet_that_keeps_moving_is_given_up() -> None:
    busy = Busy()

    with pytest.raises(Conflict):
        book([a_journal()], busy, busy)
    assert len(busy.commits) == RACES_MAX
