"""One history: who gets what when. Nothing happens that the world does not schedule.

API calls, stream batches, queue batches, webhooks and the repair sweep are delivered at least once:
what an invocation that died did not acknowledge comes again. Time passes only when nothing is
ready, and then straight to the next thing that will be.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from countinghouse.domain.errors import CountinghouseError
from countinghouse.domain.instants import DAY, MINUTE, SECOND
from tests.simulation import cloud
from tests.simulation.aws_wire import AwsWire
from tests.simulation.client import Ask, Client, Pass, Until
from tests.simulation.faults import Broken, Death, Injector, Mode, Plan
from tests.simulation.machine import Machine, Saved
from tests.simulation.mail import RETRY_MS, Mail
from tests.simulation.preludes import PRELUDES
from tests.simulation.psp_wire import PspWire, Shop
from tests.simulation.rest import at_rest, digest
from tests.simulation.rest_of_cards import cards, sent, stored
from tests.simulation.turmoil import Turmoil
from tests.simulation.watch import Watch
from tests.simulation.watch_of_keys import Isolation
from tests.simulation.watch_of_roles import beyond_role
from tests.simulation.workflows import Workflows

if TYPE_CHECKING:
    from tests.simulation.flow import Flow, Play

STEPS_MAX = 2_000
TRIES_MAX = 20
STALL_MS = 400 * SECOND
"""Longer than a lease, a sweep's period and any message's invisibility."""


class Died:
    """What an invocation whose process died answers: nothing."""


Job = tuple[str, Callable[[], None]]
MANY_AT_ONCE = "many"
"""The name of jobs that may run beside each other: queue batches, webhooks, workflow tasks."""


@dataclass(slots=True)
class World:
    """Everything around our functions, for one plan."""

    machine: Machine
    flow: Flow
    plan: Plan
    shop: Shop = field(init=False)
    injector: Injector = field(init=False)
    watch: Watch = field(init=False)
    isolation: Isolation = field(default_factory=Isolation)
    workflows: Workflows = field(init=False)
    aws: AwsWire = field(init=False)
    clients: list[Client] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    delivered: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    mail: Mail = field(init=False)
    logged: list[str] = field(default_factory=list)
    _busy: set[str] = field(default_factory=set)
    _asking: Ask | None = None
    _swept_at: int = 0
    _began_at: int = 0
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.machine.restart()
        self.shop = Shop(self.machine.clock)
        self.watch = Watch(self.shop)
        self.injector = Injector(self.plan, self.meanwhile, self.watch.after_call)
        self.workflows = Workflows(self.machine.clock, self.invoke, self._loses_executions)
        self.aws = AwsWire(self.machine.clock, self.injector, self.workflows)
        self.aws.log = self._called
        self.mail = Mail(
            *(self.machine.clock, self.shop, Turmoil(self.plan.seed), self.invoke),
            *(lambda: self.injector.quiet, self.problems, self.delivered),
        )
        if self.flow.annex is not None:
            self.workflows = self.aws.workflows = self.flow.annex(self)
        self._chance = random.Random(self.plan.seed)
        self._swept_at = self._began_at = self.now

    @property
    def now(self) -> int:
        return self.machine.clock.now_ms

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Connect the machine to this world for as long as the context is open."""
        self.machine.aws = self.aws
        self.machine.psp = PspWire(self.machine.clock, self.injector, self.shop)
        try:
            yield
        finally:
            self.machine.aws = self.machine.psp = None
            self.shop.book.close()

    def run(self) -> None:
        """Play the flow to its end and let everything come to rest. Raises Broken."""
        with self.alive():
            self.play()

    def play(self) -> None:
        """As `run`, in a world that is alive already."""
        if self.flow.prelude is not None:
            self._begin_after(self.flow.prelude)
        for kind in self.mail.turmoil.of_psp:
            self.shop.plant(kind)
        self._perform(self.flow.scripts)
        self.problems += at_rest(self.shop, self.aws.bus.events, self.flow.expected, self.now)
        self.problems += self.workflows.at_rest()
        self._read_log()
        told = [("a log", line) for line in self.logged]
        told += [("an event", json.dumps(event)) for event in self.aws.bus.events]
        self.problems += cards([*stored(), *sent(self.delivered), *told])
        self._raise_problems()

    def _called(self, operation: str, body: bytes) -> None:
        """Look at a call to a table: for whom it is made, and whether its role grants it."""
        self.isolation.called(operation, body)
        running = self.injector.running
        self.problems += beyond_role(running[-1] if running else "", operation, body)

    def _begin_after(self, name: str) -> None:
        """Start from what a prelude leaves behind, played without faults the first time."""
        saved = self.machine.saved.get(name)
        if saved is None:
            saved = self.machine.saved[name] = self._play_prelude(PRELUDES[name])
        self.machine.restore(saved)
        self.shop.restore(saved.book)
        self.shop.cards.update(saved.cards)
        self.aws.bus.events[:] = saved.events
        self.workflows.known.update(saved.executions)
        self.workflows.restore(saved.more)
        self.mail.positions.update(saved.positions)
        self.watch.seen.update(saved.positions)
        self.delivered.clear()
        self._swept_at = self._began_at = self.now

    def _play_prelude(self, script: Play) -> Saved:
        self.injector.quiet = True
        self._perform((script,))
        self.injector.quiet = False
        return Saved(
            now_ms=self.now,
            uuids=self.machine.uuids.count,
            cloud=cloud.save_cloud(),
            book=self.shop.save(),
            cards=dict(self.shop.cards),
            events=tuple(self.aws.bus.events),
            positions=dict(self.mail.positions),
            executions=frozenset(self.workflows.known),
            more=self.workflows.save(),
        )

    def _perform(self, scripts: tuple[Play, ...]) -> None:
        self.clients = [Client(script(self.shop)) for script in scripts]
        for client in self.clients:
            client.go_on()
        self._settle()
        self._raise_problems()

    def deliver_again(self) -> int:
        """Hand every event to its function once more, oldest first; returns how many there were.

        Raises Broken. That nothing changed is for the caller to see (`unmoved`).
        """
        again, self.delivered = self.delivered, []
        for function, event in again:
            self.invoke(function, event)
        self._settle()
        self._raise_problems()
        return len(again)

    def unmoved(self) -> Iterator[str]:
        """I11: everything that was delivered comes once more, and no byte of any row changes."""
        before = digest()
        again = self.deliver_again()
        if digest() != before:
            yield f"I11: {again} deliveries that came twice have changed a row"

    def _settle(self) -> None:
        for _ in range(STEPS_MAX):
            if self.step():
                if self.problems or self.watch.problems:
                    return
                continue
            wake = self._next_wake()
            if wake is None:
                break
            if wake > self._patience_ends():
                self.problems.append(
                    f"I14: still waiting after {self.flow.patience_ms // DAY} days"
                )
                return
            self.machine.clock.advance_to(wake)
        else:
            self.problems.append(f"I14: not at rest after {STEPS_MAX} steps")
        for client in self.clients:
            if client.directive is not None:
                self.problems.append(f"I14: a client still waits for {client.directive}")

    def _patience_ends(self) -> int:
        waits = [c.directive.until_ms for c in self.clients if isinstance(c.directive, Pass)]
        return max(self._began_at + self.flow.patience_ms, *waits, 0)

    @property
    def rest_ms(self) -> int:
        """How long the history took, in virtual time."""
        return self.now - self._began_at

    def _raise_problems(self) -> None:
        self._read_log()
        found = self.watch.problems + self.problems
        if found:
            struck = [str(call) for call in self.injector.struck]
            raise Broken(self.injector.plan, struck, found[:12])

    def _read_log(self) -> None:
        """Bugs that the edges caught: anything but a domain error is one."""
        for record in self.machine.journalist.records:
            name = str(getattr(record, "error", ""))
            if record.getMessage() in ("bug", "poison record") or name not in _PASSING:
                frames = getattr(record, "frames", "")
                self.problems.append(f"bug: {record.getMessage()} {name} {frames}")
        self.logged += self.machine.journalist.lines
        self.machine.journalist.clear()

    # What is ready, and doing one thing of it.

    def step(self) -> bool:
        """Deliver one thing that is ready; False when nothing is."""
        ready = self._ready()
        if not ready:
            return False
        by_chance = self.plan.seed and not self.injector.quiet
        name, job = self._chance.choice(ready) if by_chance else ready[0]
        if name != MANY_AT_ONCE:
            self._busy.add(name)
        try:
            job()
        finally:
            self._busy.discard(name)
        return True

    def _ready(self) -> list[Job]:
        jobs = [*self._client_jobs()]
        if self._has(self.flow.with_streams):
            jobs += self.mail.stream_jobs()
        at_once = (*self.mail.queue_jobs(), *self.workflows.jobs(), *self.mail.late_jobs())
        jobs += [(MANY_AT_ONCE, job) for job in at_once]
        jobs += [*self._webhook_jobs(), *self._psp_jobs(), *self._repair_jobs()]
        return [(name, job) for name, job in jobs if name not in self._busy]

    def _has(self, flow_has_it: bool) -> bool:
        """A prelude has everything, whatever its flow loses."""
        return flow_has_it or self.injector.quiet

    def _loses_executions(self) -> bool:
        return not self._has(self.flow.with_workflows)

    def _client_jobs(self) -> Iterator[Job]:
        for place, client in enumerate(self.clients):
            match client.directive:
                case Ask() as ask if client.retry_at <= self.now:
                    yield f"client {place}", partial(self._ask, client, ask)
                case Until() as until if until.reached():
                    yield f"client {place}", client.go_on
                case Pass(until_ms) if until_ms <= self.now:
                    yield f"client {place}", partial(self._go_on_later, client)

    def _webhook_jobs(self) -> Iterator[Job]:
        if not self._has(self.flow.with_webhooks):
            return
        due_at = self.shop.next_webhook_ms()
        if due_at is not None and due_at <= self.now:
            yield MANY_AT_ONCE, self.mail.webhook

    def _psp_jobs(self) -> Iterator[Job]:
        due_at = self.shop.next_timer_ms()
        if due_at is not None and due_at <= self.now:
            yield "psp", self._psp_goes_on

    def _repair_jobs(self) -> Iterator[Job]:
        # A sweep that finds nothing due only reads, so those are not run.
        due = cloud.first_due(self.now)
        if due is not None and due <= self.now and self.now >= self._swept_at + MINUTE:
            yield "repair", self._repair

    def _next_wake(self) -> int | None:
        """When something will be ready; None when nothing ever will."""
        wakes = [*self.mail.next_wake()]
        for place, client in enumerate(self.clients):
            if isinstance(client.directive, Ask) and f"client {place}" not in self._busy:
                wakes.append(client.retry_at)
            if isinstance(client.directive, Pass):
                wakes.append(client.directive.until_ms)
        webhook_at = self.shop.next_webhook_ms() if self._has(self.flow.with_webhooks) else None
        timers = (webhook_at, self.shop.next_timer_ms(), self.workflows.next_wake())
        wakes += [at for at in timers if at is not None]
        due = cloud.first_due(self.now)
        if due is not None and "repair" not in self._busy:
            wakes.append(max(due, self._swept_at + MINUTE))
        return min((max(wake, self.now + 1) for wake in wakes), default=None)

    # The deliveries.

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """One invocation; Died when its process died, None when it failed as a whole."""
        self.delivered.append((function, event))
        self.injector.running.append(function)
        self.isolation.begin(function, event)
        try:
            return self.machine.functions[function].invoke(event)
        except Death:
            self.machine.functions[function].restart()
            return Died
        except CountinghouseError:
            return None
        finally:
            self.injector.running.pop()
            self.problems += self.isolation.end()
            self.watch.after_invocation()

    def _ask(self, client: Client, ask: Ask) -> None:
        self._asking = ask
        answer = self.invoke(ask.function, ask.event)
        self._asking = None
        status = answer["statusCode"] if isinstance(answer, dict) else None
        client.tries += 1
        if status is not None and (status < 300 or status in ask.accepts):
            if status < 300 and not ask.stored():
                self.problems.append(f"I13: {status} to {ask.event['routeKey']} is not stored")
            client.go_on(json.loads(answer["body"]))
            return
        if status not in (None, 503) or client.tries > TRIES_MAX:
            self.problems.append(f"{ask.event['routeKey']} is answered {answer}")
        client.retry_at = self.now + RETRY_MS

    def _go_on_later(self, client: Client) -> None:
        self._began_at = self.now
        client.go_on()

    def _psp_goes_on(self) -> None:
        self.shop.psp.sweep()

    def _repair(self) -> None:
        self._swept_at = self.now
        self.invoke("repair", {})

    # Concurrency.

    def meanwhile(self, mode: Mode) -> None:
        """The rest of the world goes on while one invocation stands still before a call."""
        if self._asking is not None:
            # The client lost patience, or clicked twice.
            ask, self._asking = self._asking, None
            self.invoke(ask.function, ask.event)
        until = self.now + (STALL_MS if mode is Mode.STALL else 0)
        for _ in range(STEPS_MAX):
            if self.step():
                continue
            wake = self._next_wake()
            if wake is None or wake > until:
                break
            self.machine.clock.advance_to(wake)
        self.machine.clock.advance_to(until)


_PASSING = frozenset({"Conflict", "Unavailable", "AlreadyPosted", "RuntimeError", ""})
