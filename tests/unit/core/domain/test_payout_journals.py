import pytest

from countinghouse.domain.errors import InsufficientFunds
from countinghouse.domain.ledger import Journal, journal_key
from countinghouse.domain.payout import Payout, PayoutJournal, PayoutStatus
from countinghouse.domain.payout_journals import (
    PayoutDraft,
    effect_on_available,
    owed_drafts,
    payout_key,
)
from countinghouse.domain.wallet import Wallet, wallet_parts
from tests.builders import NOW
from tests.payouts import S1_EUR, X_USD, a_payout, an_exchange, earned, movement

S = PayoutStatus
J = PayoutJournal


def a_wallet(**balances: int) -> Wallet:
    """A wallet that shows these buckets."""
    names = {"available": -1, "in_payout": -1, "receivable": 1}
    held = {f"seller_{bucket}:s1": minor * names[bucket] for bucket, minor in balances.items()}
    return Wallet(S1_EUR, {**held, "adjustments": -sum(held.values())}, sequence=1)


def drawn(kind: PayoutJournal, wallet: Wallet, payout: Payout | None = None) -> Journal:
    draft = PayoutDraft(payout or a_payout(S.RESERVED), kind, NOW + 9)
    assert draft.addresses == (S1_EUR,)
    assert draft.original is None
    return draft.drawn({S1_EUR: wallet}, {})


def legs(journal: Journal) -> dict[str, int]:
    return {leg.account.name: leg.amount.minor for leg in journal.legs}


def test_reserving_moves_the_amount_out_of_what_is_available() -> None:
    journal = drawn(J.RESERVE, a_wallet(available=8_000))

    assert legs(journal) == {"seller_available:s1": 5_000, "seller_in_payout:s1": -5_000}
    assert (journal.kind, journal.reference) == ("payout_reserve", "po_1")
    assert journal.key == journal_key("po_1", "payout_reserve") == payout_key("po_1", J.RESERVE)
    assert (journal.event_at, journal.created_at) == (NOW + 9, NOW + 9)
    assert (journal.cause, journal.home) == ("payout:po_1:reserved", "seller:s1")


@pytest.mark.parametrize("available", [5_700, 8_000])
def test_debt_is_recovered_first(available: int) -> None:
    journal = drawn(J.RESERVE, a_wallet(available=available, receivable=700))

    assert legs(journal) == {
        "seller_available:s1": 5_700,
        "seller_in_payout:s1": -5_000,
        "seller_receivable:s1": -700,
    }


@pytest.mark.parametrize(
    ("available", "debt"), [(4_999, 0), (5_000, 1), (0, 0), (5_699, 700), (0, 5_000)]
)
def test_nothing_is_reserved_that_is_not_there(available: int, debt: int) -> None:
    with pytest.raises(InsufficientFunds):
        drawn(J.RESERVE, a_wallet(available=available, receivable=debt))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (J.PAID, {"seller_in_payout:s1": 5_000, "bank:sandbox": -5_000}),
        (J.FAILED, {"seller_in_payout:s1": 5_000, "seller_available:s1": -5_000}),
        (J.CANCELLED, {"seller_in_payout:s1": 5_000, "seller_available:s1": -5_000}),
        (J.RETURNED, {"bank:sandbox": 5_000, "seller_available:s1": -5_000}),
    ],
)
def test_what_follows_the_reserve(kind: PayoutJournal, expected: dict[str, int]) -> None:
    # Debt that came later is recovered with the next payout, not with this one's end.
    assert legs(drawn(kind, a_wallet(in_payout=5_000, receivable=50))) == expected


def test_a_journal_says_when_it_happened() -> None:
    paid = a_payout(S.PAID, settled_at=NOW + 1)
    returned = a_payout(S.RETURNED, settled_at=NOW + 1, returned_at=NOW + 2)
    never_seen_paid = a_payout(S.RETURNED, settled_at=None, returned_at=NOW + 2)
    wallet = a_wallet(in_payout=5_000)

    assert drawn(J.PAID, wallet, paid).event_at == NOW + 1
    assert drawn(J.RETURNED, wallet, returned).event_at == NOW + 2
    assert drawn(J.PAID, wallet, never_seen_paid).event_at == NOW + 2


