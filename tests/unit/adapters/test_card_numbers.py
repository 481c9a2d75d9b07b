import random
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid
from countinghouse.domain.ledger import journal_key
from countinghouse_aws.card_numbers import (
    WITHHELD,
    holds_card_number,
    is_card_number,
    withheld,
)
from countinghouse_aws.edge.card_numbers import refuse_card_numbers


def check_digit(body: str) -> str:
    """The digit that makes `body` pass Luhn, counted another way than the code does."""
    doubled = {"0": 0, "1": 2, "2": 4, "3": 6, "4": 8, "5": 1, "6": 3, "7": 5, "8": 7, "9": 9}
    total = sum(
        doubled[digit] if place % 2 == 0 else int(digit)
        for place, digit in enumerate(reversed(body))
    )
    return str(-total % 10)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """A card number of 13 to 19 digits."""
    first = draw(st.sampled_from("23456"))
    rest = draw(st.text("0123456789", min_size=11, max_size=17))
    return first + rest + check_digit(first + rest)


def grouped(number: str, separator: str) -> str:
    return separator.join(number[place : place + 4] for place in range(0, len(number), 4))


def other_script(number: str, zero: int) -> str:
    return "".join(chr(zero + int(digit)) for digit in number)


@given(numbers())
def test_a_bare_number_is_found(number: str) -> None:
    assert holds_card_number(number)


@given(
    numbers(), st.sampled_from([" ", "-", ".", "/", "_", "\u00a0", "\u2009", "–", "—", "\t", " - "])
)
def test_separators_hide_nothing(number: str, separator: str) -> None:
    assert holds_card_number(grouped(number, separator))


@given(numbers(), st.sampled_from([0xFF10, 0x0660, 0x06F0, 0x0966, 0x1D7CE, 0x1D7D8]))
def test_digits_of_other_scripts_count(number: str, zero: int) -> None:
    assert holds_card_number(other_script(number, zero))


TEXTS = [
    "card {}", "{}, thanks", "({})", "a{}b", "x={};", "{} 12/34 123", "{} exp 01/29",
    "5 {}", "order 17: {}", "{}.00",
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "4242:4242:4242:4242",
        "1111:2222:4242*4242*4242*4242",
        "3782|822463|10005",
        "4242\u200b4242\u200b4242\u200b4242",
        "424\u00ad2424242424242",
        "\ufe0f\u20e3".join("4242424242424242"),
        "\u3164".join("4242424242424242"),
        "4242%204242%204242%204242",
        "NDI0MjQyNDI0MjQyNDI0Mg==",
        "token=Y2FyZD00MjQyNDI0MjQyNDI0MjQyPw;",
    ],
)
def test_a_disguise_is_seen_through(text: str) -> None:
    assert holds_card_number(text)


@pytest.mark.parametrize(
    "body", [["4242", "4242", "4242", "4242"], {"a": [4242, 4242, "42424242"]}]
)
def test_an_array_hides_nothing_in_its_places(body: object) -> None:
    with pytest.raises(Invalid):
        refuse_card_numbers(body)


@given(
    numbers(),
    st.sampled_from(TEXTS),
)
def test_a_number_is_found_in_a_text_beside_other_numbers(number: str, text: str) -> None:
    assert holds_card_number(text.format(number))
    assert holds_card_number(text.format(grouped(number, " ")))


@given(numbers())
def test_a_number_is_found_wherever_it_stands_and_is_not_repeated(number: str) -> None:
    bodies: list[Any] = [
        number,
        int(number),
        [number],
        {"a": {"b": [{"c": number}]}},
        {number: 1},
        {"a": [1, 2, {"b": int(number)}]},
        [[[[[grouped(number, "-")]]]]],
    ]
    for body in bodies:
        with pytest.raises(Invalid) as refusal:
            refuse_card_numbers(body)
        assert refusal.value.code == "card_number_refused"
        assert number not in str(refusal.value)


@given(numbers(), st.integers(1, 9))
def test_a_number_that_fails_luhn_is_none(number: str, by: int) -> None:
    wrong = number[:-1] + str((int(number[-1]) + by) % 10)

    assert not holds_card_number(wrong)


@pytest.mark.parametrize(
    "number", ["4242424242424242", "4000056655665556", "5555555555554444", "378282246310005"]
)
def test_the_well_known_test_cards_are_found(number: str) -> None:
    assert holds_card_number(number)


@pytest.mark.parametrize(
    "harmless",
    [
        "", "7000", "424242424242", "1234567890123", "9" * 16, "0" * 16, "7" * 19,
        "42424242424242424242", "2026-11-22T07:34:00.000Z", "+49 30 901820", "ada@example.org",
        "2026-11-22 07:34", "DE89 3704",
    ],
)  # fmt: skip
def test_what_is_no_card_number_passes(harmless: str) -> None:
    refuse_card_numbers({"a": [harmless, {"b": harmless}]})


@pytest.mark.parametrize("value", [None, True, 0, 999_999_999_999, [], {}])
def test_other_values_pass(value: object) -> None:
    refuse_card_numbers(value)


COUNT = 20_000
CHANCE = random.Random(7)


def hexadecimal(length: int) -> str:
    return f"{CHANCE.getrandbits(4 * length):0{length}x}"


@pytest.mark.parametrize(
    "make",
    [
        lambda: hexadecimal(32),
        lambda: hexadecimal(64),
        lambda: f"po_{hexadecimal(32)}",
        lambda: journal_key(hexadecimal(8), "capture").ledger_id,
        lambda: str(uuid.UUID(int=CHANCE.getrandbits(128), version=4)),
        lambda: f"{hexadecimal(24)}-{CHANCE.randrange(50)}",
        lambda: f"{hexadecimal(24)}-{CHANCE.randrange(50)}:charge:1",
        lambda: f"sandbox#evt_{hexadecimal(24)}",
    ],
    ids=["hex32", "hex64", "payout", "journal", "uuid", "order", "key", "event"],
)
def test_our_own_ids_are_hardly_ever_taken_for_one(make: Any) -> None:
    taken = sum(holds_card_number(make()) for _ in range(COUNT))

    assert taken / COUNT < 0.001


@given(numbers())
def test_a_psps_words_are_kept_unless_they_quote_a_number(number: str) -> None:
    assert withheld(f"card {number} was declined") == WITHHELD
    assert withheld("insufficient_funds") == "insufficient_funds"
    assert withheld("") == ""


@given(numbers())
def test_only_digits_alone_are_a_card_number(number: str) -> None:
    assert is_card_number(number)
    assert not is_card_number(f"ch_{number}")
    assert not is_card_number("8" + number[1:])
    assert not is_card_number(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize("text", ["", "4242", "4" * 20, "4242 4242 4242 4242", "ch_1"])
def test_ids_are_no_card_numbers(text: str) -> None:
    assert not is_card_number(text)


def test_a_large_body_is_looked_through_in_time() -> None:
    for text in ("1 " * 100_000, "4 1 " * 50_000, "9" * 200_000, "4242 " * 40_000, "A" * 200_000):
        holds_card_number(text)
