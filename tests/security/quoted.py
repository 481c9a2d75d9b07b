"""Card numbers that PSPs quote: in answers, webhooks and files, and what is left of them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice, product
from typing import Any

from countinghouse.domain.errors import CountinghouseError
from countinghouse.domain.psp import PspEvent
from countinghouse.domain.settlement import Reject
from countinghouse_aws.dynamodb.psp_events import encode_psp_event
from countinghouse_aws.edge.card_numbers import refuse_card_numbers
from countinghouse_aws.psp import sandbox_webhooks, stripe_webhooks, transport
from countinghouse_aws.psp.adyen_webhooks import AdyenWebhooks
from countinghouse_aws.settlement.layouts import parse_bank, parse_settlement
from tests.security.buyer import Buyer
from tests.security.ear import Ear, Hay, Needle, listening
from tests.security.fuzzing.targets import TARGETS
from tests.security.hostile import holders
from tests.security.house import House
from tests.security.psp_words import ADYEN_SAMPLES, SANDBOX_SAMPLES, STRIPE_SAMPLES
from tests.security.spilled import Spilled, look, texts_of, with_text
from tools.sample_events import webhooks
from tools.sample_events.world import NOW
from tools.secure.card_numbers import DISGUISES, grouped, number

QUOTED = ("{}", "card {} is no good")
"""How a PSP quotes a number in any text: alone, or in a sentence."""
IN_A_WORD = "refused:{}"
"""And in what is no id of its own."""
_WORDS = ("code", "decline_code", "failure_reason", "message", "reason")


Alter = Callable[[transport.Reply], transport.Reply]


def psp_answers(house: House, seed: int = 1, every: int = 1) -> Spilled:
    """The PSP quotes a card number: in each text of its answers, in errors, in what is no JSON.

    With `every` 6 a sixth of that is tried.
    """
    found, chance = Spilled(), random.Random(seed)
    with listening(house) as ear:
        for name in _DRIVES:
            texts: list[int] = []
            _driven(ear, name, partial(_counted, texts))
            if not any(texts):
                why = ear.heard().text[-600:]
                found.leaks.append(f"{name}: the PSP was not asked, so nothing is shown: {why}")
            altered = _altered(max(texts, default=0), chance)
            for what, alter, needle in islice(altered, len(name) % every, None, every):
                _driven(ear, name, alter)
                found.tried[f"an answer to {name}"] += 1
                where = f"{name}, {what}"
                look(found, where, needle, ear.heard(), "the log")
                look(found, where, needle, ear.kept(), "what is kept")
        house.fresh()
        found.lines = ear.lines
    return found


def _driven(ear: Ear, name: str, alter: Alter) -> None:
    """One of the drives from the beginning, the PSP's answers altered at its end."""
    before, then = _DRIVES[name]
    ear.house.fresh()
    before(Buyer(ear))
    with ear.house.psp_alters(alter):
        then(Buyer(ear))


def _counted(seen: list[int], reply: transport.Reply) -> transport.Reply:
    """Note how many texts the answer has."""
    seen.append(len(texts_of(_parsed(reply))))
    return reply


def _parsed(reply: transport.Reply) -> Any:
    try:
        return json.loads(reply.body)
    except ValueError:
        return None


def _altered(texts: int, chance: random.Random) -> Iterator[tuple[str, Alter, Needle]]:
    for status in (400, 402, 404, 409, 429, 500):
        card = number(chance)
        said = f"Your card {grouped(card, ' ')} was declined"
        error = {"error": {"code": card, "message": said, "type": "card_error"}, "message": said}
        yield f"an error {status}", _instead(status, json.dumps(error).encode()), Needle(card)
        card = number(chance)
        page = f"<html>{card} has expired</html>".encode()
        yield f"a page {status}", _instead(status, page), Needle(card)
    for status in (200, 402):
        card = number(chance)
        declined = _declined(card)
        yield f"a decline {status}", _with_decline(status, declined), Needle(card)
    for place in range(texts):
        for words in QUOTED:
            card = number(chance)
            yield f"text {place}", _with_text(place, words.format(card)), Needle(card)


def _declined(card: str) -> dict[str, Any]:
    said = f"card {grouped(card, '-')} was declined"
    decline = {"code": f"declined_{card}", "type": "hard", "message": said}
    failure = {"code": card, "message": said}
    return {"decline": decline, "failure": failure}


def _instead(status: int, content: bytes) -> Alter:
    return lambda _: transport.Reply(status, content)


def _with_text(place: int, text: str) -> Alter:
    def alter(reply: transport.Reply) -> transport.Reply:
        parsed = _parsed(reply)
        return replace(reply, body=json.dumps(with_text(parsed, place, text)).encode())

    return alter


