"""A thousand cases of the API's fuzzing, and each fault that it has found before, by itself."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from countinghouse_aws.dynamodb.billing import CLOSES, PLATFORM
from countinghouse_aws.dynamodb.codec import to_item
from countinghouse_aws.edge.body import DEPTH_MAX
from countinghouse_aws.edge.schemas import REFUSALS_MAX
from infra.routes import ROUTES
from tests.security.api_fuzz import Range
from tests.security.doors import document
from tests.security.gateway import Reply
from tests.security.hostile import Template, templates
from tests.security.house import House

TEMPLATES = {template.route.key: template for template in templates(document())}
PAYOUTS = "POST /v1/payouts"


def asked(house: House, key: str, **changes: object) -> Reply:
    template: Template = replace(TEMPLATES[key], **changes)  # type: ignore[arg-type]
    return house.gateway.answer(template.sent())


@pytest.mark.slow
def test_a_thousand_cases_are_answered_as_the_document_says(house: House) -> None:
    fire = Range(house)

    fire.documented(4)
    fire.linked(15, steps=12)
    fire.hostile(600)

    assert fire.fired.failures == {}
    assert fire.fired.server_errors == 0
    assert fire.fired.operations == {route.key for route in ROUTES}
    assert all(count > 50 for count in fire.fired.cases.values()), fire.fired.cases
    assert set(fire.fired.cases) == {"positive", "negative", "stateful", "hostile"}
    assert fire.fired.count >= 1_000


@pytest.mark.slow
def test_a_door_left_open_and_a_bug_are_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checks see what they are there for."""
    monkeypatch.setattr("tests.security.gateway.caller_of", lambda _: "arn:aws:sts::0:finance/x")
    monkeypatch.setattr("countinghouse_aws.edge.access.roles_of", lambda *_: frozenset({"finance"}))
    monkeypatch.setattr("functions.psps.handler.list_psps", lambda *_: 1 / 0)
    fire = Range(house)

    fire.documented(3)

    found = "\n".join(fire.fired.failures)
    assert "GET /v1/wallets/{seller_id}: 200 IgnoredAuth" in found
    assert "GET /v1/psps: 500" in found


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda one: one.route.key)
def test_what_is_made_hostile_is_good_at_first(house: House, template: Template) -> None:
    """Or nothing behind the first check would be reached."""
    own = {
        "GET /v1/payments/{checkout_id}/qr.svg": {"path": {"checkout_id": "chk_9"}, "query": {}},
        "POST /v1/payouts/{payout_id}/approve": {"path": {"payout_id": f"po_{2:024x}"}},
        "POST /v1/payments/{checkout_id}/erasure": {"path": {"checkout_id": "chk_5"}},
        "POST /v1/wallet": {"body": {**(template.body or {}), "transact_type": "credit"}},
    }

    reply = asked(house, template.route.key, **own.get(template.route.key, {}))

    assert reply.status < 300, reply.content


def test_days_and_months_beyond_any_calendar_are_refused(house: House) -> None:
    """They were 500: there is no day before year 1, and no month after 9999-12."""
    answers = [
        asked(house, "GET /v1/fx/rates", query={"date": "0001-01-01"}),
        asked(house, "POST /v1/fx/revaluations", body={"date": "0001-01-02"}),
        asked(house, "POST /v1/billing/closes", body={"month": "9999-12"}),
        asked(house, "POST /v1/billing/closes", body={"month": "0000-01"}),
        asked(house, "GET /v1/billing/closes/{month}", path={"month": "0000-01"}),
    ]

    assert [answer.status for answer in answers] == [422] * len(answers)


def test_the_first_month_ever_closed_is_a_real_one(house: House) -> None:
    billing = house.tables.billing
    key = to_item({"owner": PLATFORM, "document": CLOSES})
    billing.client.delete_item(TableName=billing.name, Key=key)

    answers = [
        asked(house, "POST /v1/billing/closes", body={"month": month})
        for month in ("0000-01", "0000-12", "9999-12", "2026-10")
    ]

    assert [answer.status for answer in answers] == [422, 422, 422, 202]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_body_is_utf_8_and_nothing_else(house: House, encoding: str) -> None:
    body = json.dumps({"seller_id": "s_birch", "currency": "EUR"}).encode(encoding)

    assert asked(house, PAYOUTS, body=body).status == 400


def test_brackets_do_not_hide_behind_another_encoding(house: House) -> None:
    """U+0122 is a quotation mark and a byte in UTF-16: what followed was taken for a text."""
    deep = "[" * (DEPTH_MAX + 900) + "]" * (DEPTH_MAX + 900)

    reply = asked(house, PAYOUTS, body=f'{{"\u0122": {deep}}}'.encode("utf-16-le"))

    assert (reply.status, reply.json()["code"]) == (400, "malformed_request")


def test_a_refusal_is_not_many_times_its_request(house: House) -> None:
    many = {f"{number:x}": 0 for number in range(20_000)}
    long = {"x" * 100_000: 0}

    answers = [asked(house, PAYOUTS, body=body) for body in (many, long)]

    assert [answer.status for answer in answers] == [422, 422]
    assert len(answers[0].json()["errors"]) == REFUSALS_MAX
    assert all(len(answer.content) < 20_000 for answer in answers)


@pytest.mark.parametrize("text", ["é", "a b", "x" * 65, "account#s_amber#EUR", "a~b", "..", "\x00"])
def test_an_id_that_the_document_does_not_allow_is_nobodys(house: House, text: str) -> None:
    """Reads took any text for a seller's id and answered 200."""
    for key in ("GET /v1/wallets/{seller_id}", "GET /v1/sellers/{seller_id}/bank-accounts"):
        assert asked(house, key, path={"seller_id": text}).status == 404


def test_the_checkout_behind_a_lone_order_can_still_be_read(house: House) -> None:
    reply = asked(house, "GET /v1/payments/{checkout_id}", path={"checkout_id": "order~ord_2001"})

    assert (reply.status, reply.json()["checkout_id"]) == (200, "order~ord_2001")
