from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.document import Part
from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import DAY, from_rfc3339
from countinghouse.domain.screening import (
    ALLOWED,
    MONTHLY,
    ScreeningRefused,
    ScreeningRequest,
    ScreeningRules,
    Verdict,
    comparable,
    email_domain_of,
    parse_screening_list,
    parse_screening_rules,
)

DOCUMENT: dict[str, Any] = {
    "list": "test",
    "version": "7",
    "source": "made up",
    "as_of": "2026-11-01T00:00:00Z",
    "blocked_countries": ["KP", "IR"],
    "entries": [
        {
            "entry_id": "E1",
            "names": ["José María Müller", "Żółw"],
            "email_domains": ["Bad.example"],
        },
        {"entry_id": "E2", "names": ["Müller José María"], "party_ids": ["u9", "s9"]},
    ],
}
LIST = parse_screening_list(DOCUMENT)
AS_OF = from_rfc3339("2026-11-01T00:00:00Z")


def hit(entry_id: str) -> Verdict:
    return Verdict("party_screened", "test", entry_id)


@pytest.mark.parametrize(
    ("request_", "verdict"),
    [
        (ScreeningRequest(), ALLOWED),
        (ScreeningRequest("DE", "FR", "u1", "s1", "Ada Lovelace", "example.org"), ALLOWED),
        (ScreeningRequest(buyer_country="KP"), Verdict("country_blocked", "test", "KP")),
        (ScreeningRequest("DE", "IR"), Verdict("country_blocked", "test", "IR")),
        (ScreeningRequest("KP", user_id="u9"), Verdict("country_blocked", "test", "KP")),
        (ScreeningRequest(user_id="u9"), hit("E2")),
        (ScreeningRequest(seller_id="s9"), hit("E2")),
        (ScreeningRequest(name="jose maria MULLER"), hit("E1")),
        (ScreeningRequest(email_domain="bad.EXAMPLE"), hit("E1")),
        (ScreeningRequest(email_domain="very.bad.example"), ALLOWED),
    ],
)
def test_what_the_list_says(request_: ScreeningRequest, verdict: Verdict) -> None:
    assert LIST.screen(request_) == verdict
    assert verdict.allowed is (verdict == ALLOWED)


@pytest.mark.parametrize(
    "spelling",
    [
        "José María Müller",
        "MÜLLER, JOSÉ MARÍA",
        "Mu\u0308ller  Jose\u0301\tMari\u0301a",
        "Ｊｏｓé María-Müller",
        "𝐉𝐎𝐒É María Müller",
        "maría müller josé.",
    ],
)
def test_a_name_is_met_in_any_case_order_and_accent(spelling: str) -> None:
    assert LIST.screen(ScreeningRequest(name=spelling)) == hit("E1")


@pytest.mark.parametrize(
    "spelling",
    [
        "José Mar\u00adía Müller",
        "José Ma\u200bría Mü\u2060ller\ufeff",
        "José María Mül\u034fler",
        "José\u3164 María Mü\u115fller\ufe0f",
        "José María\u200cMüller",
        "José\u200bMaría Müller",
    ],
)
def test_what_cannot_be_seen_hides_nobody(spelling: str) -> None:
    assert LIST.screen(ScreeningRequest(name=spelling)) == hit("E1")


def test_a_listed_name_is_met_whatever_is_hidden_in_it() -> None:
    listed = parse_screening_list(changed(("entries", 1, "names"), ["Ada\u200cRoe"]))

    for name in ("AdaRoe", "Roe Ada", "Ada\u200cRoe", "A\u00addaRoe"):
        assert listed.screen(ScreeningRequest(name=name)) == hit("E2")


@pytest.mark.parametrize("domain", ["bad.example.", "ｂａｄ.example", "bad\u200b.example"])
def test_a_domain_is_met_as_mail_finds_it(domain: str) -> None:
    assert LIST.screen(ScreeningRequest(email_domain=domain)) == hit("E1")


@pytest.mark.parametrize(
    "name",
    ["José Müller", "José María Müllers", "José María José Müller", "J. M. Müller", "", " . "],
)
def test_nothing_is_guessed(name: str) -> None:
    assert LIST.screen(ScreeningRequest(name=name)).allowed


@given(st.lists(st.text(max_size=8), min_size=1, max_size=5), st.randoms())
def test_the_order_of_words_does_not_count(words: list[str], random: Any) -> None:
    shuffled = list(words)
    random.shuffle(shuffled)

    assert comparable(" ".join(words)) == comparable(" ".join(shuffled))


def test_folding_is_what_it_says() -> None:
    assert comparable("Straße ÅNGSTRÖM") == "angstrom strasse"
    assert comparable("Łódź") == "łodz"


def test_a_refusal_names_neither_list_nor_entry() -> None:
    for code, entry in (("country_blocked", "KP"), ("party_screened", "E1")):
        with pytest.raises(ScreeningRefused) as refusal:
            Verdict(code, "secret-list", entry).refuse()
        assert refusal.value.code == code
        assert entry not in refusal.value.detail
        assert "secret-list" not in refusal.value.detail


def test_names_are_not_in_a_representation() -> None:
    request = ScreeningRequest(user_id="u1", name="Ada Lovelace", email_domain="example.org")

    assert "Ada" not in repr(request)
    assert "example.org" not in repr(request)


def test_a_list_is_stale_a_moment_after_its_age() -> None:
    rules = ScreeningRules(max_age=2 * DAY)

    assert not LIST.is_stale(AS_OF + 2 * DAY, rules)
    assert LIST.is_stale(AS_OF + 2 * DAY + 1, rules)


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    document: Any = deepcopy(DOCUMENT)
    *steps, last = path
    part = document
    for step in steps:
        part = part[step]
    part[last] = value
    found: dict[str, Any] = document
    return found


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("as_of",), "yesterday", "as_of"),
        (("blocked_countries",), ["KP", "XX"], "blocked_countries[1]"),
        (("entries", 1, "entry_id"), "E1", "entries[1].entry_id"),
        (("entries", 1), {"entry_id": "E3"}, "entries[1]"),
        (("entries", 0, "names"), ["..."], "entries[0].names"),
        (("entries", 0, "names"), "Ada", "entries[0].names"),
        (("entries", 0, "born"), 1815, "entries[0].born"),
        (("list",), "a b", "list"),
    ],
)
def test_a_mistake_in_the_list_is_named_by_its_path(
    path: tuple[str | int, ...], value: object, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_screening_list(changed(path, value))

    assert refusal.value.field == field


def test_the_market_says_how_old_a_list_may_be() -> None:
    assert parse_screening_rules(Part({"max_age_days": 7}, "screening")).max_age == 7 * DAY
    assert parse_screening_rules(None) is MONTHLY


def test_the_domain_is_what_stands_behind_the_last_at() -> None:
    assert email_domain_of("a@b@example.org") == "example.org"
    assert email_domain_of(None) is None
