"""What the month close asks of the printer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from countinghouse_aws.edge.schemas import Currency

Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
SellerId = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Render(BaseModel):
    """Render these stored statements."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Literal["render"]
    month: Month
    seller_id: SellerId
    currencies: list[Currency]
