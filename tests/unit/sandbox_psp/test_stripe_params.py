"""Stripe's forms and its amounts, read."""

import pytest

from tools.sandbox_psp.stripe_face.errors import StripeError
from tools.sandbox_psp.stripe_face.money import from_wire, smallest, to_wire
from tools.sandbox_psp.stripe_face.params import Params, from_form


def refused(
    values: dict[str, object], known: tuple[str, ...], reader: str, *args: object
) -> StripeError:
    with pytest.raises(StripeError) as found:
        getattr(Params(values, known), reader)(*args)  # type: ignore[arg-type]
    return found.value


def test_a_form_is_a_tree() -> None:
    text = "a=1&m[x]=2&m[y][z]=3&l[]=p&l[]=q&n[1]=s&n[0]=r&empty="

    assert from_form(text) == {
        "a": "1", "m": {"x": "2", "y": {"z": "3"}}, "l": ["p", "q"], "n": ["r", "s"], "empty": "",
    }  # fmt: skip


def test_a_form_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(StripeError):
        from_form("a=1&a[b]=2")


@pytest.mark.parametrize("values", [{"b": "1"}, {"a": {}, "c": 1}])
def test_what_is_unknown_is_named(values: dict[str, object]) -> None:
    error = refused(values, ("a",), "has", "a")

    assert (error.status, error.code) == (400, "parameter_unknown")
    assert error.extra["param"] in ("b", "c")


def test_what_is_unknown_below_is_named_with_its_place() -> None:
    with pytest.raises(StripeError) as found:
        Params({"a": {"b": 1}}, ("a",)).below("a", ("c",))

    assert found.value.extra["param"] == "a[b]"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "parameter_missing"),
        ("", "parameter_missing"),
        ("1.5", "parameter_invalid_integer"),
        ("x", "parameter_invalid_integer"),
        (True, "parameter_invalid_integer"),
        ("0", "parameter_invalid_integer"),
        (10**15, "parameter_invalid_integer"),
    ],
)
def test_an_amount_is_a_positive_integer(value: object, code: str) -> None:
    assert refused({"amount": value}, ("amount",), "integer", "amount").code == code


def test_numbers_are_digits_in_a_form_and_numbers_in_json() -> None:
    assert Params({"amount": "25"}, ("amount",)).integer("amount") == 25
    assert Params({"amount": 25}, ("amount",)).integer("amount") == 25
    assert Params({"a": "true", "b": False}, ("a", "b")).flag("a")
    assert not Params({"a": "true", "b": False}, ("a", "b")).flag("b")


@pytest.mark.parametrize(
    "metadata",
    [{"n" * 41: "v"}, {"n": "v" * 501}, {f"n{n}": "v" for n in range(51)}, {"n": {"m": "v"}}],
)
def test_metadata_has_its_limits(metadata: dict[str, object]) -> None:
    refused({"metadata": metadata}, ("metadata",), "metadata")


def test_an_emptied_metadatum_is_none() -> None:
    given = {"metadata": {"n": "v" * 500, "m": ""}}

    assert Params(given, ("metadata",)).metadata() == {"n": "v" * 500}


@pytest.mark.parametrize(
    ("currency", "minor", "wire"),
    [
        ("EUR", 1_250, 1_250), ("JPY", 1_250, 1_250), ("ISK", 25, 2_500), ("UGX", 5, 500),
        ("MGA", 12_500, 125), ("KWD", 1_250, 1_250), ("HUF", 12_345, 12_345), ("EUR", -5, -5),
        ("ISK", -3, -300),
    ],
)  # fmt: skip
def test_amounts_go_and_come_back(currency: str, minor: int, wire: int) -> None:
    assert to_wire(minor, currency) == wire
    assert from_wire(wire, currency) == minor


@pytest.mark.parametrize(
    ("currency", "wire", "payout"),
    [("ISK", 2_550, False), ("UGX", 1, False), ("KWD", 1_251, False), ("HUF", 150, True),
     ("TWD", 101, True)],
)  # fmt: skip
def test_what_a_currency_does_not_have_is_refused(currency: str, wire: int, payout: bool) -> None:
    with pytest.raises(StripeError) as found:
        from_wire(wire, currency, payout=payout)

    assert found.value.extra["param"] == "amount"


@pytest.mark.parametrize("currency", ["EUR", "ISK", "KWD", "MGA"])
def test_the_smallest_amount_can_be_said(currency: str) -> None:
    assert from_wire(to_wire(smallest(currency), currency), currency) == smallest(currency)
