from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countinghouse.domain.accounts import Account
from countinghouse.domain.errors import InsufficientFunds, Invalid
from countinghouse.domain.ledger import Journal, JournalKey, TransactType, journal_key
from countinghouse.domain.money import Money
from countinghouse.domain.posting import (
    GROUP_MAX,
    AdjustmentRequest,
    AlreadyPosted,
    Claim,
    addresses_of,
    adjustment_journal,
    plan_posting,
    seller_available,
    stamped,
)
from countinghouse.domain.wallet import Wallet, WalletAddress
from tests.builders import NOW, a_journal, a_transfer
from tests.strategies import journals

S1 = WalletAddress("seller:s1", "EUR")


def request(**changes: object) -> AdjustmentRequest:
    wanted = AdjustmentRequest(
        account=Account("seller_available", "s1"),
        amount=Money(500, "EUR"),
        transact_type=TransactType.CREDIT,
        counter_account=Account("adjustments"),
        reason="goodwill",
        reference="case-7",
        actor="arn:finance",
        idempotency_key="k1",
    )
    return replace(wanted, **changes)  # type: ignore[arg-type]


@settings(max_examples=25)
@given(st.lists(journals(), max_size=10))
def test_a_plan_books_each_journal_or_refuses_it(booked: list[Journal]) -> None:
    unique = list({journal.ledger_id: journal for journal in booked}.values())
    before = {address: Wallet(address) for address in addresses_of(unique)}

    plan = plan_posting(unique, before)

    done = {linked.journal.ledger_id for linked in plan.posting.journals}
    assert done | plan.refused.keys() == {journal.ledger_id for journal in unique}
    assert not done & plan.refused.keys()
    assert all(new.total == 0 for _, new in plan.posting.wallets)
    moved = {address for linked in plan.posting.journals for address in linked.links}
    assert moved == {new.address for _, new in plan.posting.wallets}


@settings(max_examples=25)
@given(st.lists(journals(), max_size=6))
def test_a_plans_links_form_one_chain_per_wallet(booked: list[Journal]) -> None:
    unique = list({journal.ledger_id: journal for journal in booked}.values())
    plan = plan_posting(unique, {a: Wallet(a) for a in addresses_of(unique)})

    for _, wallet in plan.posting.wallets:
        links = [
            (row.journal.ledger_id, row.links[wallet.address])
            for row in plan.posting.journals
            if wallet.address in row.links
        ]
        assert [link.sequence for _, link in links] == list(range(1, len(links) + 1))
        assert [link.previous for _, link in links] == [None, *(i for i, _ in links[:-1])]
        assert (wallet.head, wallet.chain) == (links[-1][0], links[-1][1].chain)


def test_ten_captures_of_one_seller_move_one_wallet() -> None:
    ten = [a_journal(f"o{n}", minor=n) for n in range(1, GROUP_MAX + 1)]

    plan = plan_posting(ten, {S1: Wallet(S1)})

    assert len(plan.posting.journals) == 10
    ((old, new),) = plan.posting.wallets
    assert (old.sequence, new.sequence) == (0, 10)
    assert new.balances["seller_pending:s1"] == -55
    previous = [linked.links[S1].previous for linked in plan.posting.journals]
    assert previous == [None, *(journal.ledger_id for journal in ten[:-1])]


def test_a_journal_below_the_floor_is_refused_alone() -> None:
    taking = a_transfer("seller_pending:s1", "adjustments", 150)
    plan = plan_posting(
        [a_journal("o1", minor=100), taking, a_journal("o2", minor=7)], {S1: Wallet(S1)}
    )

    assert plan.refused.keys() == {taking.ledger_id}
    assert isinstance(plan.refused[taking.ledger_id], InsufficientFunds)
    assert plan.posting.wallets[0][1].balances["seller_pending:s1"] == -107


@dataclass(frozen=True)
class Later:
    """A draft of one journal."""

    journal: Journal
    original: JournalKey | None = None

    @property
    def key(self) -> JournalKey:
        return self.journal.key

    @property
    def reference(self) -> str:
        return self.journal.reference

    @property
    def addresses(self) -> tuple[WalletAddress, ...]:
        return addresses_of([self.journal])

    def drawn(self, _: Mapping[WalletAddress, Wallet], __: Mapping[JournalKey, Journal]) -> Journal:
        return self.journal


