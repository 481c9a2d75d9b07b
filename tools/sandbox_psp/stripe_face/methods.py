"""The payment methods that are played, and how each has the buyer act.

Which of them can be captured by hand, and how their next action is called, is as in the ``stripe``
package's ``PaymentIntent.PaymentMethodOptions`` and ``PaymentIntent.NextAction``.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import segno

from tools.sandbox_psp import qr
from tools.sandbox_psp.charges import Charge, Session, hosted_url
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.instruments import Instrument
from tools.sandbox_psp.stripe_face.times import seconds
from tools.sandbox_psp.wire import JsonObject, JsonValue, Refused, Response

CARD: Final = "card"
_REDIRECT: Final = "redirect_to_url"


@dataclass(frozen=True)
class Method:
    """A type of payment method beside the card: ``action`` is how its next action is called."""

    kind: str
    action: str = _REDIRECT
    manual: bool = False
    currency: str | None = None


METHODS: Final = {
    "alipay": Method("wallet", "alipay_handle_redirect"),
    "grabpay": Method("wallet"),
    "twint": Method("wallet"),
    "wechat_pay": Method("wallet", "wechat_pay_display_qr_code"),
    "cashapp": Method("wallet", "cashapp_handle_redirect_or_display_qr_code", manual=True),
    **dict.fromkeys(
        ("amazon_pay", "kakao_pay", "mobilepay", "naver_pay", "payco", "paypal", "revolut_pay",
         "samsung_pay", "satispay"),
        Method("wallet", manual=True),
    ),
    "paynow": Method("qr", "paynow_display_qr_code", currency="SGD"),
    "pix": Method("qr", "pix_display_qr_code", currency="BRL"),
    "promptpay": Method("qr", "promptpay_display_qr_code", currency="THB"),
    "upi": Method("qr", "upi_handle_redirect_or_display_qr_code", currency="INR"),
}  # fmt: skip


def instrument_of(kind: str) -> Instrument:
    """What the engine knows a wallet's or a code's payment method as."""
    method = METHODS[kind]
    provider = kind if method.kind == "wallet" else None
    return Instrument(kind=method.kind, behaviour=method.kind, wallet_provider=provider)


def next_action(
    desk: Desk, charge: Charge, session: Session, kind: str, return_url: str | None
) -> JsonObject:
    """What the buyer has to do."""
    url = hosted_url(desk.config.public_url, session.psp_token)
    if kind == CARD and return_url is None:
        sdk = {"type": "three_d_secure_redirect", "stripe_js": url}
        return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
    name = METHODS[kind].action if kind in METHODS else _REDIRECT
    expires_at = session.action_expires_at or session.expires_at
    return {"type": name, name: _detail(desk, session, name, url, return_url, expires_at)}


def _detail(
    desk: Desk, session: Session, name: str, url: str, return_url: str | None, end: datetime
) -> JsonObject:
    if name == _REDIRECT:
        return {"url": url, "return_url": return_url}
    if name == "alipay_handle_redirect":
        return {"url": url, "return_url": return_url, "native_data": None, "native_url": None}
    images: dict[str, JsonValue] = {
        "image_url_png": f"{desk.config.public_url}/qr/{session.psp_token}.png",
        "image_url_svg": f"{desk.config.public_url}/qr/{session.psp_token}.svg",
    }
    hosted = {"hosted_instructions_url": url}
    if name == "wechat_pay_display_qr_code":
        return {**images, **hosted, "data": url, "image_data_url": images["image_url_png"]}
    if name == "pix_display_qr_code":
        return {**images, **hosted, "data": scanned(session), "expires_at": seconds(end)}
    if name in ("paynow_display_qr_code", "promptpay_display_qr_code"):
        return {**images, **hosted, "data": scanned(session)}
    # These tell of a code by its pictures alone.
    code = {**images, "expires_at": seconds(end)}
    mobile = {} if name.startswith("upi") else {"mobile_auth_url": url}
    return {**hosted, **mobile, "qr_code": code}


def scanned(session: Session) -> str:
    """The text inside a session's code."""
    return qr.payload(session.psp_token, session.reference, session.amount, session.currency)


def picture(desk: Desk, call: Call) -> Response:
    """The picture of a PaymentIntent's code, for whoever has its link."""
    reference, _, kind = call.path["name"].partition(".")
    text = scanned(desk.session(reference))
    if kind == "svg":
        return Response(200, {"content-type": "image/svg+xml"}, qr.svg(text).encode())
    if kind != "png":
        raise Refused(404, "not_found", "no such picture")
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=6)
    return Response(200, {"content-type": "image/png"}, out.getvalue())
