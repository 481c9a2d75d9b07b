"""The sample events under `events/`: one loader, whatever is there today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "events"


def load_event(path: str) -> dict[str, Any]:
    """The sample `events/<path>`, with or without its `.json`. Raises FileNotFoundError."""
    name = path if path.endswith(".json") else f"{path}.json"
    event: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return event


def sample_names(function: str) -> list[str]:
    """Every sample of a function, as `load_event` takes them; none when there are none yet."""
    found = sorted((FOLDER / function).rglob("*.json"))
    return [path.relative_to(FOLDER).with_suffix("").as_posix() for path in found]
