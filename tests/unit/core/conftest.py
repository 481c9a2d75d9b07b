"""The same examples in every run of the gate; `--hypothesis-profile=explore` looks for others."""

from hypothesis import settings

import tests.strategies  # noqa: F401 - registers the profiles

settings.load_profile("gate")
