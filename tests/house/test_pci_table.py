"""The PCI page: a row a requirement, none blank, and every test that it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# How many requirements each chapter of PCI DSS v4.0.1 has.
CHAPTERS = {1: 5, 2: 3, 3: 7, 4: 2, 5: 4, 6: 5, 7: 3, 8: 6, 9: 5, 10: 7, 11: 6, 12: 10}
OWNERS = {"platform team", "shop", "PSP", "AWS"}
ROW = re.compile(
    r"^\| (?P<number>\d+\.\d+) \| (?P<about>[^|]+) \| (?P<here>[^|]*) \| (?P<shown>.+) \|$"
)
PAGES = ("pci.md", "threats.md")


def rows() -> list[re.Match[str]]:
    lines = (ROOT / "docs" / "pci.md").read_text(encoding="utf-8").splitlines()
    return [found for line in lines if (found := ROW.match(line))]


def test_every_requirement_has_its_row() -> None:
    expected = [f"{n}.{m}" for n, count in CHAPTERS.items() for m in range(1, count + 1)]

    assert [row["number"] for row in rows()] == expected


def test_every_row_is_shown_or_owned() -> None:
    for row in rows():
        owners = re.findall(r"owner: (\w+(?: team)?)", row["shown"])
        assert owners or "`" in row["shown"], row["number"]
        assert set(owners) <= OWNERS, row["number"]
        assert row["here"].strip(), row["number"]


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", text)

    assert named
    for path, test in named:
        file = ROOT / "tests" / path
        assert file.exists(), path
        assert not test or f"def {test}(" in file.read_text(encoding="utf-8"), f"{path}::{test}"
