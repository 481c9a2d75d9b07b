"""Journals rebuilt from their legs: complete, balanced, unaltered, under their own ids."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from countinghouse.domain.accounts import parse_account
from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import day_of
from countinghouse.domain.ledger import Journal, Leg, book_of, parse_ledger_id
from countinghouse.domain.money import Money
from countinghouse.domain.seal import SealTallies, digest_number
from countinghouse.domain.wallet import control_account, parse_address, wallet_parts
from tools.ledger_verify.rows import Place, PostingRow, Problems

JOURNALS = "journals"
_JOURNAL_WIDE = (
    "kind",
    "reference",
    "event_at",
    "created_at",
    "cause",
    "checkout_id",
    "reverses",
    "home",
    "wallet_shard",
    "digest",
    "legs",
    "day",
)


class Rebuilder:
    """Takes the legs in order, counts what they come to, and gives every journal's places."""

    def __init__(self, tallies: SealTallies, problems: Problems) -> None:
        self.journals = self.legs = self.copies = 0
        self.balances: dict[str, dict[str, int]] = {}
        self._tallies = tallies
        self._problems = problems

    def places(self, rows: Iterable[PostingRow]) -> Iterator[Place]:
        """The places of all journals. The rows come ordered by journal and leg, copies together."""
        for ledger_id, found in groupby(rows, key=attrgetter("ledger_id")):
            self.journals += 1
            legs = self._without_copies(ledger_id, list(found))
            self._add_up(legs)
            journal = self._rebuilt(ledger_id, legs)
            if journal is not None:
                self._tallies.add(journal)
            yield from self._places(ledger_id, legs[0], journal)

    def _without_copies(self, ledger_id: str, rows: list[PostingRow]) -> list[PostingRow]:
        """One row a leg. Delivery is at least once, so a copy is harmless; two versions are not."""
        legs: dict[int, PostingRow] = {}
        for row in rows:
            if row.leg not in legs:
                legs[row.leg] = row
                continue
            self.copies += 1
            if row != legs[row.leg]:
                what = _difference(legs[row.leg], row)
                self._say(ledger_id, f"leg {row.leg} comes in two versions: {what}")
        self.legs += len(legs)
        return [legs[place] for place in sorted(legs)]

    def _add_up(self, legs: list[PostingRow]) -> None:
        for row in legs:
            try:
                line = control_account(row.account)
            except Invalid:
                line = row.account
            currency = self.balances.setdefault(row.currency, {})
            currency[line] = currency.get(line, 0) + row.amount

    def _rebuilt(self, ledger_id: str, legs: list[PostingRow]) -> Journal | None:
        first = legs[0]
        missing = sorted({*range(first.legs)} - {row.leg for row in legs})
        if missing or len(legs) > first.legs:
            what = f"legs {missing} are missing" if missing else "there are legs too many"
            self._say(ledger_id, f"{what}: it has {first.legs}, {len(legs)} are here")
            return None
        for name in _JOURNAL_WIDE:
            if len({getattr(row, name) for row in legs}) > 1:
                self._say(ledger_id, f"its legs disagree about {name}")
        try:
            journal = _journal(first, legs)
        except (Invalid, ValueError, TypeError) as error:
            self._say(ledger_id, f"it cannot be right: {error}")
            return None
        self._check(journal, first)
        return journal

    def _check(self, journal: Journal, first: PostingRow) -> None:
        if journal.digest != first.digest:
            self._say(journal.ledger_id, "it was altered: its digest is of another content")
        if first.digest_number not in (None, digest_number(first.digest)):
            self._say(journal.ledger_id, "its digest_number is not of its digest")
        if journal.key.book != book_of(journal.reference):
            self._say(journal.ledger_id, f"its id is not of its reference {journal.reference}")
        if first.day != day_of(journal.event_at):
            self._say(journal.ledger_id, f"it is filed under {first.day}, where no query looks")

    def _places(
        self, ledger_id: str, first: PostingRow, journal: Journal | None
    ) -> Iterator[Place]:
        if first.leg != 0:
            return
        try:
            places = [
                _place(link, ledger_id, first.digest) for link in json.loads(first.links or "")
            ]
        except (ValueError, TypeError, KeyError):
            self._say(ledger_id, "its places in the wallets' chains cannot be read")
            return
        if journal is not None:
            moved = {(a.owner, a.wallet_id) for a in wallet_parts(journal)}
            if moved != {(place.owner, place.wallet_id) for place in places}:
                self._say(ledger_id, "it stands in the chains of other wallets than it moves")
        yield from places

    def _say(self, ledger_id: str, detail: str) -> None:
        self._problems.add(JOURNALS, ledger_id, detail)


def _difference(one: PostingRow, other: PostingRow) -> str:
    names = [name for name in PostingRow._fields if getattr(one, name) != getattr(other, name)]
    return ", ".join(f"{name} {getattr(one, name)} and {getattr(other, name)}" for name in names)


def _journal(first: PostingRow, legs: list[PostingRow]) -> Journal:
    return Journal(
        key=parse_ledger_id(first.ledger_id),
        kind=first.kind,
        reference=first.reference,
        legs=tuple(
            Leg(parse_account(row.account), Money(row.amount, row.currency)) for row in legs
        ),
        event_at=first.event_at,
        created_at=first.created_at,
        cause=first.cause,
        checkout_id=first.checkout_id,
        wallet_shard=first.wallet_shard,
        reverses=first.reverses,
        home=first.home,
    )


def _place(link: dict[str, object], ledger_id: str, digest: str) -> Place:
    owner, wallet_id = str(link["owner"]), str(link["wallet_id"])
    parse_address(owner, wallet_id)
    return Place(
        owner,
        wallet_id,
        int(str(link["sequence"])),
        ledger_id,
        str(link["previous"] or ""),
        str(link["chain"]),
        digest,
    )
