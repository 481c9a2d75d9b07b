import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe import params

from countinghouse.domain.errors import Invalid
from countinghouse.domain.money import EXPONENTS
from countinghouse.domain.psp import Decline, DeclineType
from countinghouse_aws.psp.names import SANDBOX, STRIPE
from countinghouse_aws.psp.profile import NotExpressible, Profile, Wire
from countinghouse_aws.psp.profiles import payout_step
from countinghouse_aws.psp.sandbox_profile import SANDBOX_PROFILE
from countinghouse_aws.psp.stripe_profile import STRIPE_PROFILE

PROFILES = [SANDBOX_PROFILE, STRIPE_PROFILE]


@pytest.mark.parametrize(
    ("currency", "minor", "wire"),
    [
        ("EUR", 1_050, 1_050),
        ("JPY", 500, 500),
        ("ISK", 5, 500),
        ("UGX", 7, 700),
        ("MGA", 500, 5),
        ("KWD", 5_120, 5_120),
        ("HUF", 1_045, 1_045),
    ],
)
def test_stripes_units(currency: str, minor: int, wire: int) -> None:
    assert STRIPE_PROFILE.to_wire(minor, currency) == wire
    assert STRIPE_PROFILE.from_wire(wire, currency) == minor


@pytest.mark.parametrize(
    ("currency", "minor"), [("KWD", 5_124), ("TND", 1), ("MGA", 505), ("CUP", 100), ("XXX", 1)]
)
def test_what_stripe_cannot_take_is_refused_and_never_rounded(currency: str, minor: int) -> None:
    with pytest.raises(NotExpressible) as refused:
        STRIPE_PROFILE.to_wire(minor, currency)

    assert refused.value.code == "psp_amount_not_expressible"
    assert isinstance(refused.value, Invalid)


@pytest.mark.parametrize("currency", ["HUF", "TWD"])
def test_whole_units_only_are_paid_out_of_some_currencies(currency: str) -> None:
    assert STRIPE_PROFILE.payout_to_wire(1_000, currency) == 1_000
    assert STRIPE_PROFILE.payout_from_wire(1_000, currency) == 1_000
    with pytest.raises(NotExpressible):
        STRIPE_PROFILE.payout_to_wire(1_045, currency)


@pytest.mark.parametrize(
    ("psp", "currency", "step"),
    [
        ("stripe", "HUF", 100),
        ("stripe", "TWD", 100),
        ("stripe", "ISK", 1),
        ("stripe", "EUR", 1),
        ("stripe", "MGA", 1),
        ("adyen", "HUF", 1),
        ("nobody", "HUF", 1),
    ],
)
def test_the_step_of_payouts(psp: str, currency: str, step: int) -> None:
    assert payout_step(psp, currency) == step


@pytest.mark.parametrize(
    ("wire", "step"), [(Wire(0), 100), (Wire(3, 10), 1), (Wire(2, 50), 50), (Wire(3, 25), 5)]
)
def test_the_step_is_the_least_that_can_be_sent(wire: Wire, step: int) -> None:
    profile = replace(STRIPE_PROFILE, payout_wires={"EUR": wire})

    sendable = [minor for minor in range(1, 101) if _can_send(profile, minor)]

    assert profile.payout_step("EUR") == sendable[0] == step
    assert sendable == list(range(step, 101, step))


def _can_send(profile: Profile, minor: int) -> bool:
    try:
        profile.payout_to_wire(minor, "EUR")
    except NotExpressible:
        return False
    return True


def test_a_payout_keeps_the_charges_units_where_it_has_none_of_its_own() -> None:
    assert STRIPE_PROFILE.payout_to_wire(5, "ISK") == 500
    with pytest.raises(NotExpressible):
        STRIPE_PROFILE.payout_to_wire(5_120, "KWD")


def test_part_of_a_minor_unit_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="part of a minor unit"):
        STRIPE_PROFILE.from_wire(550, "ISK")


def test_an_amount_off_its_step_is_read_as_it_is() -> None:
    # Stripe may say what it does not take: it is compared with ours, not refused.
    assert STRIPE_PROFILE.from_wire(5_124, "KWD") == 5_124


@given(
    st.sampled_from(PROFILES).flatmap(
        lambda profile: st.tuples(st.just(profile), st.sampled_from(sorted(profile.currencies)))
    ),
    st.integers(0, 10**12),
)
def test_what_goes_out_comes_back(pair: tuple, minor: int) -> None:  # type: ignore[type-arg]
    profile, currency = pair
    try:
        wire = profile.to_wire(minor, currency)
    except NotExpressible:
        assert currency in profile.wires
    else:
        assert profile.from_wire(wire, currency) == minor


@pytest.mark.parametrize("profile", PROFILES)
def test_every_currency_of_a_profile_is_one(profile) -> None:  # type: ignore[no-untyped-def]
    assert profile.currencies | profile.payout_currencies <= set(EXPONENTS)
    assert profile.wires.keys() | profile.qr.keys() <= profile.currencies
    assert profile.payout_wires.keys() <= profile.payout_currencies
    assert profile.replay.key_window < profile.replay.kept
    assert {wire.step for wire in profile.wires.values()} <= {1, 10, 100}


def test_names_and_replay_rules() -> None:
    assert (SANDBOX_PROFILE.name, STRIPE_PROFILE.name) == (SANDBOX, STRIPE)
    assert STRIPE_PROFILE.replay.stored_500


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("insufficient_funds", DeclineType.SOFT),
        ("issuer_not_available", DeclineType.SOFT),
        ("lost_card", DeclineType.HARD),
        ("generic_decline", DeclineType.HARD),
        ("a_code_of_next_year", DeclineType.HARD),
    ],
)
def test_unknown_declines_are_final(code: str, kind: DeclineType) -> None:
    assert STRIPE_PROFILE.decline(code, "no") == Decline(code, kind, "no")


@pytest.mark.parametrize("code", ["", "x" * 65, "a b", "<b>"])
def test_a_code_that_is_none_is_not_kept(code: str) -> None:
    assert STRIPE_PROFILE.decline(code) == Decline("declined", DeclineType.HARD)


@pytest.mark.parametrize(
    ("method", "currency", "provider", "takes"),
    [
        ("credit_card", "EUR", None, True),
        ("debit_card", "KWD", None, True),
        ("credit_card", "CUP", None, False),
        ("wallet", "EUR", "paypal", True),
        ("wallet", "EUR", "gcash", False),
        ("wallet", "EUR", None, False),
        ("qr", "SGD", None, True),
        ("qr", "EUR", None, False),
        ("cheque", "EUR", None, False),
    ],
)
def test_what_stripe_takes(method: str, currency: str, provider: str | None, takes: bool) -> None:
    assert STRIPE_PROFILE.takes(method, currency, provider) is takes


def test_the_sandbox_takes_any_wallet() -> None:
    assert SANDBOX_PROFILE.takes("wallet", "EUR", "anything")
    assert SANDBOX_PROFILE.takes("wallet", "EUR")


def test_stripes_types_are_those_of_the_library() -> None:
    annotated = str(params.PaymentIntentCreateParamsPaymentMethodData.__annotations__["type"])
    known = set(re.findall(r"'(\w+)'", annotated))

    assert known >= STRIPE_PROFILE.wallets | set(STRIPE_PROFILE.qr.values())  # type: ignore[operator]
