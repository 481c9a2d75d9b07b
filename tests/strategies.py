"""Hypothesis strategies: money, splits, journals, and what a PSP may say of one charge."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from countinghouse.domain.accounts import CHART, Account, Owner
from countinghouse.domain.emvco import Field, Presented, template
from countinghouse.domain.fees import FeeBook, FeeRule, FeeScope
from countinghouse.domain.ledger import Journal, Leg, journal_key
from countinghouse.domain.money import AMOUNT_MAX, EXPONENTS, Money
from countinghouse.domain.order import CaptureMode, Order, OrderStatus
from countinghouse.domain.psp import FactKind, PspFact
from tests.builders import NOW, a_fact, an_order

S = OrderStatus
K = FactKind

# The gate finds the same examples every time, and so does `wide`, which finds more of them and runs
# in `make test`; `explore` looks for new ones: HYPOTHESIS_PROFILE=explore pytest tests/unit/core
settings.register_profile(
    "gate", derandomize=True, database=None, deadline=None, max_examples=12, print_blob=False
)
settings.register_profile(
    "wide", derandomize=True, database=None, deadline=None, max_examples=100, print_blob=False
)
settings.register_profile(
    "explore", deadline=None, max_examples=2_000, suppress_health_check=list(HealthCheck)
)

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "gate")
settings.load_profile(PROFILE)

currencies = st.sampled_from(sorted(EXPONENTS))
minor_units = st.integers(min_value=1, max_value=AMOUNT_MAX)
money = st.builds(Money, st.integers(-AMOUNT_MAX, AMOUNT_MAX), currencies)
totals = st.integers(min_value=0, max_value=AMOUNT_MAX)
weights = st.lists(st.integers(min_value=0, max_value=10_000), min_size=1, max_size=50).filter(any)
ids = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=1)


FEE_CURRENCIES = ("EUR", "JPY", "KWD")
FEE_SUBJECTS = ("s1", "s2", "s3")
fee_amounts = st.dictionaries(st.sampled_from(FEE_CURRENCIES), st.integers(0, 10**6))


@st.composite
def fee_rules(draw: st.DrawFn, rule_id: str = "r", scope: FeeScope | None = None) -> FeeRule:
    """A fee rule of any scope, over a few subjects and instants, so that rules meet."""
    scope = draw(st.sampled_from(FeeScope)) if scope is None else scope
    least = draw(fee_amounts)
    more = draw(fee_amounts)
    return FeeRule(
        rule_id,
        basis_points=draw(st.integers(0, 10_000)),
        tax_basis_points=draw(st.integers(0, 10_000)),
        scope=scope,
        subject=None if scope is FeeScope.DEFAULT else draw(st.sampled_from(FEE_SUBJECTS)),
        valid_from=draw(st.integers(0, 30)),
        fixed_minor=draw(fee_amounts),
        minimum_minor=least,
        maximum_minor={currency: least.get(currency, 0) + more[currency] for currency in more},
        cross_border_basis_points=draw(st.integers(0, 10_000)),
        cross_border_fixed_minor=draw(fee_amounts),
    )


@st.composite
def fee_books(draw: st.DrawFn) -> FeeBook:
    """A book of a default and some rules that compete with it and each other."""
    rules = {(FeeScope.DEFAULT, "", 0): FeeRule("first", 1_000)}
    for number in range(draw(st.integers(0, 12))):
        rule = draw(fee_rules(f"r{number}"))
        rules.setdefault((rule.scope, rule.subject or "", rule.valid_from), rule)
    return FeeBook(tuple(draw(st.permutations(list(rules.values())))))


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Any account of the chart, of a few owners."""
    kind = draw(st.sampled_from(sorted(CHART)))
    if CHART[kind].owner is Owner.NONE:
        return Account(kind)
    return Account(kind, draw(st.sampled_from(["a", "b", "c"])))


