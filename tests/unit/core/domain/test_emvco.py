import binascii
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain import emvco
from countinghouse.domain.currencies import CURRENCIES
from countinghouse.domain.emvco import Field, Presented, build, decimal_text, minor_units, parse
from countinghouse.domain.money import AMOUNT_MAX, Money
from tests.strategies import currencies, payloads

# The first example of EMV QRCPS 1.1, annex: names in two scripts, a tip the buyer is asked for.
EMVCOS_OWN = (
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN"
    "5914BEST TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.72530315655020162330304"
    "12340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A"
)
PLAIN = Presented(
    accounts=(emvco.template("26", ("00", "psp.test"), ("01", "m1")),),
    currency="EUR",
    country="NL",
    amount_minor=1_250,
    dynamic=True,
    category="5999",
    merchant="Shop",
    city="Utrecht",
    additional=(Field("05", "o1"),),
)


def closed(body: str) -> str:
    """The body with its checksum."""
    text = f"{body}6304"
    return f"{text}{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


@given(payloads())
def test_what_is_written_is_read_back(payload: Presented) -> None:
    assert parse(build(payload)) == payload


def test_the_specifications_own_example_is_understood() -> None:
    read = parse(EMVCOS_OWN)

    assert (read.merchant, read.city, read.country) == ("BEST TRANSPORT", "BEIJING", "CN")
    assert (read.amount_minor, read.currency, read.dynamic) == (2_372, "CNY", True)
    assert read.tip == "01"
    assert [account.tag for account in read.accounts] == ["29", "31"]
    assert read.account("D15600000001") == {"00": "D15600000001", "03": "12345678"}
    assert read.account("d15600000000") == {"00": "D15600000000", "05": "A93FO3230Q"}
    assert read.account("other") is None
    assert [field.tag for field in read.other] == ["64", "91"]


@given(payloads(), st.data())
def test_one_character_changed_is_noticed(payload: Presented, data: st.DataObject) -> None:
    text = build(payload)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("0123456789ABCDEFxyz"))
    if other.upper() != text[place].upper():
        with pytest.raises(emvco.BadPayload):
            parse(text[:place] + other + text[place + 1 :])


@given(st.text(max_size=80) | st.text("0123456789", max_size=80))
def test_any_text_is_a_payload_or_refused_as_one(text: str) -> None:
    with pytest.raises(emvco.BadPayload):
        parse(text)


HEAD = "000201010212"
ACCOUNT = "26120008psp.test"
REST = "53039785802NL"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", emvco.BadOrder),
        ("0002", emvco.BadLength),
        ("000", emvco.BadLength),
        ("0000", emvco.BadLength),
        ("00x201", emvco.BadValue),
        ("٠٠0201", emvco.BadValue),
        (closed(f"010212000201{ACCOUNT}{REST}"), emvco.BadOrder),
        (f"{closed(f'{HEAD}{ACCOUNT}{REST}')}5901A", emvco.BadOrder),
        (closed(f"{HEAD}{ACCOUNT}{ACCOUNT}{REST}"), emvco.BadOrder),
        (f"{HEAD}{ACCOUNT}{REST}63040000", emvco.BadChecksum),
        (f"{HEAD}{ACCOUNT}{REST}6303ABC", emvco.BadLength),
        (closed(f"{HEAD}{REST}"), emvco.MissingTag),
        (closed(f"{HEAD}{ACCOUNT}5802NL"), emvco.MissingTag),
        (closed(f"{HEAD}{ACCOUNT}5303978"), emvco.MissingTag),
        (closed(f"{HEAD}26070103abc{REST}"), emvco.MissingTag),
        (closed(f"{HEAD}2603abc{REST}"), emvco.BadLength),
        (closed(f"{HEAD}{ACCOUNT}5302975802NL"), emvco.BadLength),
        (closed(f"{HEAD}{ACCOUNT}53039785803NLX"), emvco.BadLength),
        (closed(f"000202{ACCOUNT}{REST}"), emvco.BadValue),
        (closed(f"000201010213{ACCOUNT}{REST}"), emvco.BadValue),
        (closed(f"{HEAD}{ACCOUNT}53039995802NL"), emvco.BadValue),
        (closed(f"{HEAD}{ACCOUNT}540510,00{REST}"), emvco.BadValue),
        (closed(f"{HEAD}{ACCOUNT}5903ABC{REST}6203abc"), emvco.BadLength),
        (closed(f"{HEAD}{ACCOUNT}5926{'A' * 26}{REST}"), emvco.BadLength),
        (closed(f"{HEAD}{ACCOUNT}6016{'A' * 16}{REST}"), emvco.BadLength),
        (closed(f"{HEAD}{ACCOUNT}5414{'1' * 14}{REST}"), emvco.BadLength),
        (closed(HEAD + ACCOUNT + REST + "".join(f"{n}99{'A' * 99}" for n in range(80, 85))),
         emvco.TooLong),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_its_type(text: str, wrong: type[Exception]) -> None:
    with pytest.raises(wrong) as refusal:
        parse(text)

    assert type(refusal.value) is wrong


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"currency": "XXX"}, emvco.BadValue),
        ({"amount_minor": 0}, emvco.BadValue),
        ({"amount_minor": -1}, emvco.BadValue),
        ({"amount_minor": 10**12}, emvco.BadLength),
        ({"merchant": ""}, emvco.BadLength),
        ({"merchant": "M" * 26}, emvco.BadLength),
        ({"accounts": ()}, emvco.MissingTag),
        ({"additional": (Field("05", "x" * 100),)}, emvco.BadLength),
        ({"other": (Field("63", "ABCD"),)}, emvco.BadOrder),
        ({"other": tuple(Field(f"{n}", "x" * 99) for n in range(80, 85))}, emvco.TooLong),
    ],
)
def test_what_could_not_be_read_is_not_written(
    change: dict[str, object], wrong: type[Exception]
) -> None:
    with pytest.raises(wrong):
        build(replace(PLAIN, **change))  # type: ignore[arg-type]


@given(st.integers(1, AMOUNT_MAX), currencies)
def test_amounts_are_written_and_read_in_the_currencys_decimals(minor: int, code: str) -> None:
    text = decimal_text(Money(minor, code))

    assert minor_units(text, code) == minor
    assert len(text.partition(".")[2]) == CURRENCIES[code][0]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("98.73", "EUR", 9_873),
        ("98.", "EUR", 9_800),
        ("98", "EUR", 9_800),
        ("98.7", "EUR", 9_870),
        ("0.01", "EUR", 1),
        ("1250", "JPY", 1_250),
        ("1250.00", "VND", 1_250),
        ("1.250", "KWD", 1_250),
    ],
)
def test_the_same_amount_may_be_written_shorter_or_longer(
    text: str, currency: str, minor: int
) -> None:
    assert minor_units(text, currency) == minor


@pytest.mark.parametrize("text", ["", ".5", "1,5", "1.2.3", "-1", "1e3", "0", "0.00", "1.005", "١"])
def test_what_is_no_amount_of_whole_cents_is_refused(text: str) -> None:
    with pytest.raises(emvco.BadValue):
        minor_units(text, "EUR")
