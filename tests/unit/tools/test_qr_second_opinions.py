"""Our QR payloads by the opinion of others: `cemacqr`, which reads QRCPS 1.1 strictly, and
`promptpay_qr`, which makes PromptPay's."""

from __future__ import annotations

from dataclasses import replace

import cemacqr
import promptpay_qr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.currencies import CURRENCIES
from countinghouse.domain.emvco import Presented, build, parse
from countinghouse.domain.money import Money
from countinghouse.domain.qr_profiles import (
    PROMPTPAY,
    paynow,
    pix_key,
    pix_url,
    promptpay,
    promptpay_bill,
    vietqr,
)
from tests.strategies import payloads


@given(payloads())
def test_what_is_written_keeps_the_specification_by_another_readers_opinion(
    payload: Presented,
) -> None:
    # Names and category are the specification's, not every scheme's.
    whole = replace(payload, merchant="Shop", city="City", category="5999")
    text = build(replace(whole, country="BR"))
    read = cemacqr.parse_payload(text)

    assert cemacqr.validate(read).violations == []
    assert read.currency == CURRENCIES[payload.currency][1]
    if payload.amount_minor is None:
        assert read.amount is None
    else:
        assert read.amount_decimal is not None
        scaled = read.amount_decimal.scaleb(CURRENCIES[payload.currency][0])
        assert scaled == payload.amount_minor


def baht(minor: int) -> Money:
    return Money(minor, "THB")


@given(
    st.from_regex(r"0[0-9]{9}|[0-9]{13}|[0-9]{15}", fullmatch=True),
    st.none() | st.integers(1, 99_999),
)
def test_promptpay_pays_whom_another_builder_would_pay(target: str, minor: int | None) -> None:
    amount = None if minor is None else baht(minor)
    other = promptpay_qr.generate_payload(target, None if minor is None else minor / 100)

    ours, theirs = parse(build(promptpay(target, amount))), parse(other)

    assert ours == theirs
    assert ours.account(PROMPTPAY) is not None


MADE = [
    promptpay("0899999999", baht(422)),
    promptpay_bill("010555000000000", "ORDER1", baht(100)),
    paynow("201101550Z", "Shop", "o1", Money(1_050, "SGD"), 1_700_000_000_000),
    pix_key("+5511943214321", "EMPRESA", "BRASILIA", Money(6_666, "BRL"), "o1"),
    pix_url("pix.example.com/qr/93598be0", "EMPRESA", "SAO PAULO"),
    vietqr("970415", "113366668888", Money(79_000, "VND"), "Ung Ho"),
]


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.currency)
def test_another_reader_finds_fault_only_with_what_the_scheme_leaves_out(made: Presented) -> None:
    found = cemacqr.validate(cemacqr.parse_payload(build(made))).violations

    left_out = {"52": made.category, "59": made.merchant, "60": made.city}
    assert {fault.tag for fault in found} == {tag for tag, v in left_out.items() if v is None}