def _with_decline(status: int, fields: dict[str, Any]) -> Alter:
    """Each object that has a status is one that was declined, in the PSP's own words."""

    def alter(reply: transport.Reply) -> transport.Reply:
        parsed = _parsed(reply)
        for holder in list(holders(parsed)):
            if isinstance(holder, dict) and "status" in holder:
                known = "decline" if "captured" in holder else "failure"
                holder["status"] = "declined" if known == "decline" else "failed"
                holder[known] = fields[known]
        return transport.Reply(status, json.dumps(parsed).encode())

    return alter


_DRIVES: dict[str, tuple[Callable[[Buyer], object], Callable[[Buyer], object]]] = {
    "a session": (lambda _: None, Buyer.register),
    "a charge": (Buyer.pay, Buyer.charge),
    "a charge that the buyer agrees to": (lambda buyer: buyer.pay(by_card=False), Buyer.charge),
    "a refund": (Buyer.ask_back, Buyer.refund),
    "a bank account's check": (lambda _: None, Buyer.name_bank),
    "a payout": (lambda _: None, Buyer.pay_out),
}
"""What the PSP is asked for: what comes before, and the steps whose answers are altered."""


def psp_events(seed: int = 1) -> Spilled:
    """Every PSP's webhooks with a card number in each of their texts, read and made into rows.

    What cannot be read is refused, and the refusal goes to the log with no word of it.
    """
    found, chance = Spilled(), random.Random(seed)
    for psp, (read, samples) in _EVENTS.items():
        for sample in samples:
            event = json.loads(sample)
            for (place, name), words in product(texts_of(event), (*QUOTED, IN_A_WORD)):
                if name in _SCANNED or (words == IN_A_WORD and name not in _WORDS):
                    continue
                card = number(chance)
                said = with_text(event, place, words.format(card))
                found.tried[f"a webhook of {psp}"] += 1
                if Needle(card).stands_in(Hay.of(_row_of(read, json.dumps(said).encode()))):
                    found.leaks.append(f"{psp}, {event.get('type', '')} {name}: it is stored")
    return found


def _row_of(read: Callable[[bytes], tuple[PspEvent, ...]], body: bytes) -> str:
    """What is stored of an event, or said of one that is refused."""
    try:
        events = read(body)
        # As the webhooks' handler does it before it stores any.
        refuse_card_numbers([[one.event_key, one.event_type, one.order_id] for one in events])
    except CountinghouseError as error:
        return str(error)
    return json.dumps([encode_psp_event(event) for event in events])


_SCANNED = ("qr_payload",)
"""What the buyer scans goes as it is: among its digits some pass Luhn by chance."""
_ADYEN = AdyenWebhooks(list)
_EVENTS: dict[str, tuple[Callable[[bytes], tuple[PspEvent, ...]], tuple[str | bytes, ...]]] = {
    "sandbox": (
        lambda body: (sandbox_webhooks.parse_event(body, NOW),),
        (webhooks.CAPTURED, webhooks.DECLINED, webhooks.REQUIRES_ACTION, *SANDBOX_SAMPLES),
    ),
    "stripe": (lambda body: (stripe_webhooks.parse_event(body, NOW),), STRIPE_SAMPLES),
    "adyen": (lambda body: _ADYEN.parse(body, NOW), ADYEN_SAMPLES),
}


def files(count: int, seed: int = 1) -> Spilled:
    """Lines of settlement files and statements with a card number in a cell, broken or not.

    A line that is rejected leaves its number and the reason, which may not quote it.
    """
    found, chance = Spilled(), random.Random(seed)
    kinds = ("sandbox-settlement", "stripe-settlement", "adyen-settlement", "bank-statement")
    ways = [way for way in DISGUISES if isinstance(DISGUISES[way]("4242424242424242", chance), str)]
    while found.tried.total() < count:
        for kind in kinds:
            header, row, *_ = TARGETS[kind].seeds[0].decode().splitlines()
            card, way = number(chance), chance.choice(ways)
            text = str(DISGUISES[way](card, chance))
            cells = row.split(",")
            cells[chance.randrange(len(cells))] = chance.choice((text, f'"{text}', f"={text}"))
            content = "\n".join([header, row, ",".join(cells), ""]).encode()
            for said in _rejected(kind, content):
                found.tried[f"a rejected line, {kind}"] += 1
                if Needle(card, text).stands_in(Hay.of(said)):
                    found.leaks.append(f"{kind}, {way}: the reason quotes the line")
    return found


def _rejected(kind: str, content: bytes) -> Iterator[str]:
    layout, _, is_settlement = kind.partition("-")
    parse = parse_settlement if is_settlement == "settlement" else parse_bank
    name = layout if is_settlement == "settlement" else None
    for one in parse([content], name, "sandbox", "f1", "2026-11-22"):
        if isinstance(one, Reject):
            yield one.reason
