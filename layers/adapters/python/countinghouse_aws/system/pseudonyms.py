"""Pseudonyms from the operating system's random numbers."""

import secrets

from countinghouse.domain.buyer import PREFIX

_BYTES = 16
"""128 bits: two draws that are the same are not to be expected, nor is one guessed."""


class RandomPseudonyms:
    """Draws wallet ids from which nothing follows about whom they are given."""

    def draw(self) -> str:
        """A new wallet id, by chance."""
        return f"{PREFIX}{secrets.token_hex(_BYTES)}"
