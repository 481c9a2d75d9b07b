from typing import Any

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.psp import SettlementKind
from countinghouse_aws.psp.stripe_owners import StripeOwners
from tests.unit.adapters.stripe_line import (
    INTENT,
    NOT_LOOKED_AT,
    SILENCE,
    Answer,
    error,
    intent,
    line,
    reply,
)
from tests.unit.adapters.test_stripe_facts import PAYMENT


def order_of(answer: Answer) -> str | None:
    return StripeOwners(line(answer), "sk").order_of("stripe", "pi_1")


def test_a_charge_names_its_order() -> None:
    psp = line(reply(INTENT))

    assert StripeOwners(psp, "sk").order_of("stripe", "pi_1") == "o1"
    assert [(one.method, one.path) for one in psp.asked] == [("GET", "/v1/payment_intents/pi_1")]


@pytest.mark.parametrize(
    "answer", [error(404, code="resource_missing"), reply(intent(metadata={}))]
)
def test_a_charge_that_is_not_ours_has_no_order(answer: Answer) -> None:
    assert order_of(answer) is None


def test_a_payment_tells_what_the_payout_has_come_to() -> None:
    psp = line(reply(PAYMENT))

    fact = StripeOwners(psp, "sk").payout_of("stripe", "obp_1")

    assert fact is not None
    assert (fact.kind, fact.payout_id) == (SettlementKind.SUCCEEDED, "po_1")
    assert [one.path for one in psp.asked] == ["/v2/money_management/outbound_payments/obp_1"]


@pytest.mark.parametrize("answer", [error(404), reply({**PAYMENT, "metadata": None})])
def test_a_payment_that_is_not_ours_is_no_payout(answer: Answer) -> None:
    assert StripeOwners(line(answer), "sk").payout_of("stripe", "obp_1") is None


UNANSWERED: dict[str, Any] = {**SILENCE, **NOT_LOOKED_AT}
UNANSWERED["another"] = reply(intent(id="pi_2"))


@pytest.mark.parametrize("name", UNANSWERED)
def test_without_an_answer_nobody_knows(name: str) -> None:
    owners = StripeOwners(line(UNANSWERED[name]), "sk")

    with pytest.raises(Unavailable):
        owners.order_of("stripe", "pi_1")
    with pytest.raises(Unavailable):
        owners.payout_of("stripe", "obp_1")


@pytest.mark.parametrize("broken", [{"status": "exploded"}, {"amount": None}])
def test_a_payment_that_cannot_be_read_is_asked_for_again(broken: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        StripeOwners(line(reply({**PAYMENT, **broken})), "sk").payout_of("stripe", "obp_1")
    with pytest.raises(Unavailable):
        order_of(reply(intent(metadata={"order_id": "o 1"})))
