import ast
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from countinghouse_aws.psp import adyen_client
from countinghouse_aws.psp.adyen_answers import Answer
from countinghouse_aws.psp.adyen_client import AdyenClient, wire_key
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply
from tests.unit.adapters.adyen_line import Line, reply

ERROR = {"status": 422, "errorCode": "130", "message": "Reference Missing"}
Call = Callable[[AdyenClient], Answer]


def answered(answer: Reply | Exception) -> Answer:
    return Line(answer).client().payments({"a": 1}, "k")


CHECKOUT = "https://1a2b-Shop-checkout-live.adyenpayments.example/checkout/v72"
TRANSFERS = "https://balanceplatform-api-test.adyen.example/btl/v4"
CALLS: list[tuple[Call, str, str]] = [
    (lambda c: c.sessions({"a": 1}, "k"), "POST", f"{CHECKOUT}/sessions"),
    (lambda c: c.payments({"a": 1}, "k"), "POST", f"{CHECKOUT}/payments"),
    (lambda c: c.details({"a": 1}, "k"), "POST", f"{CHECKOUT}/payments/details"),
    (lambda c: c.capture("P/1", {"a": 1}, "k"), "POST", f"{CHECKOUT}/payments/P%2F1/captures"),
    (lambda c: c.cancel("P1", {"a": 1}, "k"), "POST", f"{CHECKOUT}/payments/P1/cancels"),
    (lambda c: c.cancel_by_reference({"a": 1}, "k"), "POST", f"{CHECKOUT}/cancels"),
    (lambda c: c.refund("P1", {"a": 1}, "k"), "POST", f"{CHECKOUT}/payments/P1/refunds"),
    (lambda c: c.transfer({"a": 1}, "k"), "POST", f"{TRANSFERS}/transfers"),
    (lambda c: c.find_transfer("T1"), "GET", f"{TRANSFERS}/transfers/T1"),
    (
        lambda c: c.find_transfers("po_1", "2026-11-18T00:00:00Z", "2026-11-19T00:00:00+01:00"),
        "GET",
        f"{TRANSFERS}/transfers?balanceAccountId=BA1&reference=po_1"
        "&createdSince=2026-11-18T00%3A00%3A00Z&createdUntil=2026-11-19T00%3A00%3A00%2B01%3A00",
    ),
    (
        lambda c: c.stored_methods("c1:"),
        "GET",
        f"{CHECKOUT}/storedPaymentMethods?merchantAccount=ShopCOM&shopperReference=c1%3A",
    ),
    (
        lambda c: c.transfer_instrument("SE1"),
        "GET",
        "https://kyc-live.adyen.example/lem/v4/transferInstruments/SE1",
    ),
]


@pytest.mark.parametrize(("call", "method", "url"), CALLS, ids=range(len(CALLS)))
def test_a_call_goes_where_it_was_configured_to(call: Call, method: str, url: str) -> None:
    """The library would make a live address of a test one, and the other way round."""
    line = Line(reply(200, {}), cards=reply(200, {}))

    assert call(line.client()).status == 200

    ((asked, path, headers, body),) = line.asked
    assert (asked, path) == (method, url)
    assert headers["X-API-Key"] == "AQE_test"
    assert (headers.get("Idempotency-Key"), body) == (
        ("k", {"a": 1}) if method == "POST" else (None, None)
    )


def test_a_key_too_long_for_adyen_is_always_the_same_other_one() -> None:
    longest, longer = "k" * 64, "k" * 65

    assert wire_key(longest) == longest
    assert wire_key(longer) == hashlib.sha256(longer.encode()).hexdigest()
    assert len(wire_key(longer)) == 64


@pytest.mark.parametrize("failure", [NeverSent("refused"), NoAnswer("timed out")])
def test_what_the_transport_says_comes_through_as_it_is(failure: Exception) -> None:
    line = Line(failure)

    with pytest.raises(type(failure)) as raised:
        line.client().payments({}, "k")

    assert raised.value is failure
    assert len(line.asked) == 1


@pytest.mark.parametrize(
    ("answer", "ok", "looked_at", "refusal"),
    [
        (reply(200, {}), True, True, False),
        (reply(202, {}), True, True, False),
        (reply(301, ERROR), False, True, False),
        (reply(400, ERROR), False, True, True),
        (reply(401, ERROR), False, False, False),
        (reply(403, ERROR), False, False, False),
        (reply(404, ERROR), False, True, True),
        (reply(408, ERROR), False, True, False),
        (reply(409, ERROR), False, True, False),
        (reply(422, ERROR), False, True, True),
        (reply(422, ERROR, transient_error="true"), False, True, False),
        (reply(422, {**ERROR, "errorCode": "704"}), False, True, False),
        (reply(422, {"message": "no code"}), False, True, False),
        (reply(422, b"<html>"), False, True, False),
        (reply(429, ERROR), False, False, False),
        (reply(500, ERROR), False, True, False),
        (reply(503, b""), False, True, False),
    ],
    ids=range(17),
)
def test_what_an_answer_proves(answer: Reply, ok: bool, looked_at: bool, refusal: bool) -> None:
    found = answered(answer)

    assert (found.is_ok, found.was_looked_at, found.is_refusal) == (ok, looked_at, refusal)


@pytest.mark.parametrize("body", [b"[1]", b'"text"', b"7", b"\xc3\x28\xff", b"[" * 100_000])
@pytest.mark.parametrize("status", [200, 422, 500])
def test_an_answer_that_is_no_object_is_none(status: int, body: bytes) -> None:
    with pytest.raises(NoAnswer):
        answered(Reply(status, body))


def test_an_answer_without_a_body_says_nothing_more() -> None:
    assert answered(Reply(200, b"")).body == {}


@pytest.mark.parametrize("code", ["", "a b", "x" * 41, None, {"a": 1}])
def test_a_code_that_is_not_plain_is_none(code: object) -> None:
    assert answered(reply(422, {"errorCode": code})).error_code in ("", "None")


def test_no_body_shows_in_a_repr() -> None:
    assert "secret" not in repr(Answer(200, {"sessionData": "secret"}))


def test_one_module_knows_the_library_and_imports_it_late() -> None:
    """Whoever only hears of Adyen, the webhooks' function first of all, does not load it."""
    folder = Path(adyen_client.__file__).parent
    found: list[tuple[str, bool]] = []
    for path in sorted(folder.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            found += [
                (path.name, node in tree.body) for one in names if one.split(".")[0] == "Adyen"
            ]
    assert found == [("adyen_client.py", False)]
