"""What is sent to each route: the least, everything, and something that has to be refused."""

from __future__ import annotations

from dataclasses import replace

from countinghouse.domain.analytics import Question, Report
from countinghouse.domain.order_journals import capture_key
from tools.sample_events import webhooks
from tools.sample_events.audits import CALLS as _AUDITS
from tools.sample_events.billing_tasks import MONTH
from tools.sample_events.fx import CALLS as _FX
from tools.sample_events.gateway import Call, Calls, thorough
from tools.sample_events.payouts import CALLS as _PAYOUTS
from tools.sample_events.proposals import CALLS as _PROPOSALS
from tools.sample_events.reconciliations import CALLS as _RECONCILIATIONS
from tools.sample_events.world import (
    ADJUSTMENT,
    LONE_ORDER,
    LONE_ORDER_ID,
    ONE_ORDER,
    REFUND_ID,
    SHOP,
    TWO_ORDERS,
    Json,
    adjustment,
)

FIRST_ORDER = "ord_1001_a"
LEDGER_ID = capture_key(FIRST_ORDER).ledger_id
ENTRIES_CURSOR = f"EUR~0~{adjustment().ledger_id}"


def _read(caller: str, malformed: Call, **path: str) -> Calls:
    """The samples of a route that takes nothing but ids."""
    call = Call(caller, path=path)
    return Calls(call, thorough(call), malformed)


def _keyed(caller: str, key: str, body: Json) -> Call:
    return Call(caller, headers={"idempotency-key": key}, body=body)


_SESSION = {"checkout_id": "chk_1000", "amount": 4200, "currency": "EUR"}
_FULL_SESSION = {
    "checkout_id": "chk_1001",
    "amount": 12500,
    "currency": "EUR",
    "method": "wallet",
    "country": "DE",
    "return_url": SHOP,
}
_LEAST_ORDER = {
    "payment_details": {"method": "credit_card", "psp_token": "tok_ord_2000"},
    "amount": 4200,
    "currency": "EUR",
    "seller_id": "s_amber",
}
_LEAST_JOURNAL = {
    "user_id": "u_ada",
    "amount": 500,
    "currency": "EUR",
    "transact_type": "credit",
    "reason": "voucher",
    "reference": "case_76",
}
_CREDIT = {
    "seller_id": "s_amber",
    "amount": 1000,
    "currency": "EUR",
    "transact_type": "credit",
    "reason": "goodwill",
    "reference": "case_78",
}
_DEBIT = {**_CREDIT, "amount": 400, "transact_type": "debit", "reason": "returned goodwill"}

