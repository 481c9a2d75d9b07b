"""What a payment and its orders both store: a seller's line, the fee and rate frozen with it."""

from __future__ import annotations

from countinghouse.domain.conversion import Conversion
from countinghouse.domain.fees import HALF_UP, FeeTax, FrozenFee
from countinghouse.domain.payment import OrderLine
from countinghouse_aws.dynamodb.codec import Plain, present


def encode_line(line: OrderLine) -> Plain:
    """A seller's line, as a payment stores it."""
    return present(
        order_id=line.order_id,
        seller_id=line.seller_id,
        amount=line.amount_minor,
        fee=encode_fee(line.fee),
        wallet_shard=line.wallet_shard or None,
        seller_country=line.seller_country,
        conversion=encode_conversion(line.conversion),
    )


def decode_line(row: Plain) -> OrderLine:
    """A seller's line, from its stored form."""
    return OrderLine(
        row["order_id"],
        row["seller_id"],
        row["amount"],
        decode_fee(row["fee"]),
        row.get("wallet_shard", 0),
        row.get("seller_country"),
        decode_conversion(row.get("conversion")),
    )


def encode_conversion(conversion: Conversion | None) -> Plain | None:
    """What an order keeps of its quote, as stored."""
    if conversion is None:
        return None
    return {
        "quote_id": conversion.quote_id,
        "source": conversion.source,
        "as_of": conversion.as_of,
        "rate": conversion.rate,
        "seller_currency": conversion.seller_currency,
        "seller_amount": conversion.seller_minor,
        "mid_amount": conversion.mid_minor,
    }


def decode_conversion(row: Plain | None) -> Conversion | None:
    """What an order keeps of its quote, from its stored form."""
    if row is None:
        return None
    return Conversion(
        row["quote_id"],
        row["source"],
        row["as_of"],
        row["rate"],
        row["seller_currency"],
        row["seller_amount"],
        row["mid_amount"],
    )


def encode_fee(fee: FrozenFee) -> Plain:
    """A frozen fee, as stored."""
    return present(
        rule_id=fee.rule_id,
        fee=fee.fee_minor,
        tax=fee.tax_minor,
        rounding=fee.rounding,
        cross_border=fee.cross_border_minor or None,
        tax_rule=_encode_tax(fee.tax),
    )


def decode_fee(row: Plain) -> FrozenFee:
    """A frozen fee, from its stored form; the first rows did not say how they were rounded."""
    return FrozenFee(
        row["rule_id"],
        row["fee"],
        row["tax"],
        row.get("rounding", HALF_UP),
        row.get("cross_border", 0),
        _decode_tax(row.get("tax_rule")),
    )


def _encode_tax(tax: FeeTax | None) -> Plain | None:
    if tax is None:
        return None
    return present(
        rule_id=tax.rule_id,
        country=tax.country,
        basis_points=tax.basis_points,
        reverse_charge=tax.reverse_charge or None,
    )


def _decode_tax(row: Plain | None) -> FeeTax | None:
    if row is None:
        return None
    return FeeTax(
        row["rule_id"], row["country"], row["basis_points"], row.get("reverse_charge", False)
    )
