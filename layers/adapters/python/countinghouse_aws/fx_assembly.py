"""The adapters of functions that convert: rates, quotes, their rules, made as all others are."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from countinghouse_aws.assembly import Assembly
from countinghouse_aws.system.clients import aws_client

if TYPE_CHECKING:
    from countinghouse.domain.fx_rules import FxRules
    from countinghouse.ports.fx import RateDesk
    from countinghouse_aws.fx.reference_rates import S3ReferenceRates


class FxAssembly(Assembly):
    """An assembly that knows reference rates as well."""

    @cached_property
    def fx_rules(self) -> FxRules:
        """What the marketplace decided about conversion."""
        from countinghouse_aws.system.fx_rules import load_fx_rules

        return load_fx_rules()

    @cached_property
    def fx_rates(self) -> S3ReferenceRates:
        """The reference rates of the stage's source."""
        from countinghouse_aws.fx.reference_rates import S3ReferenceRates

        bucket = self.environment.text("BUCKET_DOCUMENTS")
        source = self.environment.text("FX_SOURCE")
        return S3ReferenceRates(aws_client("s3"), bucket, source, self.clock)

    @property
    def rate_desk(self) -> RateDesk:
        """Rates for who converts now and then: nothing is read before somebody does."""
        from countinghouse.ports.fx import RateDesk

        return RateDesk(lambda: self.fx_rates, lambda: self.fx_rules)
