"""The sample inputs and published events under `events/`: `python -m tools.sample_events`."""

from tools.source_path import make_importable

make_importable()
