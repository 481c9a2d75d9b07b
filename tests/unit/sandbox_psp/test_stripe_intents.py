"""The sandbox as Stripe: PaymentIntents, refunds and disputes, in process."""

import json
from collections.abc import Iterator

import pytest

from tests.unit.sandbox_psp.shop import DECLINED, DISPUTED_LATER, OK, THREE_DS
from tests.unit.sandbox_psp.stripe_shop import PUBLIC_URL, StripeShop
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.wire import Request


@pytest.fixture
def shop() -> Iterator[StripeShop]:
    book = Book()
    yield StripeShop(book)
    book.close()


def test_a_card_of_another_checkout_replaces_none(shop: StripeShop) -> None:
    first, second = shop.checkout("chk-1"), shop.checkout("chk-2", DECLINED)

    other = shop.charge({**first, "payment_method": second["payment_method"]})

    assert other["error"]["param"] == "payment_method"
    assert shop.get("/v1/payment_intents")["data"] == []
    assert shop.charge(first)["status"] == "succeeded"


def test_attaching_again_replaces_the_card(shop: StripeShop) -> None:
    setup = shop.checkout(card=DECLINED)
    given = {"number": OK, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    path = f"/sessions/{setup['id']}/payment_method"
    shop.call("POST", path, {"type": "card", "card": given})

    again = shop.get(f"/v1/setup_intents/{setup['id']}")

    assert again["payment_method"] != setup["payment_method"]
    assert shop.charge(again)["status"] == "succeeded"


def test_a_saved_challenge_is_not_the_setups(shop: StripeShop) -> None:
    setup = shop.checkout(card=THREE_DS)

    page = shop.call("GET", f"/pay/{setup['id']}").response.body.decode()
    answered = shop.control(f"actions/{setup['id']}", result="approve")

    assert "Nothing more to do here" in page
    assert "EUR" not in page
    assert answered["error"]["code"] == "illegal_state"
    assert shop.charge(setup)["status"] == "requires_action"


def test_the_page_of_a_checkout_asks_for_a_card_where_this_psp_is(shop: StripeShop) -> None:
    setup = shop.checkout(card=None)

    page = shop.call("GET", f"/pay/{setup['id']}").response.body.decode()

    assert f'action="/stripe/sessions/{setup["id"]}/payment_method"' in page
    form = {"content-type": "application/x-www-form-urlencoded"}
    raw = "type=card&number=4242424242424242&exp_month=12&exp_year=34&cvc=123"
    sent = shop.psp.handle(
        shop_request("POST", f"/sessions/{setup['id']}/payment_method", form, raw)
    )
    assert sent.headers["location"] == f"/stripe/pay/{setup['id']}"
    assert shop.get(f"/v1/setup_intents/{setup['id']}")["status"] == "succeeded"


def shop_request(method: str, path: str, headers: dict[str, str], body: str) -> Request:
    return Request(method, path, "", headers, body.encode())


def test_one_fault_meets_all_that_one_change_posts(shop: StripeShop) -> None:
    shop.control("faults", kind="webhook_lost", order_id="ord-1")
    shop.charge(shop.checkout())
    assert shop.kinds() == []

    shop.charge(shop.checkout("chk-2"), "ord-2")

    assert shop.kinds() == ["payment_intent.created", "payment_intent.succeeded"]


@pytest.mark.parametrize(
    ("currency", "amount", "booked"),
    [("eur", 2_500, 2_501), ("kwd", 2_500, 2_510), ("isk", 2_500, 2_600)],
)
def test_a_drifted_amount_can_be_said(
    shop: StripeShop, currency: str, amount: int, booked: int
) -> None:
    shop.control("faults", kind="amount_drift", order_id="ord-1")

    paid = shop.charge(shop.checkout(), currency=currency, amount=amount)

    assert (paid["amount"], paid["amount_received"]) == (booked, booked)


def test_a_code_runs_out_by_the_clock_and_a_challenge_ends(shop: StripeShop) -> None:
    code = shop.by("pix", "brl")["id"]
    challenge = shop.charge(shop.checkout("chk-2", THREE_DS), "ord-2")["id"]
    shop.events()

    shop.advance("16m")
    expired = shop.get(f"/v1/payment_intents/{code}")
    shop.advance("1h")
    ended = shop.get(f"/v1/payment_intents/{challenge}")

    assert expired["status"] == "requires_payment_method"
    assert expired["last_payment_error"]["code"] == "payment_intent_payment_attempt_expired"
    assert (ended["status"], ended["cancellation_reason"]) == ("canceled", "expired")
    assert shop.kinds() == ["payment_intent.payment_failed", "payment_intent.canceled"]


@pytest.mark.parametrize(("kind", "currency"), [("paynow", "sgd"), ("alipay", "eur")])
def test_a_code_or_wallet_paid_late_succeeds_after_all(
    shop: StripeShop, kind: str, currency: str
) -> None:
    intent = shop.by(kind, currency)["id"]
    shop.advance("61m")
    shop.events()

    paid = shop.act(intent, "approve")

    (event,) = shop.events()
    assert event["type"] == "payment_intent.succeeded"
    assert event["data"]["object"] == paid
    assert (paid["status"], paid["amount_received"]) == ("succeeded", 2_500)
    assert paid["latest_charge"]
    assert paid["payment_method"]
    assert (paid["canceled_at"], paid["last_payment_error"]) == (None, None)


def test_a_codes_picture_is_for_anybody(shop: StripeShop) -> None:
    detail = shop.by("paynow", "sgd")["next_action"]["paynow_display_qr_code"]

    found = {
        kind: shop.call("GET", detail[f"image_url_{kind}"].removeprefix(PUBLIC_URL)).response
        for kind in ("svg", "png")
    }

    assert b"<svg" in found["svg"].body
    assert found["png"].body.startswith(b"\x89PNG")
    assert shop.call("GET", "/qr/pi_none.svg").status == 404


def test_wechat_pay_wants_to_know_the_device(shop: StripeShop) -> None:
    assert "client" in shop.by("wechat_pay")["error"]["param"]

    intent = shop.by("wechat_pay", payment_method_options={"wechat_pay": {"client": "web"}})

    assert intent["next_action"]["wechat_pay_display_qr_code"]["data"]


def test_a_wallet_needs_somewhere_to_come_back_to(shop: StripeShop) -> None:
    assert shop.by("paypal", return_url=None)["error"]["param"] == "return_url"


def test_an_attempt_that_failed_is_made_again_with_another_card(shop: StripeShop) -> None:
    first = shop.checkout(card=DECLINED)
    failed = shop.charge(first)["error"]["payment_intent"]
    shop.events()
    given = {"number": OK, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    path = f"/sessions/{first['id']}/payment_method"
    shop.call("POST", path, {"type": "card", "card": given})
    method = shop.get(f"/v1/setup_intents/{first['id']}")["payment_method"]

    paid = shop.post(f"/v1/payment_intents/{failed['id']}/confirm", payment_method=method)

    assert (paid["status"], paid["last_payment_error"]) == ("succeeded", None)
    assert paid["latest_charge"] != failed["latest_charge"]
    assert shop.kinds() == ["payment_intent.succeeded"]
    assert len(shop.get("/v1/charges", f"payment_intent={paid['id']}")["data"]) == 2


@pytest.mark.parametrize("status", ["requires_confirmation", "requires_payment_method"])
def test_an_intent_that_was_not_tried_is_cancelled(shop: StripeShop, status: str) -> None:
    setup = shop.checkout()
    setup["payment_method"] = setup["payment_method"] if "confirmation" in status else None
    made = shop.charge(setup, confirm="false")
    assert made["status"] == status
    assert shop.post(f"/v1/payment_intents/{made['id']}/capture")["error"]["code"] == (
        "payment_intent_unexpected_state"
    )

    gone = shop.post(f"/v1/payment_intents/{made['id']}/cancel")

    assert (gone["status"], gone["latest_charge"]) == ("canceled", None)
    assert shop.kinds() == ["payment_intent.created", "payment_intent.canceled"]


def test_what_was_held_and_let_go_is_given_back(shop: StripeShop) -> None:
    held = shop.charge(shop.checkout(), capture_method="manual")["id"]

    gone = shop.post(f"/v1/payment_intents/{held}/cancel")

    charge = shop.get(f"/v1/charges/{gone['latest_charge']}")
    assert (charge["amount_refunded"], charge["refunded"]) == (2_500, True)
    refused = shop.post("/v1/refunds", payment_intent=held)
    assert refused["error"]["code"] == "charge_not_refundable"


def test_a_refused_step_leaves_nothing_and_keeps_its_answer(shop: StripeShop) -> None:
    paid = shop.charge(shop.checkout())["id"]
    body = {"payment_intent": paid, "amount": 2_501}

    first = shop.post("/v1/refunds", "over", **body)
    again = shop.call("POST", "/v1/refunds", body, "over")

    assert first == again.json
    assert again.is_replay
    assert shop.get("/v1/refunds")["data"] == []


def test_a_call_that_was_never_understood_leaves_its_key_free(shop: StripeShop) -> None:
    paid = shop.charge(shop.checkout())["id"]
    wrong = shop.post("/v1/refunds", "free", payment_intent=paid, colour="red")

    right = shop.post("/v1/refunds", "free", payment_intent=paid)

    assert wrong["error"]["code"] == "parameter_unknown"
    assert right["status"] == "succeeded"


@pytest.mark.parametrize(
    ("stage", "results", "status"),
    [
        ("pre_dispute", (), "warning_needs_response"),
        ("pre_dispute", ("challenge",), "warning_under_review"),
        ("pre_dispute", ("win",), "warning_closed"),
        ("pre_dispute", ("escalate",), "needs_response"),
        ("dispute", ("challenge",), "under_review"),
        ("dispute", ("cancel",), "won"),
        ("dispute", ("accept",), "lost"),
        ("dispute", ("win", "escalate"), "appeal_needs_response"),
        ("dispute", ("win", "escalate", "challenge"), "appeal_under_review"),
        ("dispute", ("win", "escalate", "lose"), "lost"),
    ],
)
def test_a_dispute_stands_as_stripe_says(
    shop: StripeShop, stage: str, results: tuple[str, ...], status: str
) -> None:
    paid = shop.charge(shop.checkout())["id"]
    opened = shop.control("disputes", psp_reference=paid, stage=stage)["dispute_reference"]
    for result in results:
        shop.control(f"disputes/{opened}", result=result)

    shown = shop.get(f"/v1/disputes/{opened}")

    assert shown["status"] == status
    is_appeal = "escalate" in results and stage == "dispute"
    assert ("appeal" in shown["evidence"]) == is_appeal


def test_an_escalated_inquiry_takes_the_money_then(shop: StripeShop) -> None:
    paid = shop.charge(shop.checkout())["id"]
    opened = shop.control("disputes", psp_reference=paid, stage="pre_dispute")["dispute_reference"]
    shop.events()
    assert shop.get(f"/v1/disputes/{opened}")["balance_transactions"] == []

    shop.control(f"disputes/{opened}", result="escalate")

    events = shop.events()
    assert [event["type"] for event in events] == [
        "charge.dispute.updated", "charge.dispute.funds_withdrawn",
    ]  # fmt: skip
    moved = [event["data"]["object"]["balance_transactions"] for event in events]
    assert [[one["amount"] for one in moves] for moves in moved] == [[-2_500], [-2_500]]


@pytest.mark.parametrize(
    ("stage", "result", "steps"),
    [
        ("dispute", "win", ["closed", "funds_reinstated"]),
        ("dispute", "lose", ["closed"]),
        ("pre_dispute", "cancel", ["closed"]),
    ],
)
def test_only_what_was_taken_is_given_back(
    shop: StripeShop, stage: str, result: str, steps: list[str]
) -> None:
    paid = shop.charge(shop.checkout())["id"]
    opened = shop.control("disputes", psp_reference=paid, stage=stage)["dispute_reference"]
    shop.events()

    shop.control(f"disputes/{opened}", result=result)

    assert shop.kinds() == [f"charge.dispute.{step}" for step in steps]


def test_a_dispute_is_accepted_and_a_late_one_comes_by_itself(shop: StripeShop) -> None:
    shop.charge(shop.checkout(card=DISPUTED_LATER))
    shop.advance("1d")
    (found,) = shop.get("/v1/disputes")["data"]

    closed = shop.post(f"/v1/disputes/{found['id']}/close", "close")

    assert closed["status"] == "lost"
    assert shop.post(f"/v1/disputes/{found['id']}/close")["error"]["type"] == (
        "invalid_request_error"
    )


def test_faults_find_their_order_by_whatever_a_call_names(shop: StripeShop) -> None:
    setup = shop.checkout("chk-9")
    held = shop.charge(setup, "ord-9", capture_method="manual")["id"]
    path = f"/v1/payment_intents/{held}"

    shop.control("faults", kind="http_429", operation="session", order_id="chk-9")
    again = shop.post("/v1/customers", metadata={"checkout_id": "chk-9"})
    assert again["error"]["code"] == "rate_limit"
    for asked, query in (
        (f"/v1/setup_intents/{setup['id']}", ""),
        ("/v1/payment_intents", f"customer={setup['customer']}"),
    ):
        shop.control("faults", kind="http_429", operation="query", order_id="chk-9")
        assert shop.get(asked, query)["error"]["code"] == "rate_limit"
    shop.control("faults", kind="http_429", operation="capture", order_id="ord-9")
    assert shop.post(f"{path}/capture")["error"]["code"] == "rate_limit"
    paid = shop.post(f"{path}/capture")
    shop.control("faults", kind="http_429", operation="query", order_id="ord-9")
    refused = shop.call("GET", f"/v1/charges/{paid['latest_charge']}")
    assert (refused.status, refused.response.headers["retry-after"]) == (429, "1")
    shop.control("faults", kind="http_429", operation="refund", order_id="ord-9")
    assert shop.post("/v1/refunds", payment_intent=held)["error"]["code"] == "rate_limit"
    refund = shop.post("/v1/refunds", payment_intent=held)["id"]
    shop.control("faults", kind="http_429", operation="query", order_id="ord-9")
    assert shop.get(f"/v1/refunds/{refund}")["error"]["code"] == "rate_limit"


def test_every_answer_has_a_request_id(shop: StripeShop) -> None:
    ids = {shop.call("GET", "/v1/events").response.headers["request-id"] for _ in range(3)}
    refused = shop.call("POST", "/v1/nowhere", {})
    key = shop.call("POST", "/v1/customers", {}, "k")

    assert len(ids) == 3
    assert (refused.status, refused.json["error"]["type"]) == (404, "invalid_request_error")
    assert key.response.headers["idempotency-key"] == "k"


def test_nobody_elses_key_opens(shop: StripeShop) -> None:
    refused = shop.call("GET", "/v1/events", Authorization="Bearer other")

    assert (refused.status, refused.json["error"]["type"]) == (401, "invalid_request_error")


def test_pages_go_both_ways_and_keep_to_their_bounds(shop: StripeShop) -> None:
    setup = shop.checkout()
    made = []
    for n in range(4):
        made.append(shop.charge(setup, f"ord-{n}")["id"])
        shop.tick(seconds=10)
    path, newest = "/v1/payment_intents", made[::-1]

    def ids(query: str) -> list[str]:
        return [one["id"] for one in shop.get(path, query)["data"]]

    assert ids("limit=2") == newest[:2]
    assert ids(f"limit=2&starting_after={newest[1]}") == newest[2:]
    assert ids(f"limit=2&ending_before={newest[3]}") == newest[1:3]
    second = shop.get(f"{path}/{made[1]}")["created"]
    assert ids(f"created[gte]={second}") == newest[:3]
    assert ids(f"created[lt]={second}") == newest[3:]
    assert "error" in shop.get(path, "limit=101")
    assert "error" in shop.get(path, "starting_after=pi_none")


def test_what_cannot_be_expanded_is_refused(shop: StripeShop) -> None:
    paid = shop.charge(shop.checkout())["id"]

    found = shop.get(f"/v1/payment_intents/{paid}", "expand[]=customer&expand[]=payment_method")

    assert found["customer"]["metadata"] == {"checkout_id": "chk-1"}
    assert found["payment_method"]["card"]["last4"] == "4242"
    for path in ("colour", "currency", "a.b.c.d.e"):
        assert (
            shop.get(f"/v1/payment_intents/{paid}", f"expand[]={path}")["error"]["param"]
            == "expand"
        )


def test_nothing_of_a_cards_number_is_said(shop: StripeShop) -> None:
    setup = shop.checkout()
    shop.charge(setup)
    shop.events()

    assert OK not in json.dumps(shop.seen)
