"""Webhooks and files: what a PSP tells by itself."""

from __future__ import annotations

import pytest

from countinghouse.domain.errors import CountinghouseError, Unavailable
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.psp import EventStatus
from countinghouse.domain.settlement import Category, Reject, SettlementLine
from countinghouse.ports.settlement_source import SourceFile
from countinghouse_aws.psp.signatures import BadSignature
from countinghouse_aws.settlement.layouts import parse_settlement
from tests.conformance.counter import Counter
from tests.conformance.psps import await_
from tests.conformance.sale import Sale
from tests.conformance.scenarios import scenario

S = OrderStatus
NOTICES = "Webhooks"
FILES = "Settlement files"


def _about(at: Counter, sale: Sale) -> list[tuple[dict[str, str], bytes]]:
    """The webhooks that have come about a sale; an earlier sale's may come in between."""
    source, now = at.psp.desk.webhooks(), at.clock.now()
    return [
        one
        for one in at.psp.letterbox.received
        if sale.order_id in {event.order_id for event in source.parse(one[1], now)}
    ]


def _told(at: Counter) -> tuple[Sale, dict[str, str], bytes]:
    """A sale, and the first webhook that told of it."""
    sale = at.card()
    sale.step()
    await_(lambda: bool(_about(at, sale)), "a webhook of the order")
    headers, body = _about(at, sale)[0]
    return sale, headers, body


def _refused(at: Counter, headers: dict[str, str], body: bytes) -> bool:
    """Whether a webhook's signature is refused."""
    try:
        at.psp.desk.webhooks().verify(headers, body, at.clock.now())
    except BadSignature:
        return True
    return False


@scenario(NOTICES, "a webhook is verified and names the order")
def verified(at: Counter) -> None:
    sale, headers, body = _told(at)
    source, now = at.psp.desk.webhooks(), at.clock.now()
    source.verify(headers, body, now)
    (event,) = source.parse(body, now)
    assert (event.psp, event.order_id) == (at.psp.name, sale.order_id)
    assert event.event_key.startswith(f"{at.psp.name}#")


@scenario(NOTICES, "altered bytes are refused")
def altered(at: Counter) -> None:
    _, headers, body = _told(at)
    source = at.psp.desk.webhooks()
    changed = body.replace(b"5000", b"5001")
    assert changed != body
    with pytest.raises(BadSignature):
        source.verify(headers, changed, at.clock.now())


@scenario(NOTICES, "a stranger's signature is refused")
def stranger(at: Counter) -> None:
    sale = at.card()
    at.psp.plant("webhook_bad_signature", order_id=sale.order_id)
    sale.step()
    await_(lambda: any(_refused(at, *one) for one in at.psp.letterbox.received), "its refusal")


@scenario(NOTICES, "the previous secret still verifies while it is being changed")
def rotated(at: Counter) -> None:
    _, headers, body = _told(at)
    kept = at.psp.vault.secrets[at.psp.name]
    new = {name: "ab" * 32 for name in kept["AWSCURRENT"]}
    at.psp.vault.secrets[at.psp.name] = {"AWSCURRENT": new, "AWSPREVIOUS": kept["AWSCURRENT"]}
    try:
        at.psp.desk.webhooks().verify(headers, body, at.clock.now())
        at.psp.vault.secrets[at.psp.name] = {"AWSCURRENT": new, "AWSPREVIOUS": new}
        with pytest.raises(BadSignature):
            at.psp.desk.webhooks().verify(headers, body, at.clock.now())
    finally:
        at.psp.vault.secrets[at.psp.name] = kept


@scenario(NOTICES, "a webhook that comes twice is one event")
def duplicate(at: Counter) -> None:
    sale = at.card()
    at.psp.plant("webhook_duplicate", order_id=sale.order_id)
    sale.step()
    await_(lambda: len(_about(at, sale)) >= 2, "both webhooks")
    sale.hear()
    assert sale.order.status is S.CAPTURED
    assert EventStatus.CONTRADICTION not in sale.heard
    assert len(sale.events.of_order(sale.order_id)) < len(sale.heard)


@scenario(NOTICES, "what cannot be read is refused with a word")
def unreadable(at: Counter) -> None:
    source = at.psp.desk.webhooks()
    for body in (b"", b"{", b"[]", b'{"type": 1}', b"\xff\xfe", b"null"):
        with pytest.raises(CountinghouseError):
            source.parse(body, at.clock.now())


@scenario(NOTICES, "events in any order end in the same state")
def out_of_order(at: Counter) -> None:
    sale = at.card("three_ds")
    at.psp.plant("webhook_out_of_order", order_id=sale.order_id, delay_s=1)
    sale.step()
    at.psp.act(sale.order.psp_reference or "", "approve")
    sale.until(S.CAPTURED, asking=False)
    assert EventStatus.CONTRADICTION not in sale.heard


@scenario(FILES, "the day's file names the order, its money and the batch, and every line is read")
def settlement_file(at: Counter) -> None:
    sale = at.card(amount=6_000)
    sale.step()
    assert sale.order.status is S.CAPTURED
    closed = at.psp.control("POST", "/_control/settle", {})
    sale.hear()
    desk = at.psp.desk

    def offered() -> list[SourceFile]:
        sale.hear()
        try:
            found = desk.statements(sale.events).files(closed["date"])
        except Unavailable:
            # The report was asked for and is being made.
            return []
        return [one for one in found if one.kind == "settlement"]

    await_(lambda: bool(offered()), "the day's file")
    lines: list[SettlementLine | Reject] = []
    for file in offered():
        chunks = desk.statements(sale.events).read(file)
        read = parse_settlement(chunks, file.layout or None, at.psp.name, file.name, file.day)
        lines += read
    assert [one for one in lines if isinstance(one, Reject)] == []
    ours = [one for one in lines if isinstance(one, SettlementLine)]
    (line,) = [one for one in ours if one.merchant_reference == sale.order_id]
    assert (line.category, line.currency) == (Category.CAPTURE, "EUR")
    assert (line.gross, line.net) == (6_000, 6_000 - line.fee)
    assert line.batch
    batch = [one for one in ours if (one.batch, one.currency) == (line.batch, "EUR")]
    assert any(one.category is Category.PAYOUT for one in batch)
    assert sum(one.net for one in batch) == 0
