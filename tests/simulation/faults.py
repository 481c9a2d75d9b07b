"""Which call fails in which way: the plan, the process's death, and the count of every call."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Mode(StrEnum):
    """How a call goes wrong."""

    BEFORE = "before"
    """The process dies; nothing happened."""
    AFTER = "after"
    """The process dies; the effect is kept."""
    LOST = "lost"
    """The effect is kept, the caller sees a read time-out. An SDK retry is the next call.

    An AWS service that did it and answers 500 is the same to the SDK: it tries again.
    """
    GONE = "gone"
    """As lost, and every retry of the SDK is lost too."""
    ERR = "err"
    """Nothing happened: AWS throttles through all of the SDK's attempts, the PSP answers 500.

    Whatever else AWS refuses a call with for a while (`PASSING`) ends the same for our code.
    """
    CONFLICT = "conflict"
    """DynamoDB refuses a write because another transaction holds the (first) row."""
    CONFLICT_AMID = "conflict-amid"
    """As conflict, and of a transaction's rows it is one in the middle."""
    CONFLICT_LAST = "conflict-last"
    """As conflict, and of a transaction's rows it is the last."""
    IN_PROGRESS = "in-progress"
    """The transaction's own token is under way, through all of the SDK's attempts."""
    PARTIAL = "partial"
    """A batch is carried out in part with status 200; an index lags and shows nothing."""
    STALE = "stale"
    """A read that may lag shows every row as it was before its last change."""
    UNSENT = "unsent"
    """No connection to the PSP stood."""
    ERR_AFTER = "err-after"
    """The PSP does it, and answers 500."""
    RACE = "race"
    """The process is overtaken: everything else that is ready happens before this call."""
    STALL = "stall"
    """The process freezes for minutes, others take over, and then it goes on with this call.

    A call whose answer comes late is a stall of the next call. Of an invocation's last call it is a
    late acknowledgement: the message comes twice (`turmoil`).
    """


PASSING = {
    "ThrottlingException": 400,
    "ProvisionedThroughputExceededException": 400,
    "RequestLimitExceeded": 400,
    "InternalServerError": 500,
    "ServiceUnavailable": 503,
}
"""How DynamoDB says "later", with the status. The first stands for all: that they end alike is a
test of its own."""
CONFLICTS = frozenset({Mode.CONFLICT, Mode.CONFLICT_AMID, Mode.CONFLICT_LAST})
MISREADS = frozenset({Mode.PARTIAL, Mode.STALE})
"""The ways in which a read answers with status 200 and not with what is stored."""
OF_EVERY_CALL = (Mode.BEFORE, Mode.LOST, Mode.ERR, Mode.RACE)

TRANSACTION = "TransactWriteItems"
WRITES = frozenset({"PutItem", "UpdateItem", TRANSACTION})
SENDS = frozenset({"SendMessageBatch", "SendMessage", "PutEvents"})
DRIVES = frozenset({"StartExecution", "SendTaskSuccess"})
LOOKS = frozenset({"GetItem", "BatchGetItem", "Query"})
READS = LOOKS | {"GetSecretValue"}
BATCHES = frozenset({"SendMessageBatch", "PutEvents", "BatchGetItem", "Query"})
PSP = "psp"


class Death(BaseException):
    """The end of a process, which no `except Exception` can hide."""


@dataclass(frozen=True, slots=True)
class Strike:
    """The call numbered `k` goes wrong in this way."""

    k: int
    mode: Mode

    def __str__(self) -> str:
        return f"{self.k}:{self.mode}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A flow, its faults, and the seed of the scheduler's choices: one exact history.

    Written `F2`, `F2:17:after`, `F2:17:after+30:lost`, each with `@3` behind it for seed 3.
    """

    flow: str
    strikes: tuple[Strike, ...] = ()
    seed: int = 0

    def __str__(self) -> str:
        faults = "+".join(map(str, self.strikes))
        text = f"{self.flow}:{faults}" if faults else self.flow
        return f"{text}@{self.seed}" if self.seed else text

    @property
    def command(self) -> str:
        """What replays this history exactly."""
        return f"python -m tests.simulation.replay {self}"


def parse_plan(text: str) -> Plan:
    """The plan that `str` wrote. Raises ValueError when it is none."""
    body, _, seed = text.partition("@")
    flow, _, faults = body.partition(":")
    strikes = []
    for fault in filter(None, faults.split("+")):
        k, _, mode = fault.partition(":")
        strikes.append(Strike(int(k), Mode(mode)))
    return Plan(flow, tuple(strikes), int(seed or "0"))


@dataclass(frozen=True, slots=True)
class Call:
    """One call of ours to AWS or the PSP. `attempt` counts within the SDK's own retries.

    `rows` is how many a transaction writes, `idle` the modes that change nothing about this call:
    they are known of the calls of a history without faults.
    """

    number: int
    function: str
    service: str
    operation: str
    body_sha256: str
    attempt: int = 1
    rows: int = 1
    idle: frozenset[Mode] = frozenset()

    def __str__(self) -> str:
        again = f" (attempt {self.attempt})" if self.attempt > 1 else ""
        return f"{self.number} {self.function} -> {self.service}.{self.operation}{again}"

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Every way in which this call can go wrong that differs from the others.

        A read has no effect: dying after it is dying before it, with no answer at all it is as if
        refused, and what a long pause before it does, the pause before the next write does too.
        """
        modes = [*OF_EVERY_CALL]
        if self.operation not in READS:
            modes += [Mode.AFTER]
        if self.operation in WRITES:
            modes += [Mode.CONFLICT]
        if self.operation == TRANSACTION:
            modes += [Mode.IN_PROGRESS]
            modes += [Mode.CONFLICT_LAST] * (self.rows > 1) + [Mode.CONFLICT_AMID] * (self.rows > 2)
        if self.operation in BATCHES:
            modes += [Mode.PARTIAL]
        if self.operation in LOOKS:
            modes += [Mode.STALE]
        if self.service == PSP:
            modes += [Mode.UNSENT, Mode.STALL]
            modes += [Mode.ERR_AFTER] * self.operation.startswith("POST ")
        elif self.operation in WRITES | SENDS | DRIVES:
            modes += [Mode.GONE, Mode.STALL]
        return tuple(mode for mode in modes if mode not in self.idle)


