"""Who may call what: every route by every role, and what each role may change, said once more."""

from __future__ import annotations

from collections import Counter

import pytest

from infra.routes import ROUTES
from tests.security.doors import CALLERS, Cell, cells, document, inventory, roles_of
from tools.openapi.names import OPERATION_IDS

MAY_CHANGE = {
    "checkout": {"createSession", "createPayment", "cancelPayment", "createOrder", "createFxQuote"}
    | {"eraseCheckout"},
    "fulfilment": {
        "cancelPayment",
        "captureOrder",
        "cancelOrder",
        "createDelivery",
        "createRefund",
    },
    "finance": {
        "createJournal",
        "createWalletEntry",
        "createPayout",
        "cancelPayout",
        "setBankAccount",
        "createClose",
        "revalueFxPositions",
        "createReconciliation",
        "resolveBreak",
        "eraseBuyer",
        "eraseBankAccount",
        "cancelProposal",
    },
    "approver": {
        "approvePayout",
        "acknowledgeFinding",
        "resolveBreak",
        "approveProposal",
        "cancelProposal",
    },
    "support": set(),
    "operator": {"createReconciliation", "eraseCheckout", "eraseBuyer"},
}
"""What each role may do beside reading. Not made from the code: a wider role is a decision."""


@pytest.fixture(scope="module")
def tried() -> list[Cell]:
    return list(cells())


def test_document_infrastructure_and_handlers_know_the_same_routes() -> None:
    assert inventory(document()) == []


def test_a_route_without_roles_or_unknown_to_one_of_them_is_found() -> None:
    shown = document()
    del shown["paths"]["/v1/payouts"]["post"]["x-roles"]
    shown["paths"]["/v1/psps"]["get"]["x-roles"] = []
    del shown["paths"]["/v1/breaks/{break_id}"]

    found = "\n".join(inventory(shown))

    for key in ("POST /v1/payouts", "GET /v1/psps", "GET /v1/breaks/{break_id}"):
        assert key in found


def test_every_cell_is_as_the_document_says(tried: list[Cell]) -> None:
    assert len(tried) == len(ROUTES) * len(CALLERS)
    assert [(one.route.key, one.caller, one.wrong) for one in tried if one.wrong] == []


def test_both_kinds_of_cells_are_many(tried: list[Cell]) -> None:
    """A matrix that refuses all, or nothing, would prove nothing."""
    by_caller = Counter(one.caller for one in tried if one.may)

    public = len([route for route in ROUTES if not route.authorised])
    assert by_caller["nobody"] == by_caller["unsigned"] == public
    assert all(public < by_caller[role] < len(ROUTES) for role in MAY_CHANGE)


def test_no_role_may_change_more_than_is_written_here() -> None:
    found: dict[str, set[str]] = {role: set() for role in MAY_CHANGE}
    for key, roles in roles_of(document()).items():
        for role in roles:
            if not key.startswith("GET "):
                found[role].add(OPERATION_IDS[key])

    assert found == MAY_CHANGE
