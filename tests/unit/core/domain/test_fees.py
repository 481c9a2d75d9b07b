from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid
from countinghouse.domain.fees import (
    HALF_UP,
    FeeBook,
    FeeRule,
    FeeScope,
    FeeTax,
    FrozenFee,
    fee_on,
    freeze_fee,
)
from countinghouse.domain.money import AMOUNT_MAX
from tests.builders import FEES, TEN_PERCENT, a_fee
from tests.strategies import FEE_CURRENCIES, FEE_SUBJECTS, fee_books, fee_rules, minor_units

SELLER, CATEGORY, DEFAULT = FeeScope.SELLER, FeeScope.CATEGORY, FeeScope.DEFAULT

fee_currencies = st.sampled_from(FEE_CURRENCIES)
subjects = st.sampled_from(FEE_SUBJECTS)
instants = st.integers(0, 40)


@given(minor_units | st.just(0), fee_currencies, fee_rules())
def test_fee_and_tax_never_take_more_than_the_order(
    amount: int, currency: str, rule: FeeRule
) -> None:
    fee = freeze_fee(amount, currency, rule)

    assert fee.fee_minor >= 0
    assert fee.tax_minor >= 0
    assert fee.fee_minor + fee.tax_minor <= amount


@given(minor_units, fee_currencies, fee_rules())
def test_a_fee_keeps_the_rules_bounds_where_the_order_has_room(
    amount: int, currency: str, rule: FeeRule
) -> None:
    fee = freeze_fee(amount, currency, rule)

    assert fee.fee_minor >= min(rule.minimum_minor.get(currency, 0), amount)
    assert fee.fee_minor <= rule.maximum_minor.get(currency, amount)


@given(minor_units, fee_currencies, fee_rules())
def test_an_unbounded_fee_is_within_half_a_minor_unit_of_exact(
    amount: int, currency: str, rule: FeeRule
) -> None:
    rule = replace(rule, minimum_minor={}, maximum_minor={})
    exact = amount * rule.basis_points + rule.fixed_minor.get(currency, 0) * 10_000
    fee = freeze_fee(amount, currency, rule)

    assert abs(10_000 * fee.fee_minor - min(exact, amount * 10_000)) <= 5_000


@given(minor_units, fee_currencies, fee_rules())
def test_the_tax_is_within_half_a_minor_unit_of_exact(
    amount: int, currency: str, rule: FeeRule
) -> None:
    fee = freeze_fee(amount, currency, rule)
    exact = fee.fee_minor * rule.tax_basis_points

    assert abs(10_000 * fee.tax_minor - min(exact, (amount - fee.fee_minor) * 10_000)) <= 5_000


def test_the_worked_example() -> None:
    assert a_fee(7_000) == FrozenFee("default-v1", 700, 133, HALF_UP)
    assert HALF_UP == "half_up"


def test_half_a_minor_unit_is_rounded_up() -> None:
    assert [freeze_fee(minor, "EUR", FeeRule("r", 1_000)).fee_minor for minor in (4, 5)] == [0, 1]
    taxed = FeeRule("r", 10_000, tax_basis_points=1_000)
    # The order has to have room for the tax: here it has none.
    assert freeze_fee(5, "EUR", taxed).tax_minor == 0
    half = FeeRule("r", 5_000, tax_basis_points=1_000)
    assert [freeze_fee(minor, "EUR", half).tax_minor for minor in (8, 10)] == [0, 1]


@pytest.mark.parametrize(
    ("amount", "currency", "fee"),
    [
        (10_000, "EUR", 1_030),
        (100, "EUR", 50),
        (40, "EUR", 40),
        (1_000_000, "EUR", 5_000),
        (10_000, "JPY", 1_000),
        (100, "JPY", 10),
        (1_000_000, "JPY", 100_000),
    ],
)
def test_amounts_are_those_of_the_orders_own_currency(amount: int, currency: str, fee: int) -> None:
    rule = FeeRule(
        "r",
        1_000,
        fixed_minor={"EUR": 30},
        minimum_minor={"EUR": 50},
        maximum_minor={"EUR": 5_000},
    )

    assert freeze_fee(amount, currency, rule).fee_minor == fee


