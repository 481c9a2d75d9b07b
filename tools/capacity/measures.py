"""Counted values with their weights: means and percentiles of millions of messages."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Spread:
    """Values with how often each came."""

    values: list[tuple[float, float]] = field(default_factory=list)
    count: float = 0.0
    total: float = 0.0

    def add(self, value: float, times: float = 1.0) -> None:
        """Count a value `times` times."""
        if times > 0:
            self.values.append((value, times))
            self.count += times
            self.total += value * times

    @property
    def mean(self) -> float:
        """The mean; zero of nothing."""
        return self.total / self.count if self.count else 0.0

    def percentile(self, share: float) -> float:
        """The smallest value that `share` of all do not exceed; zero of nothing."""
        left = share * self.count
        for value, times in sorted(self.values):
            left -= times
            if left <= 1e-9 * self.count:
                return value
        return max((value for value, _ in self.values), default=0.0)
