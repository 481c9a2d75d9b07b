"""Nothing breaks out of an element: what goes in as text comes out as text."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse_aws.rendering.markup import Markup, joined, tag

ANY = st.text(st.characters(codec="utf-8"), max_size=20)
CONTROL = {chr(code) for code in (*range(32), *range(127, 160))} - {"\t", "\n"}


class Reader(HTMLParser):
    """What a browser sees: elements, attributes and texts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[tuple[str, str]] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen += [("start", name), *((k, v or "") for k, v in attributes)]

    def handle_data(self, data: str) -> None:
        self.seen.append(("text", data))

    def handle_endtag(self, name: str) -> None:
        self.seen.append(("end", name))


def read(markup: str) -> list[tuple[str, str]]:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader.seen


def plain(text: str) -> str:
    return "".join(" " if character in CONTROL else character for character in text)


@given(ANY, ANY)
def test_any_text_stays_text(text: str, attribute: str) -> None:
    seen = read(tag("p", text, title=attribute))

    texts = "".join(value for kind, value in seen if kind == "text")
    assert seen[:2] == [("start", "p"), ("title", plain(attribute))]
    assert texts == plain(text)
    assert [kind for kind, _ in seen if kind in ("start", "end")] == ["start", "end"]


def test_markup_inside_is_markup() -> None:
    assert tag("p", tag("b", "<"), " & ", [tag("i", "x"), "<"]) == (
        "<p><b>&lt;</b> &amp; <i>x</i>&lt;</p>"
    )
    assert joined(["<", Markup("<br>")]) == "&lt;<br>"


def test_attributes_are_named_as_html_names_them() -> None:
    made = tag("td", "1", class_="n", aria_label='a"b', data=None, name="x")

    assert made == '<td class="n" aria-label="a&quot;b" name="x">1</td>'


@pytest.mark.parametrize(("name", "made"), [("meta", '<meta a="1">'), ("rect", '<rect a="1"/>')])
def test_an_element_without_content_has_no_end(name: str, made: str) -> None:
    assert tag(name, a=1) == made
