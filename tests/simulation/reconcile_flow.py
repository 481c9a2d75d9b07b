"""The reconciliation in a history: its committed workflow, the lake's feed, and what must hold.

The workflow is played from its file. A task whose process died, or that failed, is tried again as
its `Retry` says; between two of its steps and while it waits the rest of the world goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countinghouse.audit_routing import SEEN_BY_THE_RELAY
from countinghouse.domain.instants import SECOND, rfc3339
from tests.infra.asl import Player, State, as_json
from tests.simulation import cloud
from tests.simulation.client import Ask, Script, Until
from tests.simulation.events import api_event
from tests.simulation.lake_cloud import LakeServices, SimulatedS3, Store
from tests.simulation.lake_names import DOCUMENTS, LAKE_POISON, RECONCILIATION_ARN
from tests.simulation.lambdas import function
from tests.simulation.workflows import Answer, Workflows

if TYPE_CHECKING:
    from tests.simulation.world import World

FILE = Path(__file__).parents[2] / "infra" / "workflows" / "reconciliation.asl.json"
FUNCTIONS = {
    "SettlementFiles": "settlement_files",
    "ReconciliationSteps": "reconciliation_steps",
    "Rollup": "rollup",
    "Audit": "audit",
}
BESIDE = (*FUNCTIONS.values(), "audit_events", "lake", "reconciliation", "wallet", "ledger")
"""The functions that no other flow needs."""
MOVES_WHEN_REPEATED = {*FUNCTIONS.values(), "reconciliation", "relay", "payment_progress"}
FED_FROM = ("payment_order", "psp_event", "ledger")
"""The tables whose streams `lake` reads, beside the relay."""
ALARMS = "alarms"
"""What waits for `audit_events`, beside those streams."""
NUMBERS = {"PollSeconds": 2, "RepairSeconds": 30, "LakeSeconds": 60, "JudgeConcurrency": 1}
TRIES_MAX = 6
RECORDS_MAX = 100
STEPS_MAX = 2_000


def definition() -> State:
    """The committed workflow, its places filled in."""
    text = FILE.read_text(encoding="utf-8")
    names = FUNCTIONS | NUMBERS | {"DocumentsBucket": DOCUMENTS, "ReportsTopic": "reports"}
    for name, value in names.items():
        text = text.replace(f"${{{name}}}", str(value))
    found: State = json.loads(text)
    return found


Check = Callable[["World"], Iterator[str]]
Delivered = tuple[str, dict[str, Any]]


class TaskFailed(Exception):
    """A task that failed for good."""


class Deliveries(list[Delivered]):
    """What changes no row when it comes again. A workflow's task does not: it ends with it.

    Whoever asks for a day once more wants a new run of it; and a payment that is woken again, as
    the relay does, notes the newer versions its orders have after deliveries and refunds.
    """

    def append(self, delivered: Delivered) -> None:
        if delivered[0] not in MOVES_WHEN_REPEATED:
            super().append(delivered)


@dataclass
class PausingPlayer(Player):
    """Plays a machine while others live: it waits where the file says so."""

    pause: Callable[[int], None] = lambda _: None

    def _enter(self, state: State, data: Any) -> tuple[str | None, Any]:
        # What a number is in a machine's file stands as text in ours.
        self.pause(int(state["Seconds"]) if state["Type"] == "Wait" else 0)
        return super()._enter(state, data)


@dataclass(eq=False)
class Evening(Workflows):
    """The payouts' workflows and the reconciliation's, and who else hears of what happens.

    Those are the second reader of the streams, and the rule that hands what the relay raised about
    the books to the function that records it.
    """

    world: World = field(kw_only=True)
    checks: tuple[Check, ...] = field(kw_only=True)
    """What must hold at the very end, beside all that holds of every flow."""
    store: Store = field(default_factory=Store)
    runs: dict[str, str | None] = field(default_factory=dict)
    """How each reconciliation's execution ended; None while it goes on."""
    _asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    _positions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FED_FROM, 0))
    _feed_at: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*FED_FROM, ALARMS), 0))
    _heard: int = 0
    """How many of the bus's events have been looked at."""
    _busy: set[str] = field(default_factory=set)
    _machine: State = field(default_factory=definition)

    def __post_init__(self) -> None:
        made = self.world.machine
        for name in BESIDE:
            if name not in made.functions:
                made.functions[name] = function(name)
                # Another process of these tests may have left it warm.
                made.functions[name].forget()
        self.world.delivered = Deliveries()
        self.services = LakeServices(self.store)
        self.services.register()
        made.s3 = SimulatedS3(self.store, made.clock, self.world.injector)

    # What our functions ask of it.

    def answer(self, operation: str, body: bytes) -> Answer:
        asked = json.loads(body)
        if asked.get("stateMachineArn") != RECONCILIATION_ARN:
            return super().answer(operation, body)
        name = asked["name"]
        if name in self.runs:
            error = {"__type": "com.amazonaws#ExecutionAlreadyExists", "message": name}
            return 400, {}, json.dumps(error).encode()
        self.runs[name] = None
        self._asked[name] = json.loads(asked["input"])
        told = {"executionArn": f"{RECONCILIATION_ARN}:{name}", "startDate": 0}
        return 200, {}, json.dumps(told).encode()

    # What the world lets it do.

    def jobs(self) -> Iterator[Callable[[], None]]:
        yield from super().jobs()
        for table, position in self._positions.items():
            if self._free(table) and cloud.stream(table, position, 1):
                yield partial(self._alone, table, partial(self._feed, table))
        if self._free(ALARMS) and self._raised() is not None:
            yield partial(self._alone, ALARMS, self._record)
        for name, end in self.runs.items():
            if end is None and name not in self._busy:
                yield partial(self._alone, name, partial(self._reconcile, name))

    def next_wake(self) -> int | None:
        waits = [at for at in self._feed_at.values() if at > self.clock.now_ms]
        payouts = super().next_wake()
        return min([*waits, *([] if payouts is None else [payouts])], default=None)

    def at_rest(self) -> Iterator[str]:
        yield from super().at_rest()
        for name, end in self.runs.items():
            if end is None:
                yield f"I14: reconciliation {name} has not ended"
        for check in self.checks:
            yield from check(self.world)

    def save(self) -> Any:
        return self.store.copy(), dict(self._positions), dict(self.runs), self._heard

    def restore(self, saved: Any) -> None:
        store, positions, runs, self._heard = saved
        copied = store.copy()
        self.store.objects, self.store.queries = copied.objects, copied.queries
        self.store.notices = copied.notices
        self._positions.update(positions)
        self.runs.update(runs)

    def _free(self, table: str) -> bool:
        return table not in self._busy and self._feed_at[table] <= self.clock.now_ms

    def _alone(self, name: str, work: Callable[[], None]) -> None:
        self._busy.add(name)
        try:
            work()
        finally:
            self._busy.discard(name)

    def _feed(self, table: str) -> None:
        records = cloud.stream(table, self._positions[table], RECORDS_MAX)
        answer = self.invoke("lake", {"Records": records})
        if isinstance(answer, dict):
            self._positions[table] += len(records)
        else:
            self._feed_at[table] = self.clock.now_ms + SECOND

    def _raised(self) -> dict[str, Any] | None:
        """The next event that the rule lets through (infra/constructs/audit_rules.py)."""
        events = self.world.aws.bus.events
        while self._heard < len(events):
            event = events[self._heard]
            if event["type"] == "audit.raised" and event["data"]["code"] in SEEN_BY_THE_RELAY:
                return event
            self._heard += 1
        return None

    def _record(self) -> None:
        event = {"source": "countinghouse", "detail-type": "audit.raised", "detail": self._raised()}
        if isinstance(self.invoke("audit_events", event), dict):
            self._heard += 1
        else:
            self._feed_at[ALARMS] = self.clock.now_ms + SECOND

    # One execution.

    def _reconcile(self, name: str) -> None:
        context = {"Name": name, "StartTime": rfc3339(self.clock.now_ms)}
        player = PausingPlayer(self._perform, context, pause=self._pause)
        self.runs[name], _ = player.play(self._machine, self._asked[name])

    def _perform(self, resource: str, asked: dict[str, Any]) -> Any:
        match resource.removeprefix("arn:aws:states:::"):
            case "lambda:invoke":
                return {"Payload": self._answered(asked["FunctionName"], as_json(asked["Payload"]))}
            case "aws-sdk:athena:getQueryExecution":
                return self.services.execution(asked["QueryExecutionId"])
            case "s3:getObject":
                return json.loads(self.store.objects[asked["Bucket"], asked["Key"]])
            case "sns:publish":
                self.store.notices.append(asked["Subject"])
                return {}
        raise ValueError(f"nobody here does {resource}")

    def _answered(self, name: str, payload: Any) -> Any:
        """A task's answer. Raises TaskFailed after the last of its tries."""
        for tried in range(TRIES_MAX):
            answer = self.invoke(name, payload)
            if isinstance(answer, Mapping):
                return as_json(answer)
            self._pause(2**tried)
        raise TaskFailed(name)

    def _pause(self, seconds: int) -> None:
        """Let the rest of the world go on for a while."""
        world, until = self.world, self.clock.now_ms + seconds * SECOND
        for _ in range(STEPS_MAX):
            if world.step():
                continue
            wake = world._next_wake()
            if wake is None or wake > until:
                break
            self.clock.advance_to(wake)
        self.clock.advance_to(until)


