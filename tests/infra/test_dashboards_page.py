"""docs/dashboards.md and its pictures show what is deployed."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tests.infra.templates import Synthesized
from tools.dashboards import written


def test_the_page_shows_what_is_deployed(prod: Synthesized) -> None:
    stale = [
        path.name
        for path, text in written(prod.dashboards()).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]

    assert stale == [], "write them with python -m tools.dashboards"


def test_a_picture_has_every_widget_where_it_is(prod: Synthesized) -> None:
    for name, body in prod.dashboards().items():
        (text,) = (
            t
            for path, t in written(prod.dashboards()).items()
            if name in path.name and path.suffix == ".svg"
        )
        root = ET.fromstring(text)  # noqa: S314
        frames = root.findall("{*}rect")[1:]

        assert len(frames) == len(body["widgets"])
        assert all(
            (int(frame.attrib["x"]) // 40, int(frame.attrib["y"]) // 24) == (one["x"], one["y"])
            for frame, one in zip(frames, body["widgets"], strict=True)
        )
