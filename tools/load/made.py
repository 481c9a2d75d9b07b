"""Checkouts to play where no recorded ones are given: made up, the same ones every time.

Their shape is that of a thousand real ones of a marketplace (docs/capacity.md): nearly all of one
order, three in four by card, a few large sellers and many small ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

from tools.replay.lines import Line, Order

_SEED = 7
_SELLERS = 500
_ZIPF = 0.9
_SEVERAL = 0.037
"""Share of checkouts with orders of two sellers."""
_METHODS = {"credit_card": 74, "qr": 19, "wallet": 5, "debit_card": 2}
_AMOUNT_MU, _AMOUNT_SIGMA = 9.3, 0.8
"""Of the logarithm of minor units: 109 BRL in the middle."""


def made(count: int) -> list[Line]:
    """So many checkouts."""
    return list(islice(_lines(random.Random(_SEED)), count))


def _lines(chance: random.Random) -> Iterator[Line]:
    sellers = [f"seller-{rank:04}" for rank in range(1, _SELLERS + 1)]
    weights = [1 / rank**_ZIPF for rank in range(1, _SELLERS + 1)]
    number = 0
    while True:
        number += 1
        many = 2 if chance.random() < _SEVERAL else 1
        checkout = f"{chance.getrandbits(128):032x}"
        orders = tuple(
            Order(
                f"{checkout[:24]}-{place}",
                chance.choices(sellers, weights)[0],
                max(int(chance.lognormvariate(_AMOUNT_MU, _AMOUNT_SIGMA)), 100),
            )
            for place in range(many)
        )
        (method,) = chance.choices([*_METHODS], [*_METHODS.values()])
        buyer = f"{chance.getrandbits(128):032x}"
        yield Line(number, checkout, buyer, "BR", "BRL", method, orders)