def test_an_amount_below_zero_has_no_fee() -> None:
    with pytest.raises(Invalid) as refusal:
        freeze_fee(-1, "EUR", TEN_PERCENT)

    assert refusal.value.field == "amount"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"basis_points": -1}, "basis_points"),
        ({"basis_points": 10_001}, "basis_points"),
        ({"tax_basis_points": -1}, "tax_basis_points"),
        ({"tax_basis_points": 10_001}, "tax_basis_points"),
        ({"valid_from": -1}, "valid_from"),
        ({"scope": SELLER}, "subject"),
        ({"subject": "s1"}, "subject"),
        ({"fixed_minor": {"EUR": -1}}, "fixed_minor.EUR"),
        ({"minimum_minor": {"EUR": -1}}, "minimum_minor.EUR"),
        ({"maximum_minor": {"XXX": 1}}, "maximum_minor.XXX"),
        ({"cross_border_basis_points": 10_001}, "cross_border_basis_points"),
        ({"cross_border_fixed_minor": {"EUR": -1}}, "cross_border_fixed_minor.EUR"),
        ({"minimum_minor": {"EUR": 2}, "maximum_minor": {"EUR": 1}}, "maximum_minor.EUR"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        replace(TEN_PERCENT, **changes)  # type: ignore[arg-type]

    assert refusal.value.field == field


def expected_rule(book: FeeBook, seller: str, category: str | None, now: int) -> FeeRule:
    """The rule that counts, found by looking at every one."""
    ranks = {(SELLER, seller): 2, (CATEGORY, category): 1, (DEFAULT, None): 0}
    fitting = [
        rule
        for rule in book.rules
        if (rule.scope, rule.subject) in ranks and rule.valid_from <= now
    ]
    return max(fitting, key=lambda rule: (ranks[rule.scope, rule.subject], rule.valid_from))


@given(fee_books(), subjects, st.none() | subjects, instants)
def test_the_narrowest_and_newest_rule_counts(
    book: FeeBook, seller: str, category: str | None, now: int
) -> None:
    assert book.rule_for(seller, category, now) == expected_rule(book, seller, category, now)


@given(fee_books(), subjects, st.none() | subjects, instants)
def test_a_rule_for_later_changes_no_fee_of_today(
    book: FeeBook, seller: str, category: str | None, now: int
) -> None:
    before = freeze_fee(7_000, "EUR", book.rule_for(seller, category, now))
    later = tuple(
        FeeRule(f"later-{scope}", 9_999, scope=scope, subject=subject, valid_from=now + 100)
        for scope, subject in ((DEFAULT, None), (CATEGORY, category), (SELLER, seller))
        if scope is DEFAULT or subject is not None
    )
    newer = FeeBook((*book.rules, *later))

    assert freeze_fee(7_000, "EUR", newer.rule_for(seller, category, now)) == before
    assert newer.rule_for(seller, category, now + 100).rule_id == "later-seller"


def test_a_rule_begins_at_its_instant_and_not_before() -> None:
    book = FeeBook((TEN_PERCENT, FeeRule("default-v2", 900, valid_from=50)))

    assert [book.rule_for("s", None, now).rule_id for now in (0, 49, 50, 51)] == [
        "default-v1",
        "default-v1",
        "default-v2",
        "default-v2",
    ]


def test_a_sellers_name_is_no_category() -> None:
    own = FeeRule("s1-v1", 100, scope=SELLER, subject="s1")
    book = FeeBook((TEN_PERCENT, own))

    assert book.rule_for("other", "s1", 0) == TEN_PERCENT
    assert book.rule_for("s1", "s1", 0) == own


def test_no_rule_is_valid_before_1970() -> None:
    with pytest.raises(Invalid):
        FEES.rule_for("s1", None, -1)


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ((), None),
        ((replace(TEN_PERCENT, valid_from=1),), None),
        ((FeeRule("s1-v1", 1, scope=SELLER, subject="s1"),), None),
        ((TEN_PERCENT, replace(TEN_PERCENT, valid_from=1)), "[1].rule_id"),
        ((TEN_PERCENT, replace(TEN_PERCENT, rule_id="again")), "[1].valid_from"),
    ],
)
def test_a_book_that_contradicts_itself_is_refused(
    rules: tuple[FeeRule, ...], field: str | None
) -> None:
    with pytest.raises(Invalid) as refusal:
        FeeBook(rules)

    assert refusal.value.field == field


def test_a_lookup_does_not_grow_with_the_sellers() -> None:
    compared = 0

    class Counted(int):
        def __lt__(self, other: int) -> bool:
            nonlocal compared
            compared += 1
            return int(self) < other

    own = (FeeRule(f"s-{n}", 1, scope=SELLER, subject=f"s{n}") for n in range(2_000))
    versions = (FeeRule(f"v-{n}", 1, scope=SELLER, subject="s", valid_from=n) for n in range(1_000))
    book = FeeBook((TEN_PERCENT, *own, *versions))

    assert book.rule_for("s", None, Counted(700)).rule_id == "v-700"
    assert compared <= 10