def evening(*checks: Check) -> Callable[[World], Evening]:
    """A flow's annex: a world with the reconciliation in it, looked at by these at its end."""

    def annex(world: World) -> Evening:
        told = (world.machine.clock, world.invoke, world._loses_executions)
        return Evening(*told, world=world, checks=(nothing_open, nothing_found, *checks))

    return annex


# What a person does about a day.


def runs() -> dict[str, str]:
    """Every run's status by its day."""
    found = [row for row in cloud.rows("reconciliation") if row["subject"].startswith("run#")]
    return {row["row"]: row["status"] for row in found}


def reconcile(day: str) -> Ask:
    """Ask for a PSP's day to be reconciled."""
    event = api_event("POST /v1/reconciliations", {"psp": "sandbox", "date": day})
    return Ask("reconciliation", event, lambda: day in runs())


def reconciled(day: str) -> Script:
    """Reconcile a day, and once more as long as its execution fails."""
    while runs().get(day) != "completed":
        yield reconcile(day)
        yield Until(lambda: runs()[day] != "running")


def nothing_found(_: World) -> Iterator[str]:
    """R1: no audit finds anything, and the relay raised nothing."""
    for row in cloud.rows("account_balance"):
        if row["snapshot"].startswith("finding#"):
            yield f"R1: the books are found wrong where nothing is: {row}"


def nothing_open(world: World) -> Iterator[str]:
    """R1: of what really happened nothing is a break, every run is over and its report agrees."""
    for row in cloud.rows("reconciliation"):
        if row["subject"].startswith("brk_"):
            yield f"R1: a break where nothing is wrong: {row}"
    for day, status in runs().items():
        if status != "completed":
            yield f"R1: the run of {day} is {status}"
    for message in cloud.messages(LAKE_POISON):
        yield f"R1: the lake did not understand {message['body']}"
    workflows: Any = world.workflows
    for (bucket, key), content in workflows.store.objects.items():
        is_report = bucket == DOCUMENTS and key.endswith("/report.json")
        if is_report and not json.loads(content)["agrees"]:
            yield f"R1: the report {key} does not agree"
