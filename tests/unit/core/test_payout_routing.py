import pytest

from countinghouse.domain.payout import AT_PSP, Payout, PayoutJournal, PayoutStatus
from countinghouse.messages import Message, Output, Published, Queue
from countinghouse.payout_views import payout_view
from countinghouse.routing import PayoutChanged, route
from tests.builders import NOW
from tests.payouts import a_payout

S = PayoutStatus


def outputs(old: Payout | None, new: Payout) -> list[Output]:
    return route(PayoutChanged(old, new), NOW)


def told(found: list[Output]) -> list[str]:
    """What goes out, in words: `payouts po_1`, `payout.paid`, `audit.raised code`."""
    words = []
    for one in found:
        if isinstance(one, Message):
            assert one.queue is Queue.PAYOUTS
            words.append(f"payouts {one.body['payout_id']}")
        else:
            code = f" {one.data['code']}" if one.name == "audit.raised" else ""
            words.append(f"{one.name}{code}")
    return words


def test_a_new_payout_is_attended_to() -> None:
    assert told(outputs(None, a_payout())) == ["payouts po_1"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (S.PENDING_APPROVAL, S.RESERVED),
        (S.PENDING_APPROVAL, S.CANCELLED),
        (S.SUBMITTED, S.IN_TRANSIT),
        (S.SUBMITTED, S.UNKNOWN),
    ],
)
def test_the_end_of_a_wait_is_told_to_who_waits(old: PayoutStatus, new: PayoutStatus) -> None:
    waiting = a_payout(old, task_token="token", awaited=old)
    ended = a_payout(new, task_token="token", awaited=old)

    assert told(outputs(waiting, ended)) == ["payouts po_1"]
    assert told(outputs(a_payout(old), a_payout(new))) == []


@pytest.mark.parametrize("status", sorted(set(S)))
def test_a_token_or_a_journal_alone_tells_nobody_anything(status: PayoutStatus) -> None:
    before = a_payout(status, booked=(PayoutJournal.RESERVE,))
    waiting = a_payout(status, task_token="token", awaited=status, version=3)

    assert told(outputs(before, waiting)) == []


@pytest.mark.parametrize(
    ("status", "name"),
    [(S.PAID, "payout.paid"), (S.FAILED, "payout.failed"), (S.RETURNED, "payout.returned")],
)
def test_how_it_ended_is_published_with_the_payout(status: PayoutStatus, name: str) -> None:
    new = a_payout(status, version=7)

    found = [one for one in outputs(a_payout(S.UNKNOWN), new) if isinstance(one, Published)]

    assert found == [Published(name, "po_1", 7, payout_view(new))]


def test_a_return_is_attended_to_though_nobody_waits() -> None:
    assert told(outputs(a_payout(S.PAID), a_payout(S.RETURNED))) == [
        "payouts po_1",
        "payout.returned",
    ]


def test_other_money_calls_a_person_once() -> None:
    clean, conflicted = a_payout(S.UNKNOWN), a_payout(S.UNKNOWN, conflicted=True)

    assert told(outputs(clean, conflicted)) == ["audit.raised payout_conflicted"]
    assert told(outputs(conflicted, a_payout(S.UNKNOWN, conflicted=True, version=9))) == []


@pytest.mark.parametrize("status", sorted(AT_PSP))
def test_too_many_questions_call_a_person_once(status: PayoutStatus) -> None:
    limit = 14 if status is S.IN_TRANSIT else 7
    alarms = [
        asked
        for asked in range(1, 30)
        if told(outputs(a_payout(status, asked=asked - 1), a_payout(status, asked=asked)))
    ]

    assert alarms == [limit]
    assert told(outputs(a_payout(status, asked=limit - 1), a_payout(status, asked=limit))) == [
        "audit.raised payout_overdue"
    ]
