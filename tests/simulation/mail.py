"""What is delivered to our functions: stream batches, queue batches, webhooks; and what goes wrong
on the way there, where a history's seed says so (`turmoil`)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from countinghouse.domain.instants import MINUTE, SECOND
from tests.simulation import cloud
from tests.simulation.clock import VirtualClock
from tests.simulation.events import sqs_record, webhook_event
from tests.simulation.psp_wire import Shop
from tests.simulation.turmoil import Trouble, Turmoil
from tools.sandbox_psp.outbox import Delivery

RETRY_MS = SECOND
STORM = 5
"""How often a webhook comes at once."""
STREAM_BATCH = 25
QUEUE_BATCH = 10
TOLERANCE_S = 300
"""How old a signature may be (domain rules W1)."""
_BAD_REQUEST = 400

Event = dict[str, Any]
T = Trouble


@dataclass(slots=True)
class Mail:
    """Every delivery that the world may make, and how far each stream was read."""

    clock: VirtualClock
    shop: Shop
    turmoil: Turmoil
    invoke: Callable[[str, Event], Any]
    is_quiet: Callable[[], bool]
    problems: list[str]
    invoked: list[tuple[str, Event]]
    """Every invocation there was, the newest last."""
    positions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(cloud.TABLES, 0))
    retry_at: dict[str, int] = field(default_factory=lambda: dict.fromkeys(cloud.TABLES, 0))
    _drained_at: int = -1
    """What had been written when the streams had told everything."""
    _later: list[tuple[int, Callable[[], object]]] = field(default_factory=list)
    """What comes at that moment by itself."""
    _redriving: set[str] = field(default_factory=set)

    def _troubled(self, kind: Trouble) -> bool:
        return not self.is_quiet() and self.turmoil.strikes(kind)

    # What is ready, and when the next will be.

    def stream_jobs(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """A batch of each stream that has one."""
        if self._drained_at == cloud.written():
            return
        left = 0
        for table, position in self.positions.items():
            if cloud.stream(table, position, 1):
                left += 1
                if self.retry_at[table] <= self.clock.now_ms:
                    yield f"stream {table}", partial(self._relay, table)
        if not left:
            self._drained_at = cloud.written()

    def queue_jobs(self) -> Iterator[Callable[[], None]]:
        """A batch of each queue that has one."""
        for queue in cloud.CONSUMERS:
            if cloud.deliverable(queue, self.clock.time()):
                yield partial(self._consume, queue)

    def late_jobs(self) -> Iterator[Callable[[], None]]:
        """What was put off until now."""
        for place, (at, _) in enumerate(self._later):
            if at <= self.clock.now_ms:
                yield partial(self._do_late, place)

    def next_wake(self) -> Iterator[int]:
        """When something that waits here will be ready."""
        for queue in cloud.CONSUMERS:
            for message in cloud.messages(queue):
                if message["visible_at"] > self.clock.time():
                    yield int(-(-message["visible_at"] * SECOND // 1))
        yield from (at for at in self.retry_at.values() if at > self.clock.now_ms)
        yield from (at for at, _ in self._later)

    def _put_off(self, wait_ms: int, job: Callable[[], object]) -> None:
        self._later.append((self.clock.now_ms + wait_ms, job))

    def _do_late(self, place: int) -> None:
        _, job = self._later.pop(place)
        job()

    def _perhaps_again(self, function: str, event: Event) -> None:
        if self._troubled(T.AGAIN):
            self._put_off(self.turmoil.hours_ms(), partial(self.invoke, function, event))

    # The deliveries.

    def _relay(self, table: str) -> None:
        size = STREAM_BATCH if self.is_quiet() else self.turmoil.size(STREAM_BATCH)
        event = {"Records": cloud.stream(table, self.positions[table], size)}
        answer = self.invoke("relay", event)
        if isinstance(answer, dict) and not answer["batchItemFailures"]:
            self.positions[table] += len(event["Records"])
            self._perhaps_again("relay", event)
        else:
            self.retry_at[table] = self.clock.now_ms + RETRY_MS

    def _consume(self, queue: str) -> None:
        self._muddle(queue)
        taken = cloud.receive(queue, QUEUE_BATCH if self.is_quiet() else self.turmoil.size(10))
        self._see_to_dead_letters(queue)
        is_first = all(message["receive_count"] == 1 for message in taken)
        if not taken or (is_first and self._troubled(T.DROPPED)):
            return
        handles = {message["id"]: message["receipt_handle"] for message in taken}
        event = {"Records": [sqs_record(message) for message in taken]}
        function, _ = cloud.CONSUMERS[queue]
        answer = self.invoke(function, event)
        if isinstance(answer, dict) and not (is_first and self._troubled(T.UNACKNOWLEDGED)):
            failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
            cloud.delete(queue, {handle for mid, handle in handles.items() if mid not in failed})
            self._perhaps_again(function, event)

    def _see_to_dead_letters(self, queue: str) -> None:
        """Where there is trouble there are people who redrive a queue, hours later.

        Without a seed nothing ends there: one fault is not enough.
        """
        is_seen_to = not self.turmoil.is_on or queue in self._redriving
        if not is_seen_to and cloud.messages(cloud.dead_letters(queue)):
            self._redriving.add(queue)
            self._put_off(self.turmoil.hours_ms(), partial(self._redrive, queue))

    def _redrive(self, queue: str) -> None:
        self._redriving.discard(queue)
        cloud.redrive(queue)

    def _muddle(self, queue: str) -> None:
        """What happens to messages while they wait."""
        if self.is_quiet():
            return
        now_s = self.clock.time()
        waiting = [m for m in cloud.messages(queue) if m["visible_at"] <= now_s]
        fresh = [message for message in waiting if message["receive_count"] == 0]
        if fresh and self._troubled(T.REDRIVEN):
            cloud.bury(queue, self.turmoil.pick(fresh)["id"])
            return
        if cloud.is_fifo(queue):
            return
        if fresh and self._troubled(T.DELAYED):
            delayed = self.turmoil.pick(fresh)
            delayed["visible_at"] = now_s + self.turmoil.minutes_ms() / SECOND
        if len(waiting) > 1 and self._troubled(T.REORDERED):
            found = cloud.messages(queue)
            found[:] = self.turmoil.shuffled(found)

    def webhook(self) -> None:
        """Hand over the webhooks that are due, and tell the PSP how they were answered."""
        for delivery in self.shop.due_webhooks():
            status = self._hand_over(delivery)
            self.shop.psp.mark_delivered(delivery.delivery_id, status)
            if self._troubled(T.FORGED):
                self._hand_over(_forged(delivery))
            if self._troubled(T.STORM):
                for _ in range(STORM):
                    self._hand_over(delivery)
            if self._troubled(T.LATE):
                wait_ms = (TOLERANCE_S + 1) * SECOND + self.turmoil.minutes_ms()
                self._put_off(wait_ms, partial(self._hand_over, delivery))
            if self._troubled(T.AGAIN):
                self._put_off(MINUTE, partial(self.shop.send_again, delivery.event_id))

    def _hand_over(self, delivery: Delivery) -> int | None:
        """Post one webhook. What nobody signed, or long ago, must be refused and leave nothing."""
        is_genuine = _is_genuine(delivery, self.clock.now_ms)
        before = [] if is_genuine else list(cloud.rows("psp_event"))
        many = len(self.invoked)
        answer = self.invoke("webhooks", webhook_event(delivery))
        status = answer["statusCode"] if isinstance(answer, dict) else None
        if not is_genuine:
            # Overtaken by others it is not alone in what was written.
            alone = len(self.invoked) == many + 1
            left = alone and before != list(cloud.rows("psp_event"))
            if status not in (_BAD_REQUEST, 503, None) or left:
                self.problems.append(f"I6: a webhook that is not the PSP's is answered {answer}")
        elif status == 200 and not _is_recorded(delivery):
            self.problems.append(f"I13: webhook {delivery.event_id} is not stored")
        elif status not in (200, 503, None):
            self.problems.append(f"webhook {delivery.event_id} is answered {answer}")
        return status


def _is_recorded(delivery: Delivery) -> bool:
    return cloud.row("psp_event", f"sandbox#{delivery.event_id}") is not None


def _is_genuine(delivery: Delivery, now_ms: int) -> bool:
    """Whether our secret signed just these bytes, at most five minutes ago."""
    signature = next(value for name, value in delivery.headers.items() if name.endswith("ignature"))
    fields = dict(part.split("=", 1) for part in signature.split(","))
    signed = f"{fields['t']}.".encode() + delivery.body
    digest = hmac.new(cloud.WEBHOOK_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    age_s = now_ms // SECOND - int(fields["t"])
    return digest == fields["v1"] and abs(age_s) <= TOLERANCE_S


def _forged(delivery: Delivery) -> Delivery:
    """The same signature over a body that says a little more, of another event."""
    body = delivery.body.replace(delivery.event_id.encode(), b"evt_forged", 1)
    return replace(delivery, event_id="evt_forged", body=body)
