from dataclasses import dataclass, replace

import pytest

from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.posting import Claim, Posting, addresses_of, plan_posting
from countinghouse.domain.proposal import (
    PROPOSAL_TTL,
    Proposal,
    ProposalStatus,
    approve,
    cancel,
    propose,
)
from countinghouse.ports.ledger import Journals, Ledger
from countinghouse.ports.proposals import ProposalBook, ProposalChange, ProposalPage, ProposalQuery
from countinghouse_aws.dynamodb.ledger import DynamoJournals, DynamoLedger
from countinghouse_aws.dynamodb.proposals import DynamoProposalBook
from tests.builders import NOW
from tests.contract.tables import Tables
from tests.fakes.proposals import FakeProposalBook
from tests.unit.core.domain.test_proposal import ADA, LINUS, REQUEST, WAITING

S = ProposalStatus
CLAIM = Claim("scope", "body", WAITING.journal(NOW, LINUS).ledger_id)
NEW = ProposalChange(None, WAITING, Posting((), (), CLAIM))
BOOKED = approve(WAITING, LINUS, NOW + 9)


@dataclass(frozen=True)
class Books:
    proposals: ProposalBook
    ledger: Ledger
    journals: Journals


@pytest.fixture(params=["fake", "dynamo"])
def books(request: pytest.FixtureRequest) -> Books:
    if request.param == "fake":
        fake = FakeProposalBook()
        return Books(fake, fake.ledger, fake.ledger)
    tables: Tables = request.getfixturevalue("tables")
    ledger = DynamoLedger(tables.ledger, tables.wallet)
    return Books(
        DynamoProposalBook(tables.proposals, ledger), ledger, DynamoJournals(tables.ledger)
    )


def booking(books: Books, proposal: Proposal = WAITING, who: str = LINUS) -> ProposalChange:
    journal = proposal.journal(NOW + 9, who)
    wallets = books.ledger.wallets(addresses_of([journal]))
    posting = plan_posting([journal], wallets).posting
    return ProposalChange(proposal, approve(proposal, who, NOW + 9), posting)


def is_booked(books: Books) -> bool:
    key = WAITING.journal(NOW, LINUS).key
    return key in books.journals.posted([key])


def test_a_proposal_is_stored_with_its_claim_and_comes_back(books: Books) -> None:
    assert books.proposals.get(WAITING.proposal_id) is None

    books.proposals.commit(NEW)

    assert books.proposals.get(WAITING.proposal_id) == WAITING
    assert books.ledger.claim("scope") == CLAIM


def test_it_is_stored_once(books: Books) -> None:
    books.proposals.commit(NEW)
    other = replace(WAITING, fingerprint="other")

    with pytest.raises(Conflict):
        books.proposals.commit(ProposalChange(None, other, None))

    assert books.proposals.get(WAITING.proposal_id) == WAITING


def test_a_claim_that_is_taken_stores_no_proposal(books: Books) -> None:
    books.ledger.commit(Posting((), (), CLAIM))

    with pytest.raises(Conflict):
        books.proposals.commit(NEW)

    assert books.proposals.get(WAITING.proposal_id) is None


def test_approval_journal_and_wallet_are_written_together(books: Books) -> None:
    books.proposals.commit(NEW)
    change = booking(books)

    books.proposals.commit(change)

    assert books.proposals.get(WAITING.proposal_id) == BOOKED
    assert is_booked(books)
    (address,) = addresses_of([WAITING.journal(NOW, LINUS)])
    assert books.ledger.wallets([address])[address].sequence == 1


def test_a_proposal_that_has_moved_books_nothing(books: Books) -> None:
    books.proposals.commit(NEW)
    late = booking(books)
    cancelled = cancel(WAITING, ADA, NOW + 5)
    books.proposals.commit(ProposalChange(WAITING, cancelled))

    with pytest.raises(Conflict):
        books.proposals.commit(late)

    assert books.proposals.get(WAITING.proposal_id) == cancelled
    assert not is_booked(books)


def test_a_wallet_that_has_moved_leaves_the_proposal_waiting(books: Books) -> None:
    books.proposals.commit(NEW)
    late = booking(books)
    other = propose(replace(REQUEST, reference="case-8"), "other", "body", NOW)
    books.proposals.commit(ProposalChange(None, other))
    books.proposals.commit(booking(books, other))

    with pytest.raises(Conflict):
        books.proposals.commit(late)

    assert books.proposals.get(WAITING.proposal_id) == WAITING
    assert not is_booked(books)


def test_a_second_approval_of_the_same_row_does_not_stand(books: Books) -> None:
    books.proposals.commit(NEW)
    books.proposals.commit(booking(books))

    with pytest.raises(Conflict):
        books.proposals.commit(booking(books, who="arn:kay"))

    assert books.proposals.get(WAITING.proposal_id) == BOOKED


def test_there_is_no_deciding_what_was_not_proposed(books: Books) -> None:
    with pytest.raises(Conflict):
        books.proposals.commit(booking(books))

    assert (books.proposals.get(WAITING.proposal_id), is_booked(books)) == (None, False)


def test_only_proposals_are_found(books: Books) -> None:
    assert books.proposals.get("rdv_1") is None


def find(
    books: Books, status: ProposalStatus, cursor: str | None = None, limit: int = 10, now: int = NOW
) -> ProposalPage:
    return books.proposals.find(ProposalQuery(status, now, cursor, limit))


def laid(books: Books, count: int) -> list[Proposal]:
    """Proposals a millisecond apart, the oldest first."""
    found = [propose(REQUEST, f"scope {n}", "body", NOW - count + n) for n in range(count)]
    for proposal in found:
        books.proposals.commit(ProposalChange(None, proposal))
    return found


def test_lists_are_by_status_newest_first(books: Books) -> None:
    first, second, third = laid(books, 3)
    cancelled = cancel(second, ADA, NOW)
    books.proposals.commit(ProposalChange(second, cancelled))

    assert find(books, S.AWAITING_APPROVAL) == ProposalPage((third, first), None)
    assert find(books, S.CANCELLED) == ProposalPage((cancelled,), None)
    assert find(books, S.BOOKED) == find(books, S.EXPIRED) == ProposalPage((), None)


def test_time_moves_what_waits_to_what_has_expired(books: Books) -> None:
    first, second = laid(books, 2)
    now = second.expires_at - 1

    assert find(books, S.AWAITING_APPROVAL, now=now).proposals == (second,)
    assert find(books, S.EXPIRED, now=now).proposals == (first,)
    assert find(books, S.EXPIRED, now=NOW + PROPOSAL_TTL).proposals == (second, first)


def test_a_list_is_read_page_by_page(books: Books) -> None:
    newest_first = laid(books, 5)[::-1]
    read: list[Proposal] = []
    cursor: str | None = None
    for _ in range(5):
        page = find(books, S.AWAITING_APPROVAL, cursor, 2)
        assert len(page.proposals) <= 2
        read += page.proposals
        cursor = page.next_cursor
        if cursor is None:
            break

    assert read == newest_first


@pytest.mark.parametrize(
    "cursor", ["x", "12", "~adj_1", "1~rdv_1", "1.5~adj_1", "²~adj_1", "9999999999999999~adj_1"]
)
def test_what_is_no_cursor_is_refused(books: Books, cursor: str) -> None:
    with pytest.raises(Invalid):
        find(books, S.AWAITING_APPROVAL, cursor)