def test_a_refused_draft_stops_the_drafts_of_its_reference_and_a_journal_does_not() -> None:
    taking = a_transfer("seller_pending:s1", "adjustments", 150, "o1")
    after = a_journal("o1", minor=7)
    other = Later(a_journal("o2", minor=3))

    drafts = plan_posting([Later(taking), Later(after), other], {S1: Wallet(S1)})
    journals = plan_posting([taking, after], {S1: Wallet(S1)})

    assert drafts.refused.keys() == {taking.ledger_id, after.ledger_id}
    assert drafts.refused[after.ledger_id] is drafts.refused[taking.ledger_id]
    assert [row.journal for row in drafts.posting.journals] == [other.journal]
    assert [row.journal for row in journals.posting.journals] == [after]


def test_a_claim_is_committed_with_its_journal() -> None:
    journal = a_journal()
    claim = Claim("arn:finance|k1", "f", journal.ledger_id)

    assert plan_posting([journal], {S1: Wallet(S1)}, claim).posting.claim == claim


def test_a_refused_journal_moves_none_of_its_wallets() -> None:
    taking = a_transfer("seller_available:s2", "seller_available:s1", 1)
    plan = plan_posting([taking], {a: Wallet(a) for a in addresses_of([taking])})

    assert plan.posting.wallets == ()
    assert plan.posting.journals == ()


@pytest.mark.parametrize(("side", "minor"), [("credit", -500), ("debit", 500)])
def test_an_adjustment_books_both_sides(side: str, minor: int) -> None:
    journal = adjustment_journal(request(transact_type=TransactType(side)), NOW)

    legs = {leg.account.name: leg.amount.minor for leg in journal.legs}
    assert legs == {"seller_available:s1": minor, "adjustments": -minor}
    assert journal.cause == "arn:finance: goodwill"
    assert (journal.kind, journal.reference) == ("adjustment", "case-7")
    assert journal.key == journal_key("case-7", "adjustment", "arn:finance|k1")
    assert (journal.event_at, journal.created_at) == (NOW, NOW)


def test_an_adjustments_id_comes_from_actor_key_and_reference() -> None:
    first = adjustment_journal(request(), NOW)

    assert adjustment_journal(request(reason="other"), NOW + 5).ledger_id == first.ledger_id
    others = [request(actor="arn:other"), request(idempotency_key="k2"), request(reference="r")]
    assert first.ledger_id not in {adjustment_journal(r, NOW).ledger_id for r in others}


def test_an_adjustment_needs_two_accounts() -> None:
    with pytest.raises(Invalid) as refusal:
        adjustment_journal(request(counter_account=Account("seller_available", "s1")), NOW)

    assert refusal.value.field == "counter_account"


@pytest.mark.parametrize("side", ["account", "counter_account"])
def test_what_passes_between_wallets_is_moved_by_the_system_alone(side: str) -> None:
    with pytest.raises(Invalid) as refusal:
        adjustment_journal(request(**{side: Account("inter_wallet")}), NOW)

    assert refusal.value.field == "account"


def test_a_seller_has_an_id() -> None:
    assert seller_available("s1").name == "seller_available:s1"
    with pytest.raises(Invalid) as refusal:
        seller_available("")

    assert refusal.value.field == "seller_id"


def test_already_posted_names_the_journals() -> None:
    refusal = AlreadyPosted(frozenset({"jrn_2", "jrn_1"}))

    assert refusal.ledger_ids == {"jrn_1", "jrn_2"}
    assert "['jrn_1', 'jrn_2']" in str(refusal)


def test_a_booking_by_hand_says_who_asked_and_who_agreed() -> None:
    assert adjustment_journal(request(), NOW).cause == "arn:finance: goodwill"
    agreed = adjustment_journal(request(), NOW, approver="arn:approver")
    assert agreed.cause == "arn:finance, approved by arn:approver: goodwill"


def test_what_is_booked_names_the_code_that_books_it() -> None:
    posting = plan_posting([a_journal()], {S1: Wallet(S1)}).posting

    (written,) = stamped(posting, "c0de").journals

    (drawn,) = posting.journals
    assert written == replace(drawn, journal=replace(drawn.journal, code_version="c0de"))
