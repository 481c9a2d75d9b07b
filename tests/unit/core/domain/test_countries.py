import hashlib

from countinghouse.domain.countries import COUNTRIES, UNKNOWN

PUBLISHED = "e1c950d24ceb933ac49eaa44de8d1a7ffb6bf40bfe519a5a99d791cb50332197"
"""SHA-256 of the codes of `iso3166.tab` (tz database 2023-09-06 and later), sorted, joined."""


def test_the_table_is_the_published_one() -> None:
    assert len(COUNTRIES) == 249
    assert hashlib.sha256(" ".join(sorted(COUNTRIES)).encode()).hexdigest() == PUBLISHED


def test_reserved_and_withdrawn_codes_are_no_countries() -> None:
    assert COUNTRIES.isdisjoint({"XK", "UK", "EU", "AN", "YU", "SU", UNKNOWN})
