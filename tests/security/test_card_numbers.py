"""The measurement of `make secure`, smaller: every disguise, every kind of id."""

from countinghouse_aws.card_numbers import holds_card_number
from tools.secure.card_numbers import DISGUISES, OUR_IDS, look


def test_every_disguise_is_seen_through_and_our_ids_pass() -> None:
    found = look(3_000, seed=7)

    assert set(found.tried) == set(DISGUISES)
    assert +found.missed == {}
    assert set(found.taken) == set(OUR_IDS)
    assert found.taken.total() <= 2


def test_what_is_encoded_twice_is_a_text_as_any_other() -> None:
    # Who encodes twice wants to hide it from us, and can encrypt it too.
    assert not holds_card_number("TkRJME1qUXlOREkwTWpReU5ESTBNZz09")
