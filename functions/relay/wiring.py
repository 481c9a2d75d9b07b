"""What the relay is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from countinghouse.messages import Published, asked_for
from countinghouse.ports.clock import Clock
from countinghouse.ports.queues import Outbox
from countinghouse.records import dataclass
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.dynamodb import images


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function. `decoders` reads a stream record by its table's name."""

    decoders: Mapping[str, images.Decoder]
    outbox: Outbox
    publish: Callable[[Sequence[Published]], None]
    poison: Callable[[str], None]
    clock: Clock


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = Assembly()
    table = parts.environment.text
    names = parts.environment.published_events()
    return Deps(
        decoders={
            table("TABLE_PAYMENT_EVENT"): images.decoder(images.payment_change),
            table("TABLE_PAYMENT_ORDER"): images.decoder(images.order_change),
            table("TABLE_PSP_EVENT"): images.decoder(images.psp_event_change),
            table("TABLE_LEDGER"): images.decoder(images.ledger_change),
            table("TABLE_WALLET"): images.decoder(images.wallet_change),
            table("TABLE_PAYOUT"): images.decoder(images.payout_change),
            table("TABLE_RECONCILIATION"): images.decoder(images.reconciliation_change),
            table("TABLE_ACCOUNT_BALANCE"): images.decoder(images.balance_change),
        },
        outbox=parts.outbox,
        publish=lambda events: parts.bus.publish(asked_for(events, names), parts.clock.now()),
        poison=parts.send_poison,
        clock=parts.clock,
    )
