"""Bars are as long as their numbers say, and sums begin where the last step ended."""

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from countinghouse_aws.rendering.charts import Bar, Part, Step, bar_chart, sum_chart

WIDTH, LABELS, BAR = 720, 200, 390
VALUES = st.integers(-(10**15), 10**15)


def rects(svg: str) -> list[tuple[int, int, int, str]]:
    """Left, right, top and tone of everything drawn."""
    return [
        (int(left), int(left) + int(width), int(top), tone)
        for left, top, width, tone in re.findall(
            r'<rect x="(-?\d+)" y="(-?\d+)" width="(-?\d+)" height="16" class="(\w+)"/>', svg
        )
    ]


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own drawing


def steps(*values: int) -> list[Step]:
    made = [Step(f"s{place}", value, str(value), "step") for place, value in enumerate(values)]
    return [*made, Step("sum", sum(values), "", "whole", whole=True)]


def test_bars_are_in_proportion() -> None:
    svg = bar_chart("t", "d", [Bar("a", [Part("x", 100)], "100"), Bar("b", [Part("x", 50)], "50")])

    (_, long, first, _), (left, short, second, _) = rects(svg)
    assert left == LABELS
    assert short - left == (long - left) // 2
    assert second - first == 28


def test_the_parts_of_a_bar_stand_side_by_side() -> None:
    svg = bar_chart("t", "d", [Bar("a", [Part("x", 60), Part("y", 0), Part("z", 40)], "100")])

    (left, middle, _, tone), (start, right, _, other) = rects(svg)
    assert (left, middle, tone, other) == (LABELS, start, "x", "z")
    assert middle - left > right - start > 0


def test_one_of_a_million_is_seen() -> None:
    svg = bar_chart("t", "d", [Bar("a", [Part("x", 10**6)], ""), Bar("b", [Part("x", 1)], "")])

    (_, (left, right, _, _)) = rects(svg)
    assert right - left == 2


def test_nothing_to_draw_is_a_drawing_all_the_same() -> None:
    for svg in (bar_chart("t", "d", []), sum_chart("t", "d", [])):
        assert parsed(svg).get("viewBox") == f"0 0 {WIDTH} 28"
    assert rects(bar_chart("t", "d", [Bar("a", [Part("x", 0)], "0")])) == []


def test_a_step_begins_where_the_one_before_ended() -> None:
    svg = sum_chart("t", "d", steps(300, -100, 200))

    first, second, third, whole = rects(svg)
    assert first[:2] == (LABELS, LABELS + 300 * BAR // 400)
    assert second[:2] == (LABELS + 200 * BAR // 400, first[1])
    assert third[:2] == (second[0], LABELS + BAR)
    assert whole[:2] == (LABELS, LABELS + BAR)


def test_below_zero_is_left_of_the_axis() -> None:
    svg = sum_chart("t", "d", steps(100, -300))

    axis = int(re.findall(r'<line x1="(\d+)"', svg)[0])
    _, down, whole = rects(svg)
    assert (down[0], down[1]) == (LABELS, LABELS + BAR)
    assert whole[:2] == (LABELS, axis)
    assert axis == LABELS + 200 * BAR // 300


@given(st.lists(VALUES, max_size=5))
def test_nothing_leaves_the_drawing(values: list[int]) -> None:
    for left, right, _, _ in rects(sum_chart("t", "d", steps(*values))):
        assert LABELS <= left < right <= LABELS + BAR + 2


@given(st.lists(st.lists(st.integers(0, 10**9), max_size=4), max_size=5))
def test_no_bar_reaches_the_numbers(bars: list[list[int]]) -> None:
    svg = bar_chart("t", "d", [Bar("a", [Part("x", v) for v in bar], "") for bar in bars])

    assert all(LABELS <= left < right <= LABELS + BAR for left, right, _, _ in rects(svg))


def test_it_says_what_it_shows() -> None:
    svg = parsed(bar_chart("A < B", "one & two", [Bar("<a>", [], "0")]))

    title, description, *_ = svg
    assert (title.text, description.text) == ("A < B", "one & two")
    assert svg.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert svg.get("role") == "img"
