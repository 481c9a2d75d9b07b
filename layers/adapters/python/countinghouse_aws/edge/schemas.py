"""Requests: field types that several functions share, and how fields become a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from countinghouse.domain.countries import COUNTRIES
from countinghouse.domain.money import AMOUNT_MAX, EXPONENTS
from countinghouse_aws.edge.problems import FieldsRefused


def _known_currency(code: str) -> str:
    if code not in EXPONENTS:
        raise ValueError("not an ISO 4217 currency code")
    return code


def _known_country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError("not an ISO 3166-1 alpha-2 country code")
    return code


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
AmountMinor = Annotated[
    int, Field(strict=True, gt=0, le=AMOUNT_MAX, description="minor units, an integer")
]
Currency = Annotated[
    str,
    StringConstraints(min_length=3, max_length=3),
    AfterValidator(_known_currency),
    Field(description="ISO 4217 code"),
]
Country = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}$"),
    AfterValidator(_known_country),
    Field(description="ISO 3166-1 alpha-2 code"),
]
Method = Literal["credit_card", "debit_card", "wallet", "qr"]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=512)]
PspToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,128}$")]
ScaExemption = Literal[
    "low_value",
    "transaction_risk_analysis",
    "trusted_beneficiary",
    "secure_corporate",
    "merchant_initiated",
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class Strict(BaseModel):
    """A request's body or query: unknown fields are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @classmethod
    def read(cls, fields: Mapping[str, object]) -> Self:
        """The model of these fields. Raises FieldsRefused."""
        try:
            return cls.model_validate(dict(fields))
        except ValidationError as error:
            raise FieldsRefused(_refusals(error)) from error


REFUSALS_MAX = 50
"""Refused fields that an answer tells of: a body of nothing else would come back many times."""

_FIELD_MAX = 200


def _refusals(error: ValidationError) -> list[dict[str, str]]:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        {
            "field": ".".join(str(part) for part in fault["loc"])[:_FIELD_MAX] or "body",
            "code": fault["type"],
            "message": fault["msg"],
        }
        for fault in faults[:REFUSALS_MAX]
    ]