_THROUGH_RETRIES = frozenset({Mode.GONE, Mode.ERR, Mode.IN_PROGRESS})


class Deed(Protocol[T_co]):
    """One call about to be made, in all the ways it can end."""

    def do(self) -> T_co:
        """Carry it out and answer."""
        ...

    def unanswered(self) -> Exception:
        """What the caller sees when no answer comes; takes the time it waits."""
        ...

    def refused(self, mode: Mode) -> T_co:
        """The answer, or the raised error, of a service that did not do what it was asked."""
        ...

    @property
    def rows(self) -> int:
        """How many rows a transaction writes; 1 of anything else."""
        ...

    def idle(self) -> frozenset[Mode]:
        """The modes that would change nothing about it, made now."""
        ...


@dataclass(slots=True)
class Injector:
    """Numbers every call and applies the plan. `meanwhile` runs the rest of the world."""

    plan: Plan
    meanwhile: Callable[[Mode], None]
    observed: Callable[[Call], None]
    calls: list[Call] = field(default_factory=list)
    struck: list[Call] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    quiet: bool = False
    """Whether calls are made as they come, uncounted: what happens before the flow itself."""
    draw: Callable[[Call, Callable[[], frozenset[Mode]]], Mode | None] | None = None
    """Adds a fault to the plan as a call comes, given the modes that change nothing about it."""
    marks_idle: bool = False
    """Whether calls are told with the modes that change nothing about them: so is a history without
    faults anyway."""
    fork: Callable[[Call], Plan | None] | None = None
    """Is told of each call before it is made; in a forked process answers how to go on there."""
    _log: list[str] = field(default_factory=list)
    _holding: Mode | None = None

    def meet(self, service: str, operation: str, body: bytes, attempt: int, deed: Deed[T]) -> T:
        """Make one call under the plan. Raises Death, or what the caller would see."""
        function = self.running[-1] if self.running else "?"
        digest = hashlib.sha256(body).hexdigest()
        call = Call(len(self.calls), function, service, operation, digest, attempt, deed.rows)
        if self.quiet:
            try:
                return deed.do()
            finally:
                self.observed(call)
        is_bare = not self.plan.strikes and self.draw is None and self.fork is None
        if is_bare or self.marks_idle:
            call = replace(call, idle=deed.idle())
        self.calls.append(call)
        if self.draw is not None and (drawn := self.draw(call, deed.idle)) is not None:
            strikes = (*self.plan.strikes, Strike(call.number, drawn))
            self.plan = replace(self.plan, strikes=strikes)
        if self.fork is not None and (branch := self.fork(call)) is not None:
            self.plan, self.fork = branch, None
        mode = self._mode(call)
        self._log.append(f"{call} {digest} {mode or ''}")
        try:
            return self._carried(mode, deed)
        finally:
            self.observed(call)

    def _mode(self, call: Call) -> Mode | None:
        mode = next((s.mode for s in self.plan.strikes if s.k == call.number), None)
        if mode is None and call.attempt > 1:
            mode = self._holding
        self._holding = mode if mode in _THROUGH_RETRIES else None
        if mode is not None:
            self.struck.append(call)
        return mode

    def _carried(self, mode: Mode | None, deed: Deed[T]) -> T:
        match mode:
            case None:
                return deed.do()
            case Mode.BEFORE:
                raise Death
            case Mode.AFTER:
                deed.do()
                raise Death
            case Mode.LOST | Mode.GONE:
                deed.do()
                raise deed.unanswered()
            case Mode.RACE | Mode.STALL:
                holding, self._holding = self._holding, None
                self.meanwhile(mode)
                self._holding = holding
                return deed.do()
            case Mode.PARTIAL | Mode.STALE if mode in deed.idle():
                # A read that is owed what is there, or to which there is nothing else to say.
                return deed.do()
            case _:
                return deed.refused(mode)

    @property
    def log_sha256(self) -> str:
        """A hash over every call with its body, in order."""
        return hashlib.sha256("\n".join(self._log).encode()).hexdigest()


class Broken(AssertionError):
    """A history that violates an invariant; says how to replay it."""

    def __init__(self, plan: Plan, struck: list[str], problems: list[str]) -> None:
        super().__init__(
            "\n".join(
                [
                    f"history {plan} (flow {plan.flow}, seed {plan.seed})",
                    *(f"  fault at {call}" for call in struck),
                    *(f"  {problem}" for problem in problems),
                    f"  replay: {plan.command}",
                ]
            )
        )
        self.plan = str(plan)
        self.problems = problems
