from countinghouse.domain.order_facts import apply_fact
from countinghouse.domain.psp import EventStatus, FactKind
from tests.builders import NOW, POLICY, a_fact, an_event, an_order


def test_a_new_event_waits_to_be_applied() -> None:
    event = an_event(an_order(), FactKind.CAPTURED)

    assert (event.status, event.version, event.parked, event.alarm) == (
        EventStatus.RECEIVED,
        1,
        0,
        None,
    )


def test_every_kind_of_fact_has_a_meaning_for_a_sent_order() -> None:
    order = an_order()

    for kind in FactKind:
        assert apply_fact(order, a_fact(order, kind), NOW, POLICY).verdict
