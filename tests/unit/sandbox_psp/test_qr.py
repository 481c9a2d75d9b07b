"""The sandbox's codes, read by the project: each was written apart from the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.qr_profiles import (
    PAYNOW,
    PIX,
    PROMPTPAY_BILL,
    VIETQR,
    check_payload,
)
from tools.sandbox_psp import qr as sandbox


@pytest.mark.parametrize(
    ("currency", "scheme"),
    [("THB", PROMPTPAY_BILL), ("SGD", PAYNOW), ("BRL", PIX), ("VND", VIETQR), ("INR", "upi://pay")],
)
def test_the_sandbox_speaks_each_countrys_scheme(currency: str, scheme: str) -> None:
    text = sandbox.payload("tok_" + "x" * 40, "chk-0001/äß " + "y" * 40, 1_999, currency)

    assert scheme in text
    assert check_payload(text, [1_999], currency) is None
    assert check_payload(text, [1_998], currency) is not None


@given(st.integers(1, 99_999_999), st.text(max_size=70))
@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD", "UYW", "THB", "BRL", "INR"])
def test_what_the_sandbox_makes_is_understood_here(
    currency: str, minor: int, reference: str
) -> None:
    assert (
        check_payload(sandbox.payload("tok_1", reference, minor, currency), [minor], currency)
        is None
    )
