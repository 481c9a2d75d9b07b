import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid
from countinghouse_aws.storage.keys import key_part, own_name, partition_value

ALLOWED = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
hostile = st.one_of(
    st.text(max_size=40),
    st.text("./\\a=%\x00 ", max_size=8),
    st.text("ab", min_size=98, max_size=103),
)


@pytest.mark.parametrize("name", ["settlement-2026-11-22.csv", "a", "A_1.b-c", "x" * 100])
def test_an_ordinary_name_is_left_alone(name: str) -> None:
    assert key_part(name) == name


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("../../closes/2026-11/pack.json", "_.._closes_2026-11_pack.json-"),
        ("..", "-"),
        (".hidden", "hidden-"),
        ("", "-"),
        ("Umsätze 11.csv", "Ums_tze_11.csv-"),
        ("x" * 5_000, "x" * 100 + "-"),
        ("\ud800.csv", "_.csv-"),
    ],
)
def test_any_other_name_is_disarmed_and_told_apart(name: str, start: str) -> None:
    assert key_part(name).startswith(start)
    assert len(key_part(name)) == len(start) + 12


@given(hostile)
def test_no_name_leaves_its_folder(name: str) -> None:
    part = key_part(name)

    assert set(part) <= ALLOWED
    assert 0 < len(part) <= 113
    assert not part.startswith(".")


@given(hostile, hostile)
def test_two_names_are_two_parts(one: str, other: str) -> None:
    assert (key_part(one) == key_part(other)) == (one == other)


@given(hostile, hostile)
def test_partitions_are_told_apart_and_stay_in_their_folder(one: str, other: str) -> None:
    assert not {"/", "=", "\x00"} & set(partition_value(one))
    assert (partition_value(one) == partition_value(other)) == (one == other)


def test_an_account_stands_in_its_partition_as_it_is() -> None:
    assert partition_value("bank:sandbox") == "bank:sandbox"
    assert partition_value("DE89 3704") == "DE89%203704"
    assert partition_value("x" * 300) == "x" * 300
    with pytest.raises(Invalid):
        partition_value("x" * 301)


@pytest.mark.parametrize("name", ["summary.json", "chunks/00001.json", "a/b/c/d/e/f"])
def test_our_own_names_may_have_folders(name: str) -> None:
    assert own_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "a//b", "../a", "a/../b", ".a", "a b", "a\n", "a/b/c/d/e/f/g"]
)
def test_what_is_no_name_of_ours_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        own_name(name)
