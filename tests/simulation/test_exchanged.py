"""I17: of an order paid in dollars and earned in euros every crossing journal is the quote's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from countinghouse.domain import fx_checkout
from tests.simulation import cloud, exchanged
from tests.simulation.clock import START_MS
from tests.simulation.explore import strikes
from tests.simulation.faults import WRITES, Broken, Mode, Plan
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine
from tests.simulation.world import World


def _run(process: Machine, plan: Plan) -> World:
    world = World(process, FLOWS[plan.flow], plan)
    world.run()
    return world


def test_every_journal_that_crosses_balances_at_the_quotes_rate(process: Machine) -> None:
    _run(process, Plan("X2"))

    crossing = [
        row["kind"]
        for row in cloud.rows("ledger")
        if len({leg["currency"] for leg in row["legs"]}) > 1
    ]
    assert sorted(crossing) == ["capture", "refund_requested"]


@pytest.mark.parametrize("mode", [Mode.AFTER, Mode.CONFLICT_LAST])
@pytest.mark.parametrize("flow", ["X1", "X2"])
def test_it_holds_whatever_call_fails(process: Machine, flow: str, mode: Mode) -> None:
    calls = _run(process, Plan(flow)).injector.calls
    writes = [call for call in calls if call.operation in WRITES]
    struck = list(strikes(writes, (mode,)))

    for strike in struck:
        _run(process, Plan(flow, (strike,)))
    assert struck


def test_a_rate_that_was_over_when_the_checkout_was_taken_in_is_found(
    process: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanged, "QUOTE", replace(exchanged.QUOTE, expires_at=START_MS + 1))
    monkeypatch.setattr(fx_checkout, "quote_for", lambda _, quotes, __: quotes[0])

    with pytest.raises(Broken, match="I17"):
        _run(process, Plan("X1"))
