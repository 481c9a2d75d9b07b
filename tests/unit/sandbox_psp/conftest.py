"""A fresh PSP for each test."""

from collections.abc import Iterator

import pytest

from tests.unit.sandbox_psp.shop import Shop
from tools.sandbox_psp.book import Book


@pytest.fixture
def shop() -> Iterator[Shop]:
    book = Book()
    yield Shop(book)
    book.close()
