"""The books counted again from what the lake says: sound ones hold, and every damage is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countinghouse.domain.instants import HOUR, start_of_day
from countinghouse.domain.ledger import Journal, parse_ledger_id
from countinghouse.domain.posting import LinkedJournal, addresses_of, plan_posting
from countinghouse.domain.seal import Seal, add_up, seal
from countinghouse.domain.wallet import Link, Wallet, WalletAddress, chained
from countinghouse.lake_rows import rows_of
from countinghouse.routing import JournalPosted
from countinghouse.usecases.seal_day import copy_of
from tests.builders import a_journal, a_transfer
from tests.strategies import journals
from tools.ledger_verify.rows import Place, PostingRow
from tools.ledger_verify.verifying import Verified, verify

SATURDAY, SUNDAY, MONDAY = "2026-11-21", "2026-11-22", "2026-11-23"
S1 = WalletAddress("seller:s1", "EUR")
Rows = list[PostingRow]


def on(day: str, journal: Journal) -> Journal:
    at = start_of_day(day) + HOUR
    return replace(journal, created_at=at, event_at=at)


BOOKS = (
    on(SATURDAY, a_journal("o1", "s1", 10)),
    on(SATURDAY, a_journal("o2", "s1", 20)),
    on(SATURDAY, a_journal("o3", "s2", 30, currency="JPY")),
    on(SUNDAY, a_journal("o4", "s1", 40)),
    # One over two wallets, through `inter_wallet`.
    on(SUNDAY, a_transfer("seller_pending:s1", "buyer_wallet:b1", 5, "gift")),
    on(MONDAY, a_journal("o5", "s1", 50)),
)


def linked(*wanted: Journal) -> list[LinkedJournal]:
    """The journals as they are booked one after the other, from empty books."""
    plan = plan_posting(wanted, {a: Wallet(a) for a in addresses_of(wanted)})
    return list(plan.posting.journals)


def lake(found: Iterable[LinkedJournal]) -> Rows:
    """What the lake has of them."""
    return [
        PostingRow(*({**row.columns, "day": row.day}[name] for name in PostingRow._fields))  # type: ignore[arg-type]
        for one in found
        for row in rows_of(JournalPosted(one.journal, one.links))
    ]


CHAINED = linked(*BOOKS)
ROWS = lake(CHAINED)


def seals_of(*days: str) -> list[Seal]:
    """The seals of these days over the sound books."""
    chain: list[Seal] = []
    since = 0
    for day in days:
        until = start_of_day(day) + 24 * HOUR
        covered = [one for one in BOOKS if since <= one.created_at < until]
        chain.append(seal(day, add_up(covered), chain[-1] if chain else None))
        since = until
    return chain


SEALS = seals_of(SATURDAY, SUNDAY)


def copies(seals: Iterable[Seal]) -> dict[str, bytes]:
    return {f"{one.day}.json": copy_of(one) for one in seals}


def ordered(places: Iterable[Place]) -> Iterator[Place]:
    yield from sorted(places, key=lambda p: (p.owner, p.wallet_id, p.sequence, p.ledger_id))


def verified(rows: Rows, seals: Iterable[Seal] = SEALS, *, whole: bool = True) -> Verified:
    by_key = sorted(rows, key=lambda row: (row.ledger_id, row.leg))
    return verify(by_key, copies(seals), ordered, whole=whole)


def broken(found: Verified) -> set[str]:
    return {problem.check for problem in found.problems}


def about(found: Verified, check: str) -> str:
    return "\n".join(f"{p.subject}: {p.detail}" for p in found.problems if p.check == check)


def of(reference: str) -> LinkedJournal:
    (one,) = [one for one in CHAINED if one.journal.reference == reference]
    return one


def without(reference: str) -> Rows:
    return [row for row in ROWS if row.reference != reference]


def changed(reference: str, change: Callable[[PostingRow], PostingRow]) -> Rows:
    return [change(row) if row.reference == reference else row for row in ROWS]


def test_sound_books_hold() -> None:
    found = verified(ROWS)

    assert found.holds
    assert (found.journals, found.legs, found.copies) == (6, 12, 0)
    assert (found.chains.wallets, found.chains.places) == (3, 7)
    assert found.totals == {"EUR": 0, "JPY": 0}
    assert found.balances["JPY"] == {"psp_receivable:sandbox": 30, "seller_pending": -30}
    assert (found.seals, found.unsealed) == (2, 1)


def test_empty_books_hold() -> None:
    found = verified([], [])

    assert (found.holds, found.journals, found.totals) == (True, 0, {})


@settings(max_examples=20)
@given(st.lists(journals(), max_size=6), st.randoms(use_true_random=False))
def test_any_books_hold_however_often_and_in_whatever_order_rows_come(
    wanted: list[Journal], chance: Random
) -> None:
    rows = lake(linked(*{one.ledger_id: one for one in wanted}.values()))
    twice = [*rows, *(row for row in rows if chance.random() < 0.5)]
    chance.shuffle(twice)

    found = verified(twice, [])

    assert found.problems.kept == []
    assert found.copies == len(twice) - len(rows)
    assert found.legs == len(rows)


def test_copies_are_harmless() -> None:
    found = verified([*ROWS, *ROWS, *ROWS[:3]])

    assert found.holds
    assert (found.legs, found.copies) == (12, 15)


def test_a_removed_journal_is_missing_from_its_chain_and_its_seal() -> None:
    found = verified(without("o2"))

    assert broken(found) == {"chains", "seals"}
    assert "1 missing before" in about(found, "chains")
    assert of("o2").journal.ledger_id in about(found, "chains")
    assert about(found, "seals") == (
        f"{SATURDAY}: the lake has 2 journals instead of 3, debits 10 EUR instead of 30"
    )


def test_a_journal_removed_from_a_chains_end_is_missing_from_its_seal() -> None:
    found = verified(without("o3"))

    assert broken(found) == {"seals"}
    assert "debits 0 JPY instead of 30" in about(found, "seals")


def test_a_removed_leg_is_named() -> None:
    rows = [row for row in ROWS if not (row.reference == "o4" and row.leg == 1)]

    found = verified(rows)

    assert broken(found) == {"journals", "trial balance", "seals"}
    assert "legs [1] are missing" in about(found, "journals")
    assert found.totals["EUR"] == 40


def test_a_removed_first_leg_takes_the_links_along() -> None:
    found = verified([row for row in ROWS if not (row.reference == "o4" and row.leg == 0)])

    assert broken(found) == {"journals", "trial balance", "chains", "seals"}


def doubled(row: PostingRow) -> PostingRow:
    return row._replace(amount=2 * row.amount)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (doubled, "altered"),
        (lambda row: row._replace(kind="refund"), "altered"),
        (lambda row: row._replace(account=row.account.replace("s1", "s9")), "altered"),
        (lambda row: row._replace(event_at=row.event_at + 1), "altered"),
        (lambda row: row._replace(amount=row.amount + 1), "do not balance"),
        (lambda row: row._replace(account="no_such_account"), "cannot be right"),
        (lambda row: row._replace(currency="XXQ"), "cannot be right"),
        (lambda row: row._replace(digest="0" * 64), "altered"),
        (lambda row: row._replace(digest_number=7), "digest_number"),
        (lambda row: row._replace(legs=3), "legs [2] are missing"),
        (lambda row: row._replace(legs=1), "legs too many"),
        (lambda row: row._replace(day="2026-01-01"), "filed under 2026-01-01"),
        (lambda row: row._replace(reference="o9"), "not of its reference"),
        (lambda row: row._replace(cause="x") if row.leg else row, "disagree about cause"),
        (lambda row: row._replace(home="seller:s9", wallet_shard=3), "other wallets"),
        (lambda row: row._replace(links="[]"), "other wallets"),
        (lambda row: row._replace(links="none"), "cannot be read"),
    ],
)
def test_an_altered_journal_is_named(change: Callable[[PostingRow], PostingRow], says: str) -> None:
    found = verified(changed("o2", change))

    assert says in about(found, "journals")
    assert of("o2").journal.ledger_id in about(found, "journals")


def test_an_amount_altered_on_both_sides_shows_in_digest_and_seal() -> None:
    found = verified(changed("o2", doubled))

    assert broken(found) == {"journals", "seals"}
    assert "debits 50 EUR instead of 30" in about(found, "seals")


def test_an_altered_amount_with_a_digest_to_match_breaks_the_chain() -> None:
    forged = replace(of("o2"), journal=on(SATURDAY, a_journal("o2", "s1", 21)))
    rows = lake([forged if one is of("o2") else one for one in CHAINED])

    found = verified(rows)

    assert broken(found) == {"chains", "seals"}
    assert "running hash" in about(found, "chains")


def test_two_versions_of_a_leg_are_named() -> None:
    found = verified([*ROWS, doubled(ROWS[0])])

    assert "leg 0 comes in two versions: amount 10 and 20" in about(found, "journals")


def relinked(*wanted: LinkedJournal) -> list[LinkedJournal]:
    """The first wallet's chain made anew over these journals, with hashes that follow."""
    found, previous, chain = [], None, ""
    for place, one in enumerate(wanted, 1):
        chain = chained(chain, one.journal.digest)
        found.append(replace(one, links={**one.links, S1: Link(place, previous, chain)}))
        previous = one.journal.ledger_id
    return found


