"""Who may not be paid, nor paid out: blocked countries, and names on a sanctions list.

Matching is exact and explains itself. A name is compared without case, diacritics, punctuation and
word order, and nothing is guessed beyond that: a list carries every spelling it means. Countries
are ISO 3166-1 alpha-2 codes, and one that is not known blocks nothing (docs/international.md).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import partial
from types import MappingProxyType
from typing import NoReturn

from countinghouse.domain.countries import COUNTRIES
from countinghouse.domain.document import Part
from countinghouse.domain.errors import Invalid, Rejected
from countinghouse.domain.instants import DAY, Instant
from countinghouse.domain.unseen import is_unseen
from countinghouse.records import dataclass

COUNTRY_BLOCKED = "country_blocked"
PARTY_SCREENED = "party_screened"
MAX_AGE_DAYS_MAX = 3_650


class ScreeningRefused(Rejected):
    """A country or party is on a list. Which list and entry is for the log, not for the caller."""


@dataclass(frozen=True, slots=True)
class ScreeningRequest:
    """Who takes part; None is not known. `name` is a buyer's or an account holder's.

    The name and the domain of the e-mail address are looked up and kept nowhere.
    """

    buyer_country: str | None = None
    seller_country: str | None = None
    user_id: str | None = None
    seller_id: str | None = None
    name: str | None = field(default=None, repr=False)
    email_domain: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What screening found: nothing, or the code of the refusal with the entry that caused it."""

    code: str | None = None
    list_name: str | None = None
    entry_id: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether nothing was found."""
        return self.code is None

    def refuse(self) -> NoReturn:
        """Raise the refusal, which names neither list nor entry."""
        if self.code == COUNTRY_BLOCKED:
            detail = "nothing is taken from or paid to this country"
            raise ScreeningRefused(detail, code="country_blocked")
        raise ScreeningRefused("this cannot be carried out", code="party_screened")


ALLOWED = Verdict()


@dataclass(frozen=True, slots=True)
class ScreeningRules:
    """How old a list may be before somebody is told, in milliseconds. Nobody is refused for it."""

    max_age: Instant = 30 * DAY


MONTHLY = ScreeningRules()
"""What holds when the market says nothing."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One party on a list, under every name, id and e-mail domain that is meant."""

    entry_id: str
    names: tuple[str, ...] = ()
    party_ids: tuple[str, ...] = ()
    email_domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScreeningList:
    """A list as published: where it is from, as of when, and whom it blocks.

    Raises Invalid, its `field` relative to the list: for an entry id that stands twice, an entry
    that could match nobody, and a name without a letter or digit.
    """

    name: str
    version: str
    source: str
    as_of: Instant
    blocked_countries: frozenset[str]
    entries: tuple[ListEntry, ...] = ()
    _names: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _ids: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _domains: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_entries(self.entries)
        names = ((n, e.entry_id) for e in self.entries for name in e.names for n in readings(name))
        ids = ((party, e.entry_id) for e in self.entries for party in e.party_ids)
        domains = (
            (_comparable_domain(d), e.entry_id) for e in self.entries for d in e.email_domains
        )
        for index, pairs in (("_names", names), ("_ids", ids), ("_domains", domains)):
            object.__setattr__(self, index, _first_of(pairs))

    def is_stale(self, now: Instant, rules: ScreeningRules) -> bool:
        """Whether the list is older than the market's rules allow."""
        return now - self.as_of > rules.max_age

    def screen(self, request: ScreeningRequest) -> Verdict:
        """The first hit: countries, then ids, then the name, then the e-mail domain."""
        for country in (request.buyer_country, request.seller_country):
            if country in self.blocked_countries:
                return Verdict(COUNTRY_BLOCKED, self.name, country)
        entry_id = self._ids.get(request.user_id or "") or self._ids.get(request.seller_id or "")
        if entry_id is None and request.name:
            found = (self._names.get(name) for name in readings(request.name))
            entry_id = next(filter(None, found), None)
        if entry_id is None and request.email_domain:
            entry_id = self._domains.get(_comparable_domain(request.email_domain))
        return Verdict(PARTY_SCREENED, self.name, entry_id) if entry_id else ALLOWED


