"""The same examples in every run of the gate; HYPOTHESIS_PROFILE=explore looks for others."""

import tests.strategies  # noqa: F401 - loads the profile
