"""Whoever is late on our side is asked once a pass, and nobody else."""

from __future__ import annotations

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.settlement import Category
from countinghouse.messages import (
    Message,
    Queue,
    aftercare_message,
    orders_message,
    payouts_message,
)
from countinghouse.usecases.portion_differences import (
    PORTION,
    portion_differences,
    portion_name,
    portions_name,
)
from countinghouse.usecases.repair_late import keep_judged, repair_late
from tests.breaks import a_difference
from tests.fakes.queues import FakeOutbox
from tests.fakes.reconciliation import FakeRunPapers

ORDER, OTHER = orders_message("o1", "c1"), orders_message("o2", "c1")
PAYOUT, CARE = payouts_message("po_1"), aftercare_message("o3", delay_s=7)


def laid_out(papers: FakeRunPapers, number: int, portions: int) -> None:
    """The portions of a pass, to be judged."""
    differences = [a_difference(category=Category.CAPTURE) for _ in range(PORTION * portions)]
    portion_differences(differences, number, papers)


def judged(
    papers: FakeRunPapers, number: int, place: int, *messages: Message, **counts: int
) -> None:
    keep_judged(portion_name(number, place), counts, messages, papers)


def repair(
    papers: FakeRunPapers, outbox: FakeOutbox, number: int = 1
) -> tuple[int, dict[str, int]]:
    return repair_late(portions_name(number), outbox, papers)


@pytest.fixture
def papers() -> FakeRunPapers:
    found = FakeRunPapers()
    laid_out(found, 1, 2)
    return found


@pytest.fixture
def outbox() -> FakeOutbox:
    return FakeOutbox()


def test_what_every_portion_asked_for_is_sent_as_it_was(
    papers: FakeRunPapers, outbox: FakeOutbox
) -> None:
    judged(papers, 1, 1, ORDER, CARE, opened=2, under_way=1)
    judged(papers, 1, 2, PAYOUT, opened=1, known=5)

    assert repair(papers, outbox) == (3, {"opened": 3, "under_way": 1, "known": 5})

    assert outbox.sent == [ORDER, CARE, PAYOUT]
    assert [type(one.queue) for one in outbox.sent] == [Queue] * 3


def test_each_is_asked_once_however_many_differences_it_is_late_for(
    papers: FakeRunPapers, outbox: FakeOutbox
) -> None:
    judged(papers, 1, 1, ORDER, OTHER)
    judged(papers, 1, 2, OTHER, ORDER, PAYOUT)

    sent, _ = repair(papers, outbox)

    assert (sent, outbox.sent) == (3, [ORDER, OTHER, PAYOUT])


def test_a_pass_that_asks_for_nothing_sends_nothing(
    papers: FakeRunPapers, outbox: FakeOutbox
) -> None:
    judged(papers, 1, 1, opened=2)
    judged(papers, 1, 2)

    assert repair(papers, outbox) == (0, {"opened": 2})
    assert outbox.sent == []


def test_a_pass_without_differences_sends_nothing(outbox: FakeOutbox) -> None:
    papers = FakeRunPapers()
    laid_out(papers, 1, 0)

    assert repair(papers, outbox) == (0, {})


def test_another_pass_asks_for_its_own_only(papers: FakeRunPapers, outbox: FakeOutbox) -> None:
    judged(papers, 1, 1, ORDER)
    judged(papers, 1, 2, PAYOUT)
    laid_out(papers, 2, 1)
    judged(papers, 2, 1, OTHER, opened=1)

    assert repair(papers, outbox, 2) == (1, {"opened": 1})
    assert outbox.sent == [OTHER]


def test_a_portion_judged_again_is_asked_for_as_it_was_judged_last(
    papers: FakeRunPapers, outbox: FakeOutbox
) -> None:
    judged(papers, 1, 1, ORDER, opened=1)
    judged(papers, 1, 1, OTHER, known=1)
    judged(papers, 1, 2)

    assert repair(papers, outbox) == (1, {"known": 1})
    assert outbox.sent == [OTHER]


def test_it_writes_nothing(papers: FakeRunPapers, outbox: FakeOutbox) -> None:
    judged(papers, 1, 1, ORDER)
    judged(papers, 1, 2)
    before = dict(papers.papers)

    repair(papers, outbox)

    assert papers.papers == before


def test_a_portion_that_nobody_judged_is_not_passed_over(
    papers: FakeRunPapers, outbox: FakeOutbox
) -> None:
    judged(papers, 1, 1, ORDER)

    with pytest.raises(LookupError):
        repair(papers, outbox)
    assert outbox.sent == []


def test_a_pass_that_was_never_laid_out_is_not_taken_for_an_empty_one(outbox: FakeOutbox) -> None:
    with pytest.raises(LookupError):
        repair(FakeRunPapers(), outbox)


def test_a_queue_that_does_not_answer_is_asked_again(
    papers: FakeRunPapers, outbox: FakeOutbox
) -> None:
    judged(papers, 1, 1, ORDER)
    judged(papers, 1, 2)
    outbox.is_down = True
    with pytest.raises(Unavailable):
        repair(papers, outbox)

    outbox.is_down = False

    assert repair(papers, outbox)[0] == 1
    assert outbox.sent == [ORDER]
