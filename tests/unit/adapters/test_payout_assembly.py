from types import SimpleNamespace
from typing import Any

from countinghouse_aws.payout_assembly import PayoutAssembly
from tests.payouts import House


def test_payouts_are_opened_for_what_their_psp_can_send() -> None:
    house = House()
    parts: Any = SimpleNamespace(
        payout_books=house.books,
        market_rules=SimpleNamespace(payouts=house.rules),
        stops=house.findings,
        payees=None,
        environment=None,
    )

    opening = vars(PayoutAssembly)["opening"].func(parts)

    assert (opening.rules, opening.ledger) == (house.rules, house.ledger)
    assert opening.step_of("stripe", "HUF") == 100
    assert opening.step_of("stripe", "EUR") == 1