@st.composite
def captures(draw: st.DrawFn) -> tuple[FrozenFee, int, int]:
    """A frozen fee, the order's amount and what was captured of it."""
    amount = draw(minor_units)
    fee = draw(st.integers(0, amount))
    tax = draw(st.integers(0, amount - fee))
    return FrozenFee("r", fee, tax), amount, draw(st.integers(0, amount))


@given(captures())
def test_the_fee_on_a_capture_is_its_share_and_leaves_the_rest(
    capture: tuple[FrozenFee, int, int],
) -> None:
    fee, amount, captured = capture
    fee_minor, tax_minor = fee_on(fee, amount, captured)

    assert abs(fee_minor * amount - fee.fee_minor * captured) < amount
    assert abs(tax_minor * amount - fee.tax_minor * captured) < amount
    rest = captured - fee_minor - tax_minor
    assert rest >= 0
    assert abs(rest * amount - (amount - fee.fee_minor - fee.tax_minor) * captured) < amount


@given(captures())
def test_the_whole_capture_carries_exactly_what_was_frozen(
    capture: tuple[FrozenFee, int, int],
) -> None:
    fee, amount, _ = capture

    assert fee_on(fee, amount, amount) == (fee.fee_minor, fee.tax_minor)
    assert fee_on(fee, amount, 0) == (0, 0)


def test_the_worked_example_captured_in_part() -> None:
    assert fee_on(a_fee(7_000), 7_000, 3_000) == (300, 57)


@pytest.mark.parametrize(("amount", "captured"), [(100, -1), (100, 101), (0, 1)])
def test_a_capture_beyond_its_order_has_no_fee(amount: int, captured: int) -> None:
    with pytest.raises(Invalid) as refusal:
        fee_on(FrozenFee("r", 0, 0), amount, captured)

    assert refusal.value.field == "amount"


def test_an_order_of_nothing_has_no_share_to_take() -> None:
    with pytest.raises(Invalid):
        fee_on(FrozenFee("r", 0, 0), 0, 0)


def test_the_largest_amount_is_no_trouble() -> None:
    fee = a_fee(AMOUNT_MAX)

    assert fee_on(fee, AMOUNT_MAX, AMOUNT_MAX) == (fee.fee_minor, fee.tax_minor)


@given(minor_units | st.just(0), fee_currencies, fee_rules())
def test_a_border_adds_its_part_within_the_rules_bounds_and_the_order(
    amount: int, currency: str, rule: FeeRule
) -> None:
    domestic = freeze_fee(amount, currency, rule)
    abroad = freeze_fee(amount, currency, rule, cross_border=True)

    assert domestic.cross_border_minor == 0
    assert abroad.cross_border_minor == abroad.fee_minor - domestic.fee_minor >= 0
    assert abroad.fee_minor <= rule.maximum_minor.get(currency, amount)
    assert abroad.fee_minor + abroad.tax_minor <= amount


@pytest.mark.parametrize(
    ("amount", "currency", "fee", "cross_border"),
    [
        (10_000, "EUR", 1_180, 180),
        (10_000, "JPY", 1_150, 150),
        (100, "EUR", 50, 0),
        (350, "EUR", 70, 20),
        (60_000, "EUR", 5_000, 0),
        (40, "EUR", 40, 0),
    ],
)
def test_what_a_border_costs(amount: int, currency: str, fee: int, cross_border: int) -> None:
    rule = FeeRule(
        "r",
        1_000,
        minimum_minor={"EUR": 50},
        maximum_minor={"EUR": 5_000},
        cross_border_basis_points=150,
        cross_border_fixed_minor={"EUR": 30},
    )

    frozen = freeze_fee(amount, currency, rule, cross_border=True)

    assert (frozen.fee_minor, frozen.cross_border_minor) == (fee, cross_border)


def test_the_sellers_country_may_have_a_rate_of_its_own() -> None:
    rule = FeeRule("r", 1_000, 1_900)
    france = FeeTax("fr-v1", "FR", 2_000)
    reversed_ = FeeTax("fr-v1", "FR", 0, reverse_charge=True)

    assert freeze_fee(7_000, "EUR", rule).tax is None
    assert freeze_fee(7_000, "EUR", rule, tax=france) == FrozenFee("r", 700, 140, tax=france)
    assert freeze_fee(7_000, "EUR", rule, tax=reversed_) == FrozenFee("r", 700, 0, tax=reversed_)
