"""A PSP that says what the test wrote down, and remembers what it was asked.

    gateway.will("charge", K.UNKNOWN).will("find", K.CAPTURED)

Each call takes the next answer of its kind; a call nobody expected fails the test. An answer is a
fact's kind, or a function of the order as it was sent (which may also do something meanwhile).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from countinghouse.domain.errors import CountinghouseError
from countinghouse.domain.order import Order
from countinghouse.domain.psp import FactKind, PspFact, PspSession, RefundFact, SettlementKind
from countinghouse.domain.refund import Refund
from tests.builders import a_fact, a_refund_fact, a_session

Answer = FactKind | Callable[[Order], PspFact]
RefundAnswer = SettlementKind | Callable[[Order, Refund], RefundFact]


@dataclass
class FakeGateway:
    """`calls` lists (call, key) in order; `log` may be shared with the books."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    sessions: dict[str, PspSession] = field(default_factory=dict)
    session_error: CountinghouseError | None = None

    def will(self, call: str, *answers: Answer) -> FakeGateway:
        """Script the next answers to one kind of call."""
        self.answers.setdefault(call, []).extend(answers)
        return self

    def open_session(
        self, checkout_id: str, amount_minor: int, currency: str, return_url: str | None
    ) -> PspSession:
        self.calls.append(("open_session", checkout_id))
        self.log.append("psp open_session")
        if self.session_error is not None:
            raise self.session_error
        return self.sessions.setdefault(checkout_id, a_session(psp_token=f"tok_{checkout_id}"))

    def charge(self, order: Order) -> PspFact:
        return self._answer("charge", order.attempts[-1].key, order)

    def capture(self, order: Order) -> PspFact:
        return self._answer("capture", order.operation.key if order.operation else "", order)

    def void(self, order: Order) -> PspFact:
        return self._answer("void", order.operation.key if order.operation else "", order)

    def find(self, order: Order) -> PspFact:
        return self._answer("find", order.attempts[-1].key, order)

    def _answer(self, call: str, key: str, order: Order) -> PspFact:
        self.calls.append((call, key))
        self.log.append(f"psp {call}")
        scripted = self.answers.get(call)
        assert scripted, f"the PSP was not expected to be asked to {call} ({key})"
        answer = scripted.pop(0)
        return a_fact(order, answer) if isinstance(answer, FactKind) else answer(order)


@dataclass
class FakeRefundGateway:
    """The same PSP, asked to give money back; scripted in the same way."""

    answers: dict[str, list[RefundAnswer]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def will(self, call: str, *answers: RefundAnswer) -> FakeRefundGateway:
        """Script the next answers to one kind of call."""
        self.answers.setdefault(call, []).extend(answers)
        return self

    def refund(self, order: Order, refund: Refund) -> RefundFact:
        return self._answer("refund", order, refund)

    def find_refund(self, order: Order, refund: Refund) -> RefundFact:
        return self._answer("find_refund", order, refund)

    def _answer(self, call: str, order: Order, refund: Refund) -> RefundFact:
        self.calls.append((call, refund.key))
        self.log.append(f"psp {call}")
        scripted = self.answers.get(call)
        assert scripted, f"the PSP was not expected to be asked to {call} ({refund.key})"
        answer = scripted.pop(0)
        if isinstance(answer, SettlementKind):
            return a_refund_fact(order, answer, refund.refund_id)
        return answer(order, refund)
