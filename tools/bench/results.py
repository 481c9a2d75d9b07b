"""What one run found: cold starts, works and assets, and how they compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from infra.catalogue import ANSWERS_HTTP
from tools.bench.assets import Part
from tools.bench.measuring import S3_CLIENT, Measured, Start
from tools.bench.warm import Cost
from tools.bench.works import Found

PEER = "aws-lambda-handler-cookbook at 72f62a1, its create-order"
PEER_IMPORT_MI = 2_795
PEER_REQUEST_KI = 13_100
"""The peer's figures are cited from the project's own measurements, on CPython 3.13, and not taken
again here."""


@dataclass(frozen=True, slots=True)
class Cold:
    """One function's start."""

    function: str
    start: Start
    stock: Start

    @property
    def answers_http(self) -> bool:
        """Whether somebody waits for it."""
        return self.function in ANSWERS_HTTP

    @property
    def ratio(self) -> float:
        """In starts of bare boto3 with one client: by instructions where they were counted."""
        if self.start.mi is not None and self.stock.mi:
            return self.start.mi / self.stock.mi
        return self.ms_ratio

    @property
    def ms_ratio(self) -> float:
        """The same by processor time."""
        return self.start.ms / self.stock.ms

    @property
    def forbidden(self) -> tuple[str, ...]:
        """What it loads and must not."""
        allowed = ALLOWED.get(self.function, ())
        return tuple(name for name in self.start.forbidden if name not in allowed)


ALLOWED: Mapping[str, tuple[str, ...]] = {
    "analytics": S3_CLIENT,
    "audit": S3_CLIENT,
    "billing": S3_CLIENT,
    "billing_pdf": (*S3_CLIENT, "reportlab"),
    "billing_steps": S3_CLIENT,
    "fx": S3_CLIENT,
    "payout_steps": S3_CLIENT,
    "reconciliation_steps": S3_CLIENT,
    "settlement_files": S3_CLIENT,
}
"""What some functions load from the start that others may not: none is on a payment's way."""


@dataclass(frozen=True, slots=True)
class Warm:
    """A work's cost, and that of its AWS calls alone: made by boto3 as it comes, and by our client.
    A work without calls has neither."""

    name: str
    title: str
    calls: int
    psp_calls: int
    cost: Cost
    bare: Cost | None
    tuned: Cost | None

    @property
    def ratio(self) -> float | None:
        """In costs of the same calls made bare: by instructions where they were counted."""
        return _ratio(self.cost, self.bare)

    @property
    def to_tuned(self) -> float | None:
        """In costs of the same calls made by our client."""
        return _ratio(self.cost, self.tuned)


def _ratio(cost: Cost, other: Cost | None) -> float | None:
    if other is None:
        return None
    if cost.ki is not None and other.ki:
        return cost.ki / other.ki
    return cost.us / other.us


@dataclass(frozen=True, slots=True)
class Result:
    """A run. `python` is the version of the interpreter that was measured."""

    python: str
    measured: Measured
    cold: tuple[Cold, ...]
    warm: tuple[Warm, ...]
    parts: tuple[Part, ...]

    def as_json(self) -> dict[str, Any]:
        """As docs/proofs/bench.json has it."""
        return {
            "python": self.python,
            "rounds": self.measured.rounds,
            "stock_boto3": asdict(self.measured.stock),
            "layer_boto3": asdict(self.measured.layer),
            "cold": {one.function: asdict(one.start) for one in self.cold},
            "warm": {one.name: asdict(one) for one in self.warm},
            "assets": [asdict(part) for part in self.parts],
        }


def result(
    python: str,
    measured: Measured,
    works: Sequence[Found],
    costs: Mapping[str, Cost],
    parts: Sequence[Part],
) -> Result:
    """A run's result, the dearest starts first, works in their order."""
    cold = [Cold(name, start, measured.stock) for name, start in measured.functions.items()]
    warm = [
        Warm(
            one.work.name,
            one.work.title,
            len(one.calls),
            one.psp_calls,
            costs[f"{one.work.name}.{one.work.kind}"],
            costs.get(f"{one.work.name}.bare"),
            costs.get(f"{one.work.name}.tuned"),
        )
        for one in works
    ]
    by_cost = sorted(cold, key=lambda one: -one.ratio)
    return Result(python, measured, tuple(by_cost), tuple(warm), tuple(parts))
