"""What makes a history cheaper without making it another: nothing here decides anything."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from botocore.regions import EndpointRulesetResolver

_resolve = EndpointRulesetResolver.construct_endpoint


class TreeCopy:
    """The module `copy` for the emulator's tables, which are trees of dicts, lists and scalars.

    The library's own keeps a memo for what is shared or goes in circles, at five times the cost.
    """

    copy = staticmethod(copy.copy)

    @staticmethod
    def deepcopy(value: Any) -> Any:
        """Another tree with the same leaves."""
        kind = type(value)
        if kind is dict:
            return {key: TreeCopy.deepcopy(one) for key, one in value.items()}
        if kind is list:
            return [TreeCopy.deepcopy(one) for one in value]
        if kind is str or value is None or kind is int or kind is bool:
            return value
        return copy.deepcopy(value)


def endpoints_once() -> Callable[..., Any]:
    """Work out once a client where its calls go: all of them to one address here."""
    known: dict[EndpointRulesetResolver, Any] = {}

    def construct_endpoint(self: EndpointRulesetResolver, *given: Any, **named: Any) -> Any:
        if self not in known:
            known[self] = _resolve(self, *given, **named)
        return known[self]

    return construct_endpoint
