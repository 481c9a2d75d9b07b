"""The page is made from the rows, and names tests that exist."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.engine.elsewhere import ELSEWHERE
from tests.engine.page import PAGE, TITLES, page
from tests.engine.row import ROWS

ROOT = Path(__file__).resolve().parents[2]
NAMED = sorted({test for one in ELSEWHERE for test in one.tests})


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.engine.page"


def test_every_group_of_rows_has_a_title() -> None:
    assert {one.group for one in ROWS.values()} == set(TITLES)


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_holds_what_no_engine_shows_exists(named: str) -> None:
    path, _, name = named.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))

    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