def test_a_chain_made_anew_without_a_journal_is_found_by_the_seals_alone() -> None:
    others = [one for one in CHAINED if S1 not in one.links]
    left = [one for one in CHAINED if S1 in one.links and one is not of("o2")]

    found = verified(lake([*others, *relinked(*left)]))

    assert broken(found) == {"seals"}
    assert about(found, "seals").startswith(SATURDAY)


def test_places_that_were_swapped_are_named() -> None:
    first, second = of("o1"), of("o2")
    swapped = {
        first.journal.ledger_id: replace(first, links=second.links),
        second.journal.ledger_id: replace(second, links=first.links),
    }

    found = verified(lake(swapped.get(one.journal.ledger_id, one) for one in CHAINED))

    assert broken(found) == {"chains"}
    assert first.journal.ledger_id in about(found, "chains")
    assert second.journal.ledger_id in about(found, "chains")


def test_two_journals_at_one_place_are_named() -> None:
    intruder = LinkedJournal(on(SATURDAY, a_journal("o9", "s1", 1)), of("o2").links)

    found = verified(lake([*CHAINED, intruder]))

    assert broken(found) == {"chains", "seals"}
    assert "stands where" in about(found, "chains")


def test_a_forged_id_is_named() -> None:
    other = parse_ledger_id("jrn_" + "a" * 40)
    forged = replace(of("o3").journal, key=other)

    found = verified(lake([replace(o, journal=forged) if o is of("o3") else o for o in CHAINED]))

    assert "its id is not of its reference o3" in about(found, "journals")


