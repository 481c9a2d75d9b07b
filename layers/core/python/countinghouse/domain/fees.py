"""The platform's fee on an order, frozen at checkout and never re-derived (domain rules L2)."""

from __future__ import annotations

from dataclasses import dataclass

from countinghouse.domain.errors import Invalid

_BASIS = 10_000


@dataclass(frozen=True, slots=True)
class FeeRule:
    """How a fee is computed: basis points of the order plus a fixed part, then tax on the fee.

    `fixed_minor` is in minor units of the order's currency. Rounding is half up, once per figure.
    """

    rule_id: str
    basis_points: int
    fixed_minor: int = 0
    tax_basis_points: int = 0

    def __post_init__(self) -> None:
        if (
            not 0 <= self.basis_points <= _BASIS
            or self.fixed_minor < 0
            or self.tax_basis_points < 0
        ):
            raise Invalid(f"fee rule {self.rule_id} is out of bounds")


@dataclass(frozen=True, slots=True)
class FrozenFee:
    """What the platform will keep of one order, decided at checkout; minor units."""

    rule_id: str
    fee_minor: int
    tax_minor: int


DEFAULT_RULE = FeeRule("default-v1", basis_points=1_000, tax_basis_points=1_900)
"""Ten per cent and 19 per cent tax on it: the worked example of the domain rules."""


def freeze_fee(amount_minor: int, rule: FeeRule = DEFAULT_RULE) -> FrozenFee:
    """The fee and its tax for an order of `amount_minor`; together never more than the order."""
    fee = min(_share(amount_minor, rule.basis_points) + rule.fixed_minor, amount_minor)
    tax = min(_share(fee, rule.tax_basis_points), amount_minor - fee)
    return FrozenFee(rule.rule_id, fee, tax)


def _share(minor: int, basis_points: int) -> int:
    return (minor * basis_points + _BASIS // 2) // _BASIS