@st.composite
def journals(draw: st.DrawFn) -> Journal:
    """A journal over any accounts, in one or two currencies, balanced in each."""
    legs: list[Leg] = []
    for currency in draw(st.lists(st.sampled_from(["EUR", "JPY", "KWD"]), min_size=1, max_size=2)):
        amounts = draw(st.lists(st.integers(1, 10**9), min_size=1, max_size=4))
        signs = draw(st.lists(st.sampled_from([1, -1]), min_size=4, max_size=4))
        signed = [amount * sign for amount, sign in zip(amounts, signs, strict=False)]
        legs += [Leg(draw(accounts()), Money(minor, currency)) for minor in signed]
        if sum(signed):
            legs.append(Leg(draw(accounts()), Money(-sum(signed), currency)))
    if len(legs) < 2:
        legs.append(Leg(draw(accounts()), -legs[0].amount))
    reference = draw(ids)
    return Journal(
        key=journal_key(reference, "any", draw(ids)),
        kind="any",
        reference=reference,
        legs=tuple(legs),
        event_at=NOW,
        created_at=NOW,
        cause="strategy",
        wallet_shard=draw(st.integers(0, 3)),
    )


@dataclass(frozen=True)
class History:
    """An order under way, and everything its PSP says of its charge, in the order it happened."""

    order: Order
    facts: tuple[PspFact, ...]

    def __str__(self) -> str:
        said = [f"{fact.kind}{fact.captured_minor or ''}" for fact in self.facts]
        return "-".join([self.order.capture_mode, self.order.status, *said])


_ENDS: dict[CaptureMode, list[tuple[FactKind, ...]]] = {
    CaptureMode.AUTOMATIC: [(), (K.CAPTURED,), (K.DECLINED,), (K.EXPIRED,), (K.VOIDED,)],
    CaptureMode.MANUAL: [
        (),
        (K.DECLINED,),
        (K.EXPIRED,),
        (K.AUTHORIZED,),
        (K.AUTHORIZED, K.CAPTURED),
        (K.AUTHORIZED, K.VOIDED),
        (K.AUTHORIZED, K.EXPIRED),
    ],
}


def every_history() -> Iterator[History]:
    """Every true history of one charge, from both statuses a charge under way can have."""
    for mode, ends in _ENDS.items():
        for status, end in product((S.SENT, S.UNKNOWN), ends):
            for before in ((), (K.PENDING,), (K.REQUIRES_ACTION,), (K.PENDING, K.REQUIRES_ACTION)):
                yield from _told(an_order(status, capture_mode=mode), (*before, *end))


def _told(order: Order, kinds: tuple[FactKind, ...]) -> Iterator[History]:
    partly = order.capture_mode is CaptureMode.MANUAL and K.CAPTURED in kinds
    for captured in (order.amount_minor, 1) if partly else (order.amount_minor,):
        facts = (a_fact(order, kind) for kind in kinds)
        yield History(
            order,
            tuple(
                replace(fact, captured_minor=captured) if fact.kind is K.CAPTURED else fact
                for fact in facts
            ),
        )


HISTORIES = tuple(every_history())
histories = st.sampled_from(HISTORIES)


@st.composite
def deliveries(draw: st.DrawFn, facts: tuple[PspFact, ...]) -> list[PspFact]:
    """The same facts as a careless network brings them: shuffled, some more than once."""
    again = draw(st.lists(st.sampled_from(facts), max_size=3)) if facts else []
    return draw(st.permutations([*facts, *again]))


_texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=15)
# Amounts of up to thirteen characters, point included.
_amounts = st.one_of(st.none(), st.integers(1, min(AMOUNT_MAX, 10**11)))


@st.composite
def payloads(draw: st.DrawFn) -> Presented:
    """Any payload that can be written."""
    inner = st.tuples(st.sampled_from(["01", "05", "08"]), _texts)
    labels = draw(st.lists(inner, max_size=3, unique_by=lambda one: one[0]))
    return Presented(
        accounts=(template(f"{draw(st.integers(26, 51))}", ("00", draw(_texts))),),
        currency=draw(currencies.filter(lambda code: code != "ANG")),
        country=draw(st.sampled_from(["TH", "SG", "BR"])),
        amount_minor=draw(_amounts),
        dynamic=draw(st.sampled_from([True, False, None])),
        category=draw(st.sampled_from([None, "0000", "5999"])),
        merchant=draw(st.none() | _texts),
        city=draw(st.none() | _texts),
        additional=tuple(Field(tag, value) for tag, value in sorted(labels)),
    )
