from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid, NotFound
from countinghouse.domain.ledger import Journal
from countinghouse.domain.payout import Payout, PayoutStatus
from countinghouse.domain.psp import SettlementKind
from countinghouse.usecases import itemise_payout as module
from countinghouse.usecases.advance_payout import Next, advance_payout
from countinghouse.usecases.itemise_payout import PayoutItem, itemise_payout
from countinghouse.usecases.open_payout import open_payout
from tests.payouts import House, a_payout, a_wish, earned, movement

K = SettlementKind


def paid(house: House, payout_id: str = "po_1", amount: int | None = None) -> Payout:
    """A payout walked to its end."""
    open_payout(a_wish(payout_id=payout_id, amount_minor=amount), house.opening)
    house.gateway.will("pay_out", K.SUCCEEDED)
    while True:
        taken = advance_payout(payout_id, house.advancing)
        if taken.next is Next.DONE:
            return taken.payout


def items(house: House, payout_id: str = "po_1", limit: int = 100) -> list[PayoutItem]:
    """Every item, page by page."""
    return [item for page in pages(house, payout_id, limit) for item in page]


def pages(house: House, payout_id: str, limit: int) -> Iterator[tuple[PayoutItem, ...]]:
    cursor = None
    while True:
        page = itemise_payout(payout_id, cursor, limit, house.payouts, house.ledger)
        yield page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def test_a_first_payout_pays_everything_from_the_beginning() -> None:
    house = House()
    sale, fine = earned(8_000, "sale"), movement("fine", {"seller_available:s1": 500})
    pending = movement("capture", {"seller_pending:s1": -7_000})
    house.book(sale, fine, pending)
    payout = paid(house)
    house.earn(99, "afterwards")

    found = items(house)

    assert found == [PayoutItem(fine, -500), PayoutItem(sale, 8_000)]
    assert (payout.carried_over_minor, payout.available_before_minor) == (0, 7_500)


def test_the_next_one_begins_where_the_last_one_ended() -> None:
    house = House()
    house.earn(8_000, "before")
    paid(house, "po_1", 5_000)
    house.earn(700, "between")
    second = paid(house, "po_2")

    assert [(i.journal.reference, i.amount_minor) for i in items(house, "po_2")] == [
        ("between", 700)
    ]
    assert second.carried_over_minor == 3_000
    assert second.available_before_minor == 3_700


def test_a_payout_that_came_back_is_an_item_of_the_next() -> None:
    house = House()
    house.earn(8_000)
    open_payout(a_wish(amount_minor=5_000), house.opening)
    house.gateway.will("pay_out", K.FAILED)
    while advance_payout("po_1", house.advancing).next is not Next.DONE:
        pass
    second = paid(house, "po_2")

    assert [(i.journal.kind, i.amount_minor) for i in items(house, "po_2")] == [
        ("payout_failed", 5_000)
    ]
    assert second.carried_over_minor == 3_000


def test_nothing_is_itemised_before_the_money_is_reserved() -> None:
    house = House()
    house.payouts.put(a_payout())

    assert items(house) == []


@given(
    st.lists(st.integers(-300, 3_000), min_size=1, max_size=25),
    st.lists(st.integers(-300, 3_000), max_size=25),
    st.integers(1, 7),
)
def test_items_and_what_was_carried_over_are_what_was_available(
    before: list[int], between: list[int], limit: int
) -> None:
    house = House()
    house.earn(10_000, "start")
    for payout_id, moves in (("po_1", before), ("po_2", between)):
        house.earn(10_000, f"{payout_id}:base")
        for number, minor in enumerate(moves):
            house.book(_moved(f"{payout_id}:{number}", minor))
        payout = paid(house, payout_id, 500)
        found = items(house, payout_id, limit)

        total = sum(item.amount_minor for item in found)
        assert total + payout.carried_over_minor == payout.available_before_minor
        assert len({item.journal.ledger_id for item in found}) == len(found)


def _moved(reference: str, minor: int) -> Journal:
    """A journal that moves what is available, or (0) something else."""
    if minor == 0:
        return movement(reference, {"seller_pending:s1": -5})
    return movement(reference, {"seller_available:s1": -minor})


def test_a_page_ends_also_when_nothing_on_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WALK_MAX", 4)
    house = House()
    house.earn(8_000, "sale")
    for number in range(6):
        house.book(movement(f"capture{number}", {"seller_pending:s1": -1}))
    paid(house)

    found = list(pages(house, "po_1", 2))

    assert [len(page) for page in found] == [0, 1]


def test_a_cursor_of_another_list_is_refused() -> None:
    house = House()
    house.earn(8_000)
    paid(house)

    with pytest.raises(Invalid):
        itemise_payout("po_1", "nonsense", 10, house.payouts, house.ledger)


def test_an_unknown_payout_is_not_found() -> None:
    house = House()
    house.payouts.put(a_payout(PayoutStatus.PAID))

    with pytest.raises(NotFound):
        itemise_payout("po_none", None, 10, house.payouts, house.ledger)
