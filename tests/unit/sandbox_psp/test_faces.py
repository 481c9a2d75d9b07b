"""What all faces share: outages, keys in use, their places in one process."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.sandbox_psp.shop import OK, Shop
from tools.sandbox_psp.__main__ import parser
from tools.sandbox_psp.face import Face
from tools.sandbox_psp.mounts import MOUNTS, Place, mounted, under
from tools.sandbox_psp.wire import Request


def place(database: str = ":memory:") -> Place:
    return Place(database, "http://127.0.0.1:1", "seed", timedelta(days=1))


def now() -> datetime:
    return datetime(2026, 11, 22, tzinfo=UTC)


def test_an_outage_refuses_merchants_and_nobody_else(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.call("POST", "/_control/outage", {"mode": "refuse"})

    down = shop.charge(token)

    assert (down.status, down.code) == (503, "unavailable")
    assert shop.call("GET", "/v1/charges", query="reference=ord-1").status == 503
    assert shop.call("GET", f"/pay/{token}").status == 200
    assert shop.ledger() == []
    assert shop.call("GET", "/_control/health").json["outage"] == "refuse"
    assert shop.call("POST", "/_control/outage", {"mode": "off"}).json == {"mode": "off"}
    assert shop.charge(token).status == 201
    assert "outage" not in shop.call("GET", "/_control/health").json


def test_an_outage_may_drop_every_call(shop: Shop) -> None:
    shop.call("POST", "/_control/outage", {"mode": "drop"})

    assert shop.call("GET", "/v1/charges").response.transport == "drop"
    assert shop.call("GET", "/_control/outage").json == {"mode": "drop"}
    assert shop.call("POST", "/_control/outage", {"mode": "smoke"}).status == 422


def test_a_key_may_be_in_use(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.fault("key_in_use", order_id="ord-1")

    refused = shop.charge(token, key="k")

    assert (refused.status, refused.code) == (409, "idempotency_key_in_use")
    assert shop.ledger() == []
    assert shop.charge(token, key="k").status == 201


@pytest.mark.parametrize(
    ("path", "prefix", "rest"),
    [
        ("/v1/charges", "", "/v1/charges"),
        ("/stripe/v1/charges", "/stripe", "/v1/charges"),
        ("/stripe", "/stripe", "/"),
        ("/stripes/v1", "", "/stripes/v1"),
    ],
)
def test_a_path_is_under_one_prefix(path: str, prefix: str, rest: str) -> None:
    assert under(path, ["", "/stripe", "/adyen"]) == (prefix, rest)


def test_each_face_has_its_own_book_and_keys(tmp_path: Path) -> None:
    database = str(tmp_path / "psp.db")
    environment = {"SANDBOX_PSP_STRIPE_API_KEY": "sk_theirs", "SANDBOX_PSP_API_KEY": ""}

    with mounted(MOUNTS, place(database), environment, now) as sandboxes:
        assert list(sandboxes) == ["", "/stripe", "/adyen"]
        sandboxes[""].handle(Request("POST", "/_control/clock", body=b'{"advance": "1d"}'))
        offsets = {
            path: json.loads(one.handle(Request("GET", "/_control/clock")).body)["offset_s"]
            for path, one in sandboxes.items()
        }
        asked = {"authorization": "Bearer sk_theirs"}
        theirs = sandboxes["/stripe"].handle(Request("GET", "/v1/events", headers=asked))
        ours = sandboxes[""].handle(
            Request("GET", "/v1/settlements", headers={"authorization": "Bearer sk_sandbox"})
        )

    assert offsets == {"": 86_400, "/stripe": 0, "/adyen": 0}
    assert (theirs.status, ours.status) == (200, 200)
    assert {path.name for path in tmp_path.iterdir()} >= {
        "psp.db", "psp.db.stripe", "psp.db.adyen",
    }  # fmt: skip


def test_faces_may_be_left_out() -> None:
    assert parser().parse_args(["--faces", "stripe"]).faces == ["stripe"]
    assert parser().parse_args([]).faces == ["sandbox", "stripe", "adyen"]
    with mounted(["stripe"], place(), {}, now) as sandboxes:
        assert list(sandboxes) == ["/stripe"]


def test_an_unknown_face_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["--faces", "stripe,paypal"])
    assert "sandbox,stripe,adyen" in capsys.readouterr().err


@pytest.mark.parametrize("name", MOUNTS)
def test_a_face_refuses_what_it_does_not_know_in_its_own_words(name: str) -> None:
    face: Face = MOUNTS[name].face()
    with mounted([name], place(), {}, now) as sandboxes:
        (sandbox,) = sandboxes.values()
        stranger = sandbox.handle(Request("GET", "/nowhere"))
        buyer = sandbox.handle(Request("GET", "/pay/nowhere"))

    assert face.name == name
    assert (stranger.status, buyer.status) == (404, 404)
    assert json.loads(buyer.body)["error"]["code"] == "not_found"
