"""The API document, generated from the functions' route tables: `python -m tools.openapi`."""

from tools.source_path import make_importable

make_importable()
