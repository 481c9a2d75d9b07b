"""What a PSP's contract says that a capture costs."""

from __future__ import annotations

from countinghouse.domain.errors import Invalid
from countinghouse.records import dataclass

_WHOLE = 1_000


@dataclass(frozen=True, slots=True)
class ContractFee:
    """Per mille of a capture and a fixed part in minor units. Raises Invalid below zero."""

    per_mille: int
    fixed_minor: int

    def __post_init__(self) -> None:
        if not 0 <= self.per_mille <= _WHOLE:
            raise Invalid(f"a fee is 0 to {_WHOLE} per mille", field="per_mille")
        if self.fixed_minor < 0:
            raise Invalid("less than zero", field="fixed_minor")

    def of(self, gross_minor: int) -> int:
        """The fee on a capture's gross, rounded half up.

        What takes a part of a capture back (below zero) gives its share back, not the fixed part.
        """
        if gross_minor < 0:
            return -self._share(-gross_minor)
        return self._share(gross_minor) + self.fixed_minor

    def _share(self, gross_minor: int) -> int:
        return (gross_minor * self.per_mille + _WHOLE // 2) // _WHOLE