_PAYMENTS = {
    "POST /v1/payments/sessions": Calls(
        Call("checkout", body=_SESSION),
        thorough(Call("checkout", body=_FULL_SESSION)),
        Call("checkout", body={**_SESSION, "amount": "42.00"}),
    ),
    "POST /v1/payments/event": Calls(
        Call("checkout", body=ONE_ORDER),
        thorough(Call("checkout", body=TWO_ORDERS), prefer="wait=5"),
        Call("checkout", body='{"checkout_id": "chk_1001", "orders": ['),
    ),
    "GET /v1/payments/{checkout_id}": _read(
        "checkout", Call("checkout", {"checkout_id": "chk 1001"}), checkout_id="chk_1001"
    ),
    "GET /v1/payments/{checkout_id}/qr.svg": Calls(
        Call("checkout", {"checkout_id": "chk_1001"}),
        thorough(Call("checkout", {"checkout_id": "chk_1001"}, {"order_id": "ord_1001_a"})),
        Call("checkout", {"checkout_id": "chk_1001"}, {"size": "400"}),
        {"nothing_to_scan": Call("checkout", {"checkout_id": "chk_1001"}, {"order_id": "ord_9"})},
    ),
    "GET /v1/payments/{checkout_id}/trail": _read(
        "support", Call("support", {"checkout_id": "chk 1001"}), checkout_id="chk_1001"
    ),
    "POST /v1/payments/{checkout_id}/cancel": _read(
        "checkout", Call("checkout", {"checkout_id": "chk 1001"}), checkout_id="chk_1001"
    ),
}
_ORDERS = {
    "POST /v1/orders/{order_id}": Calls(
        Call("checkout", {"order_id": "ord_2000"}, body=_LEAST_ORDER),
        thorough(Call("checkout", {"order_id": LONE_ORDER_ID}, body=LONE_ORDER)),
        Call("checkout", {"order_id": "ord_2000"}, body={**_LEAST_ORDER, "ammount": 1}),
    ),
    "GET /v1/orders/{order_id}": _read(
        "support", Call("support", {"order_id": "ord 1001"}), order_id=FIRST_ORDER
    ),
    "POST /v1/orders/{order_id}/capture": Calls(
        Call("fulfilment", {"order_id": LONE_ORDER_ID}),
        thorough(
            Call(
                "fulfilment",
                {"order_id": LONE_ORDER_ID},
                body={"amount": 5000},
                base64_encoded=True,
            )
        ),
        Call("fulfilment", {"order_id": LONE_ORDER_ID}, body={"amount": 0}),
    ),
    "POST /v1/orders/{order_id}/cancel": _read(
        "fulfilment", Call("fulfilment", {"order_id": "ord 2001"}), order_id=LONE_ORDER_ID
    ),
}
_PRIVACY = {
    "POST /v1/payments/{checkout_id}/erasure": _read(
        "checkout", Call("checkout", {"checkout_id": "chk 1001"}), checkout_id="chk_1001"
    ),
    "POST /v1/buyers/erasure": Calls(
        Call("finance", body={"user_id": "u_ada"}),
        thorough(Call("finance", body={"user_id": "u_ada"})),
        Call("finance", body={"user_id": "u ada"}),
    ),
    "POST /v1/sellers/{seller_id}/bank-accounts/{currency}/erasure": _read(
        "finance",
        Call("finance", {"seller_id": "s_amber", "currency": "E R"}),
        seller_id="s_amber",
        currency="EUR",
    ),
}
_AMENDED = {"order_id": FIRST_ORDER}
_FULFILMENT = {
    "POST /v1/orders/{order_id}/deliveries": Calls(
        Call("fulfilment", _AMENDED),
        thorough(Call("fulfilment", _AMENDED, body={"delivered_at": "2026-11-22T08:30:00+01:00"})),
        Call("fulfilment", _AMENDED, body={"delivered_at": "2026-11-22T08:30:00"}),
    ),
    "POST /v1/orders/{order_id}/refunds": Calls(
        replace(_keyed("fulfilment", "key-81", {"reason": "never arrived"}), path=_AMENDED),
        thorough(
            replace(
                _keyed(
                    "fulfilment",
                    '"key-82"',
                    {"amount": 3000, "currency": "EUR", "reason": "one of two came back"},
                ),
                path=_AMENDED,
            )
        ),
        replace(_keyed("fulfilment", "key-83", {"amount": "30.00", "reason": "?"}), path=_AMENDED),
    ),
    "GET /v1/orders/{order_id}/refunds/{refund_id}": _read(
        "support",
        Call("support", {"order_id": FIRST_ORDER, "refund_id": "rfd_1"}),
        order_id=FIRST_ORDER,
        refund_id=REFUND_ID,
    ),
}
_LEDGER = {
    "POST /v1/ledger": Calls(
        _keyed("finance", "key-76", _LEAST_JOURNAL),
        thorough(_keyed("finance", '"key-77"', ADJUSTMENT)),
        Call("finance", body=_LEAST_JOURNAL),
    ),
    "GET /v1/ledger/journals/{ledger_id}": _read(
        "finance", Call("finance", {"ledger_id": "jrn_1"}), ledger_id=LEDGER_ID
    ),
    "GET /v1/ledger/journals": Calls(
        Call("finance", query={"reference": FIRST_ORDER}),
        thorough(Call("support", query={"reference": FIRST_ORDER})),
        Call("finance", query={"referense": FIRST_ORDER}),
    ),
    # Nothing in it can be malformed, so this one comes from a caller without the role.
    "GET /v1/ledger/trial-balance": _read("finance", Call("support")),
}
_WALLET = {
    "POST /v1/wallet": Calls(
        _keyed("finance", "key-78", _CREDIT),
        thorough(_keyed("finance", "key-79", _DEBIT)),
        _keyed("finance", "key-80", {**_CREDIT, "transact_type": "withdraw"}),
    ),
    "GET /v1/wallets/{seller_id}": _read(
        "finance", Call("checkout", {"seller_id": "s_amber"}), seller_id="s_amber"
    ),
    "GET /v1/wallets/{seller_id}/entries": Calls(
        Call("finance", {"seller_id": "s_amber"}),
        thorough(
            Call(
                "finance",
                {"seller_id": "s_amber"},
                {"currency": "EUR", "limit": "1", "cursor": ENTRIES_CURSOR},
            )
        ),
        Call("finance", {"seller_id": "s_amber"}, {"limit": "1000"}),
    ),
}
_STATEMENT = {"seller_id": "s_amber", "month": MONTH}
_BILLING = {
    "GET /v1/sellers/{seller_id}/statements/{month}": Calls(
        Call("support", _STATEMENT),
        thorough(Call("finance", _STATEMENT, {"format": "json", "currency": "EUR"})),
        Call("finance", _STATEMENT, {"format": "xml"}),
    ),
    "POST /v1/billing/closes": Calls(
        Call("finance", body={"month": MONTH}),
        thorough(Call("finance", body={"month": MONTH})),
        Call("finance", body={"month": "2026-13"}),
    ),
    "GET /v1/billing/closes/{month}": _read(
        "finance", Call("finance", {"month": "last"}), month=MONTH
    ),
}
_NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}
REPORT_UNDER_WAY = (
    "8a2f0c1e-cafe-4bad-8fed-c0ffee000000",
    Question(Report.VOLUME, "2026-11-01", "2026-11-30"),
)
"""A report's query that was started, by its id."""

_ANALYTICS = {
    "GET /v1/analytics/{report}": Calls(
        Call("finance", {"report": "success_rate"}, _NOVEMBER),
        thorough(
            Call("support", {"report": "volume"}, {**_NOVEMBER, "query_id": REPORT_UNDER_WAY[0]})
        ),
        Call("finance", {"report": "volume"}, {"from": "2026-11-30", "to": "2026-11-01"}),
    ),
}
# Nothing in it can be malformed, so this one comes from a caller without the role.
_PSPS = {"GET /v1/psps": _read("finance", Call("checkout"))}
_OPEN = {
    "POST /v1/webhooks/{psp}": webhooks.CALLS,
    # It reads nothing of a request, so what makes no sense is answered too.
    "GET /v1/health": Calls(
        Call(), thorough(Call(query={"probe": "1"})), Call(query={"": ""}, body="{")
    ),
}

CALLS: dict[str, Calls] = {
    **_PAYMENTS,
    **_ORDERS,
    **_FULFILMENT,
    **_LEDGER,
    **_WALLET,
    **_PROPOSALS,
    **_PRIVACY,
    **_PAYOUTS,
    **_BILLING,
    **_AUDITS,
    **_ANALYTICS,
    **_PSPS,
    **_FX,
    **_RECONCILIATIONS,
    **_OPEN,
}
"""Every route's samples by its key."""
