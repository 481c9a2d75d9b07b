from dataclasses import replace

import pytest
from hypothesis import given

from countinghouse.domain.accounts import BUCKETS
from countinghouse.domain.close import Closes, month_after
from countinghouse.domain.errors import Invalid
from countinghouse.domain.ledger import Journal
from countinghouse.domain.money import Money
from countinghouse.domain.payout import PayoutJournal, PayoutStatus
from countinghouse.domain.payout_journals import PayoutDraft
from countinghouse.domain.statement import (
    NOTHING,
    Statement,
    draw_statement,
    plus,
    statement_line,
)
from countinghouse.domain.wallet import Wallet, WalletAddress
from tests.builders import NOW, a_journal, a_transfer
from tests.fakes.ledger import FakeLedger
from tests.months import BEGIN, CURRENCIES, OWNER, Story, moved, stories
from tests.payouts import a_payout, an_exchange

S1 = WalletAddress(OWNER, "EUR")


def drawn(story: Story, month: str, currency: str = "EUR") -> Statement | None:
    """The statement from all journals, without the walk's stop."""
    wallets = [w for w in story.ledger.wallets_of(OWNER) if w.address.currency == currency]
    walked = [(w, story.ledger.entries(w.address, None, 1_000)) for w in wallets]
    return draw_statement(month, walked, story.closes) if walked else None


def test_a_line_shows_what_a_journal_did_to_each_bucket_and_the_fee_in_it() -> None:
    legs = {
        "seller_pending:s1": 7_000,
        "platform_fee_revenue": -700,
        "fee_tax_payable": -133,
        "seller_reserve:s1": -308,
        "seller_available:s1": -5_859,
    }

    line = statement_line(moved("release", "o1", legs, NOW, NOW), S1)

    moves = {"pending": -7_000, "reserved": 308, "available": 5_859}
    assert dict(line.changes) == {**NOTHING, **moves}
    assert (line.fee_minor, line.tax_minor) == (700, 133)


def test_debt_is_shown_as_what_is_owed() -> None:
    line = statement_line(a_transfer("seller_receivable:s1", "seller_dispute_hold:s1"), S1)

    assert (line.changes["debt"], line.changes["disputed"]) == (100, 100)


@pytest.mark.parametrize(
    ("kind", "moves", "sent"),
    [
        (PayoutJournal.PAID, {"in_payout": -5_000}, 5_530),
        (PayoutJournal.RETURNED, {"available": 5_000}, -5_530),
    ],
)
def test_a_payout_in_another_currency_shows_both_amounts(
    kind: PayoutJournal, moves: dict[str, int], sent: int
) -> None:
    draft = PayoutDraft(a_payout(PayoutStatus.RETURNED, exchange=an_exchange()), kind, NOW)
    journal = draft.drawn({address: Wallet(address) for address in draft.addresses}, {})
    own = PayoutDraft(a_payout(PayoutStatus.RETURNED), kind, NOW)

    line = statement_line(journal, S1)

    assert (dict(line.changes), line.sent) == ({**NOTHING, **moves}, Money(sent, "USD"))
    assert statement_line(own.drawn({S1: Wallet(S1)}, {}), S1).sent is None


def test_a_journal_between_two_sellers_shows_each_their_own() -> None:
    journal = a_transfer("seller_available:s1", "seller_available:s2")

    assert statement_line(journal, S1).changes["available"] == -100
    other = statement_line(journal, WalletAddress("seller:s2", "EUR"))
    assert other.changes["available"] == 100


def test_lines_that_do_not_tie_cannot_be_built() -> None:
    line = statement_line(a_journal(), S1)
    right = Statement("s1", "EUR", "2026-11", NOTHING, plus(NOTHING, line.changes), (line,))

    for wrong in BUCKETS:
        with pytest.raises(Invalid, match="does not tie"):
            replace(right, closing=plus(right.closing, {**NOTHING, wrong: 1}))


def test_a_statement_needs_a_wallet() -> None:
    with pytest.raises(Invalid):
        draw_statement("2026-11", [], Closes())


def test_totals_are_by_kind() -> None:
    story = Story()
    for order in ("o1", "o2"):
        story.capture(order)
        story.release(order)
    story.refund("o1")

    statement = drawn(story, "2026-09")

    assert statement is not None
    totals = statement.totals()
    assert {kind: total.count for kind, total in totals.items()} == {
        "capture": 2,
        "refund_requested": 1,
        "release": 2,
    }
    assert totals["release"].changes["available"] == 2 * 881
    assert (totals["release"].fee_minor, totals["refund_requested"].fee_minor) == (200, -50)
    assert (statement.fee_minor, statement.tax_minor) == (150, 29)


def forward(journals: list[Journal], address: WalletAddress) -> dict[str, int]:
    """The balances by adding journals up: the other way round than the statement does it."""
    found = dict.fromkeys(BUCKETS, 0)
    for journal in journals:
        for leg in journal.legs:
            account = leg.account
            mine = account.wallet_owner == address.owner
            if mine and account.line.bucket and leg.amount.currency == address.currency:
                found[account.line.bucket] += account.shown(leg.amount.minor)
    return found


@given(stories())
def test_statements_tie_to_the_books_and_to_each_other(story: Story) -> None:
    for code in CURRENCIES:
        if not any(w.address.currency == code for w in story.ledger.wallets_of(OWNER)):
            continue
        month, closing, seen = "2026-06", dict(NOTHING), 0
        while month <= "2027-12":
            statement = drawn(story, month, code)
            assert statement is not None
            assert dict(statement.opening) == closing, "a month opens as the last one closed"
            closing, seen = dict(statement.closing), seen + len(statement.lines)
            month = month_after(month)
        assert closing == forward(story.told, WalletAddress(OWNER, code))
        assert seen == len(_of(story.ledger, code)), "every journal is a line of one month"


def _of(ledger: FakeLedger, code: str) -> set[str]:
    return {
        journal.ledger_id
        for wallet in ledger.wallets_of(OWNER)
        if wallet.address.currency == code
        for journal in ledger.entries(wallet.address, None, 1_000)
    }


def test_a_correction_is_in_the_next_month_and_leaves_the_closed_one_alone() -> None:
    story = Story(now=BEGIN)
    story.capture("o1")
    story.release("o1")
    story.go_to("2026-10-03").close("2026-09")
    before = drawn(story, "2026-09")

    story.refund("o1", days_ago=10)

    assert drawn(story, "2026-09") == before
    correction = drawn(story, "2026-10")
    assert correction is not None
    assert [line.kind for line in correction.lines] == ["refund_requested"]