def test_a_journal_names_what_the_psp_calls_the_payout() -> None:
    wallet = a_wallet(available=9_000, in_payout=5_000)
    paid = a_payout(S.PAID, psp_reference="tr_1")

    assert drawn(J.PAID, wallet, paid).psp_reference == "tr_1"
    assert drawn(J.RESERVE, wallet, a_payout()).psp_reference is None, "it is not sent yet"


def test_the_drafts_of_a_payout_are_what_it_owes() -> None:
    payout = a_payout(S.RETURNED, booked=(J.RESERVE,))

    assert [draft.kind for draft in owed_drafts(payout, NOW)] == [J.PAID, J.RETURNED]
    assert {(draft.reference, draft.now) for draft in owed_drafts(payout, NOW)} == {("po_1", NOW)}
    assert owed_drafts(a_payout(S.PAID), NOW) == ()


def test_the_effect_is_what_a_journal_added_to_the_available_balance() -> None:
    assert effect_on_available(earned(300), "s1", "EUR") == 300
    assert effect_on_available(earned(300), "s2", "EUR") == 0
    assert effect_on_available(earned(300), "s1", "USD") == 0
    pending = movement("m", {"seller_pending:s1": -5, "seller_available:s1": 2})
    assert effect_on_available(pending, "s1", "EUR") == -2


IN_USD = a_payout(S.RETURNED, exchange=an_exchange())
IN_PAYOUT = {S1_EUR: a_wallet(in_payout=5_000), X_USD: Wallet(X_USD)}


def signed(kind: PayoutJournal) -> dict[tuple[str, str], int]:
    journal = PayoutDraft(IN_USD, kind, NOW + 9).drawn(IN_PAYOUT, {})
    return {(leg.account.name, leg.amount.currency): leg.amount.minor for leg in journal.legs}


def test_money_sent_in_another_currency_passes_through_the_positions() -> None:
    assert signed(J.PAID) == {
        ("seller_in_payout:s1", "EUR"): 5_000,
        ("fx_position:EUR", "EUR"): -5_000,
        ("fx_position:USD", "USD"): 5_586,
        ("fx_spread_revenue", "USD"): -56,
        ("bank:sandbox", "USD"): -5_530,
    }


def test_what_comes_back_undoes_it_and_the_seller_has_what_left_the_wallet() -> None:
    paid = signed(J.PAID)
    paid["seller_available:s1", "EUR"] = paid.pop(("seller_in_payout:s1", "EUR"))

    assert signed(J.RETURNED) == {account: -minor for account, minor in paid.items()}


def test_until_it_is_sent_a_payout_moves_the_wallets_currency_alone() -> None:
    for kind in (J.FAILED, J.CANCELLED):
        draft = PayoutDraft(IN_USD, kind, NOW)
        assert draft.addresses == (S1_EUR,)
        assert draft.drawn(IN_PAYOUT, {}).legs == drawn(kind, a_wallet(in_payout=5_000)).legs


def test_the_other_currency_has_books_of_its_own() -> None:
    draft = PayoutDraft(IN_USD, J.PAID, NOW)
    parts = wallet_parts(draft.drawn(IN_PAYOUT, {}))

    assert set(parts) == set(draft.addresses) == {S1_EUR, X_USD}
    assert [sum(leg.amount.minor for leg in legs) for legs in parts.values()] == [0, 0]


def test_without_spread_there_is_no_leg_of_it() -> None:
    payout = a_payout(S.PAID, exchange=an_exchange(minor=5_586))
    journal = PayoutDraft(payout, J.PAID, NOW).drawn(IN_PAYOUT, {})

    assert "fx_spread_revenue" not in {leg.account.name for leg in journal.legs}
