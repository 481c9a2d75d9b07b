"""The measurement of `make secure`, smaller: what functions leave behind quotes nobody."""

from __future__ import annotations

import random
import sys

import pytest

from countinghouse_aws.observability import count, logger
from tests.security import quoted, spilled
from tests.security.ear import Hay, Needle, as_text, listening
from tests.security.house import House
from tests.security.planted import PLACES
from tools.secure.card_numbers import DISGUISES, number


@pytest.mark.parametrize("way", DISGUISES)
def test_a_disguised_number_is_found_again(way: str) -> None:
    card = number(random.Random(way))
    value = DISGUISES[way](card, random.Random(way))

    needle = Needle(card, as_text(value))

    assert needle.stands_in(Hay.of(f"12:00 said {as_text(value)} to 7"))
    assert not needle.stands_in(Hay.of("12:00 said nothing to 7"))


def test_what_functions_write_is_heard(house: House) -> None:
    with listening(house) as ear:
        logger().info("line", extra={"card": "٤٢٤٢"})
        count("Metric")
        sys.stdout.write("printed\n")
        heard = ear.heard()
        ear.invoke("posting", {"Records": "not a list"})
        raised = ear.heard()

    assert "4242" in heard.digits
    assert "printed" in heard.text
    assert "Traceback" in raised.text


def test_no_card_number_in_a_request_is_left_behind(house: House) -> None:
    found = spilled.requests(house, 400, seed=5)

    assert found.leaks == []
    assert set(found.tried) == set(PLACES)
    assert found.lines > 400


def test_no_body_is_logged(house: House) -> None:
    found = spilled.bodies(house)

    assert (found.leaks, found.tried.total() > 50) == ([], True)


def test_what_breaks_in_the_middle_quotes_no_request(house: House) -> None:
    found = spilled.bugs(house)

    assert (found.leaks, len(found.tried)) == ([], 2)


def test_what_a_psp_answers_is_kept_without_card_numbers(house: House) -> None:
    found = quoted.psp_answers(house, every=8)

    assert (found.leaks, len(found.tried)) == ([], 6)


def test_what_psps_report_is_kept_without_card_numbers() -> None:
    found = quoted.psp_events()

    assert (found.leaks, len(found.tried)) == ([], 3)


def test_a_rejected_line_is_not_quoted() -> None:
    found = quoted.files(200)

    assert (found.leaks, len(found.tried)) == ([], 4)
