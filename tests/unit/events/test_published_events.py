"""The goldens under `events/published/`: what others may build on, exactly."""

from __future__ import annotations

import ast
import inspect
import json
import re

import pytest

from countinghouse import messages, order_routing, payout_routing, routing
from countinghouse_aws.messaging.bus import envelope
from tests.unit.events.books import Books
from tests.unit.events.conftest import Run, load
from tools.sample_events import world
from tools.sample_events.__main__ import EVENTS
from tools.sample_events.published import SOURCES

_EVENT_NAME = re.compile(r"[a-z]+\.[a-z_]+")


def test_every_event_the_routing_can_publish_has_a_golden() -> None:
    texts = {
        str(node.value)
        for module in (routing, order_routing, payout_routing, messages)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Constant)
    }
    names = {text for text in texts if _EVENT_NAME.fullmatch(text)}

    assert {path.stem for path in (EVENTS / "published").glob("*.json")} == names == set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_published_event_is_its_golden_to_the_byte(name: str, books: Books, run: Run) -> None:
    run(SOURCES[name])

    (event,) = [event for event in books.published if event.name == name]
    shown = json.dumps(envelope(event, world.NOW), indent=2)
    assert shown == json.dumps(load(f"published/{name}"), indent=2)


@pytest.mark.parametrize("name", SOURCES)
def test_golden_names_its_object_and_version(name: str) -> None:
    golden = load(f"published/{name}")

    assert golden["id"] == f"{golden['subject']}:{name}:{golden['version']}"
    assert golden["specversion"] == "1.0"
