"""The hosted pages a buyer clicks through; every one works without script."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from typing import Final

from tools.sandbox_psp.appearance import framed
from tools.sandbox_psp.cards import TEST_CARDS
from tools.sandbox_psp.charges import Charge, Session
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.instruments import behaviour_of
from tools.sandbox_psp.qr import decimal_text, payload, svg
from tools.sandbox_psp.wire import Response

_GOOD: Final = ("authorized", "captured")
_TITLES: Final = {
    "card_entry": "Pay by card",
    "three_ds": "Confirm it is you",
    "three_ds_then_decline": "Confirm it is you",
    "wallet": "Approve in your wallet",
    "qr": "Scan to pay",
}
_ANSWERED: Final = {
    "approve": "You approved the payment.",
    "decline": "You declined the payment.",
    "expire": "The time to pay ran out.",
}


def page(desk: Desk, session: Session, problem: str | None = None) -> Response:
    """What the buyer has to do now, or how the payment stands."""
    charges = desk.book.charges(session=session.psp_token)
    behaviour = _behaviour(session, charges)
    waits = any(charge.status == "requires_action" for charge in charges)
    # A session of no amount saves a payment method and challenges nobody: its charges do.
    saves = session.amount == 0 and session.instrument is not None
    to_do = waits or not (charges or saves)
    if behaviour not in _TITLES or session.resolution is not None or not to_do:
        return _result(session, charges)
    content = {"card_entry": _card_form, "qr": _qr}.get(behaviour, _challenge)
    parts = [
        _summary(session, _TITLES[behaviour]),
        f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else "",
        "<hr>",
        content(desk, session),
        _countdown(desk, session),
        _back(session, "Cancel and return to the shop", quiet=True),
    ]
    return framed(_TITLES[behaviour], "".join(parts))


def _behaviour(session: Session, charges: Sequence[Charge]) -> str:
    """The attached instrument decides, then a waiting charge's method, then the session's."""
    waiting = [charge.method for charge in charges if charge.status == "requires_action"]
    return behaviour_of(session.instrument, waiting[0] if waiting else session.method)


def _summary(session: Session, title: str) -> str:
    amount = decimal_text(session.amount, session.currency)
    money = f'<p class="amount">{escape(amount)} {escape(session.currency)}</p>'
    return (
        f"<h1>{escape(title)}</h1>"
        f"{money if session.amount else ''}"
        f'<p class="soft">Checkout {escape(session.reference)}</p>'
    )


def _card_form(desk: Desk, session: Session) -> str:
    listed = "".join(
        f'<li><button type="button" data-card="{card.number}"><code>{_grouped(card.number)}</code>'
        f"<span>{escape(card.label)}</span></button></li>"
        for card in TEST_CARDS
    )
    action = f"{desk.prefix}/sessions/{session.psp_token}/payment_method"
    return (
        f'<form method="post" action="{escape(action)}"'
        ' autocomplete="off"><input type="hidden" name="type" value="card">'
        '<label for="number">Card number</label>'
        '<input id="number" name="number" inputmode="numeric" required maxlength="23"'
        ' placeholder="4242 4242 4242 4242">'
        '<div class="row"><div><label for="exp_month">Month</label>'
        '<input id="exp_month" name="exp_month" inputmode="numeric" required maxlength="2"'
        ' placeholder="12"></div><div><label for="exp_year">Year</label>'
        '<input id="exp_year" name="exp_year" inputmode="numeric" required maxlength="4"'
        ' placeholder="2034"></div><div><label for="cvc">Security code</label>'
        '<input id="cvc" name="cvc" inputmode="numeric" required maxlength="4"'
        ' placeholder="123"></div></div><button id="pay">Pay</button></form>'
        f"<details open><summary>Test cards</summary><ul>{listed}</ul></details>"
    )


def _grouped(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _qr(desk: Desk, session: Session) -> str:
    text = payload(session.psp_token, session.reference, session.amount, session.currency)
    return (
        "<p>Scan the code with your banking app, or play the buyer here.</p>"
        f'<div class="qr">{svg(text)}</div>'
        f"{_answers(desk, session, 'Simulate scan: approve', 'Simulate scan: decline')}"
    )


def _challenge(desk: Desk, session: Session) -> str:
    instrument = session.instrument
    if instrument is not None and instrument.kind == "card":
        card = f"{instrument.brand or 'card'} ending in {instrument.last4 or '????'}"
        words = f"Your bank asks you to confirm this payment with your {escape(card)}."
        return f"<p>{words}</p>{_answers(desk, session, 'Approve', 'Decline')}"
    provider = (instrument.wallet_provider if instrument else None) or "your wallet"
    words = f"The shop asks to be paid from {escape(provider)}."
    return f"<p>{words}</p>{_answers(desk, session, 'Approve payment', 'Decline')}"


def _answers(desk: Desk, session: Session, approve: str, decline: str) -> str:
    return (
        f'<form method="post" action="{escape(desk.prefix)}/pay/{escape(session.psp_token)}">'
        f'<button name="result" value="approve">{escape(approve)}</button>'
        f'<button class="quiet" name="result" value="decline">{escape(decline)}</button></form>'
    )


def _countdown(desk: Desk, session: Session) -> str:
    if session.action_expires_at is None:
        return ""
    left = max(0, (session.action_expires_at - desk.now()) // timedelta(seconds=1))
    minutes = f"{left // 60}:{left % 60:02d}"
    return (
        f'<p class="soft timer">Time left <b role="timer" data-seconds="{left}">{minutes}</b></p>'
    )


def _result(session: Session, charges: Sequence[Charge]) -> Response:
    """How the payment stands, and the way back."""
    title, tone, words = _verdict(session, charges)
    listed = "".join(
        f'<li class="charge"><span>{escape(charge.order_id)}</span>'
        f"<span>{escape(decimal_text(charge.amount, charge.currency))} "
        f"{escape(charge.currency)} &middot; {escape(charge.status.replace('_', ' '))}</span></li>"
        for charge in charges
    )
    content = (
        f'{_summary(session, "Sandbox PSP")}<hr><h1 class="{tone}" role="status">{title}</h1>'
        f'<p class="soft">{escape(words)}</p><ul>{listed}</ul>'
        f"{_back(session, 'Return to the shop')}"
    )
    return framed(title, content)


def _verdict(session: Session, charges: Sequence[Charge]) -> tuple[str, str, str]:
    if not charges:
        words = _ANSWERED.get(session.resolution or "", "Your payment method is saved.")
        return "Nothing more to do here", "good", words + " The shop now completes the payment."
    good = sum(charge.status in _GOOD for charge in charges)
    if good == len(charges):
        return "Payment approved", "good", "Every order of this checkout is paid."
    if good:
        return "Partly approved", "good", f"{good} of {len(charges)} orders are paid."
    words = _ANSWERED.get(session.resolution or "", "The payment was not accepted.")
    return "Payment not completed", "bad", words + " No money was taken."


def _back(session: Session, words: str, quiet: bool = False) -> str:
    """The way back to the shop. The URL was let in as http or https only."""
    if session.return_url is None:
        return ""
    link = escape(session.return_url)
    if quiet:
        return f'<p class="soft timer"><a href="{link}">{escape(words)}</a></p>'
    return f'<a class="button" href="{link}">{escape(words)}</a>'