def _check_entries(entries: tuple[ListEntry, ...]) -> None:
    ids: set[str] = set()
    for place, entry in enumerate(entries):
        at = f"entries[{place}]"
        if entry.entry_id in ids:
            raise Invalid(f"entry {entry.entry_id} stands twice", field=f"{at}.entry_id")
        if not (entry.names or entry.party_ids or entry.email_domains):
            raise Invalid("matches nobody", field=at)
        if not all(map(comparable, entry.names)):
            raise Invalid("a name has letters or digits", field=f"{at}.names")
        ids.add(entry.entry_id)


def _first_of(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """The pairs as a mapping; of two entries with one key, the first is named."""
    found: dict[str, str] = {}
    for key, entry_id in pairs:
        found.setdefault(key, entry_id)
    return MappingProxyType(found)


def readings(name: str) -> tuple[str, ...]:
    """A name as it may be meant: what cannot be seen as nothing, and as the end of a word.

    Hidden in a word it is the former; in Persian the non-joiner stands where others put a space.
    """
    return tuple(dict.fromkeys((comparable(name), comparable(name, " "))))


def comparable(name: str, unseen: str = "") -> str:
    """A name as it is compared: compatible forms, case and diacritics gone, its words sorted.

    A letter that Unicode does not take apart (o with stroke, l with stroke) stays what it is.
    `unseen` stands for characters that print nothing.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    apart = unicodedata.normalize("NFKD", folded)
    shown = (unseen if is_unseen(char) else char for char in apart)
    plain = "".join(char for char in shown if not (char and unicodedata.combining(char)))
    words = "".join(char if char.isalnum() else " " for char in plain).split()
    return " ".join(sorted(words))


def _comparable_domain(domain: str) -> str:
    """A domain as it is compared: without case, wide forms and the dot that may end it."""
    folded = unicodedata.normalize("NFKC", domain).casefold()
    return "".join(char for char in folded if not is_unseen(char)).rstrip(".")


def email_domain_of(email: str | None) -> str | None:
    """What stands behind the last @, or None."""
    return email.rpartition("@")[2] or None if email else None


_LIST = frozenset({"list", "version", "source", "as_of", "blocked_countries", "entries"})
_ENTRY_OPTIONAL = frozenset({"names", "party_ids", "email_domains"})


def parse_screening_list(document: Mapping[str, object]) -> ScreeningList:
    """The list that a document states. Raises Invalid naming the path, as market rules do."""
    whole = Part(document)
    parts = whole.fields(_LIST, frozenset())
    countries = parts["blocked_countries"].elements()
    for at in countries:
        if at.text() not in COUNTRIES:
            raise at.refused("not an ISO 3166-1 alpha-2 code")
    parsed = partial(
        ScreeningList,
        name=parts["list"].identifier(),
        version=parts["version"].text(),
        source=parts["source"].text(),
        as_of=parts["as_of"].instant(),
        blocked_countries=frozenset(at.text() for at in countries),
        entries=tuple(map(_entry, parts["entries"].elements())),
    )
    return whole.built(parsed)


def _entry(part: Part) -> ListEntry:
    parts = part.fields(frozenset({"entry_id"}), _ENTRY_OPTIONAL)

    def texts(name: str) -> tuple[str, ...]:
        return tuple(at.text() for at in parts[name].elements()) if name in parts else ()

    return ListEntry(
        parts["entry_id"].identifier(), texts("names"), texts("party_ids"), texts("email_domains")
    )


def parse_screening_rules(part: Part | None) -> ScreeningRules:
    """The section `screening` of the market's rules, or what holds without one. Raises Invalid."""
    if part is None:
        return MONTHLY
    days = part.fields(frozenset({"max_age_days"}), frozenset())["max_age_days"]
    return ScreeningRules(days.whole(MAX_AGE_DAYS_MAX) * DAY)