@pytest.mark.parametrize(
    "seals",
    [
        SEALS[1:],
        [SEALS[0], replace(SEALS[1], figures=SEALS[0].figures)],
        [replace(SEALS[0], figures=SEALS[1].figures), SEALS[1]],
        [*SEALS, replace(SEALS[1], day=MONDAY)],
    ],
    ids=["the first is gone", "the last was altered", "an inner one was altered", "one too many"],
)
def test_seals_that_were_changed_are_found(seals: list[Seal]) -> None:
    assert broken(verified(ROWS, seals)) == {"seals"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"{SUNDAY}.json", copy_of(SEALS[1]).replace(b'"journals": 2', b'"journals": 3')),
        (f"{SUNDAY}.json", copy_of(SEALS[1]).replace(SEALS[1].hash.encode(), b"0" * 64)),
        (f"{SUNDAY}.json", b"{"),
        (f"{SUNDAY}.json", b"[]"),
        ("other.json", copy_of(SEALS[1])),
    ],
    ids=["another figure", "another hash", "no JSON", "no seal", "another name"],
)
def test_a_copy_that_is_no_seals_is_named(name: str, content: bytes) -> None:
    stored = {f"{SATURDAY}.json": copy_of(SEALS[0]), name: content}
    rows = sorted(ROWS, key=lambda row: (row.ledger_id, row.leg))

    assert broken(verify(rows, stored, ordered)) == {"seals"}


def test_a_part_of_the_lake_is_not_blamed_for_what_is_elsewhere() -> None:
    part = [row for row in ROWS if row.day == SUNDAY]

    found = verified(part, whole=False)

    assert found.holds
    assert (found.journals, found.seals) == (2, 0)


def test_damage_in_a_part_of_the_lake_is_named() -> None:
    part = [row for row in changed("o4", doubled) if row.day == SUNDAY]

    assert broken(verified(part, whole=False)) == {"journals"}


def test_a_place_that_does_not_follow_is_named_in_a_part_as_well() -> None:
    links = {S1: replace(of("o4").links[S1], chain="0" * 64)}
    rows = lake([replace(of("o4"), links=links), of("gift")])

    assert broken(verified(rows, whole=False)) == {"chains"}


def test_a_flood_of_problems_is_counted_and_named_in_part() -> None:
    rows = lake(linked(*(on(SUNDAY, a_journal(f"f{n}", "s1", 1)) for n in range(1_005))))

    found = verified([row._replace(kind="refund") for row in rows], [])

    assert found.problems.counts["journals"] == len(found.problems) == 1_005
    assert len(found.problems.kept) == 1_000
