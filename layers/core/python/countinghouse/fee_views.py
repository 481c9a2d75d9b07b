"""How the platform's fee on an order looks from outside."""

from __future__ import annotations

from countinghouse.domain.fees import FeeTax, FrozenFee


def fee_view(fee: FrozenFee, currency: str) -> dict[str, object]:
    """A frozen fee; its cross-border part and its tax rule where there are any."""
    view: dict[str, object] = {
        "rule_id": fee.rule_id,
        "amount": fee.fee_minor,
        "tax": fee.tax_minor,
        "currency": currency,
    }
    if fee.cross_border_minor:
        view["cross_border"] = fee.cross_border_minor
    if fee.tax is not None:
        view["tax_rule"] = fee_tax_view(fee.tax)
    return view


def fee_tax_view(tax: FeeTax) -> dict[str, object]:
    """The tax rule that a fee was frozen under."""
    return {
        "rule_id": tax.rule_id,
        "country": tax.country,
        "basis_points": tax.basis_points,
        "reverse_charge": tax.reverse_charge,
    }
