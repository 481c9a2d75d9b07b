"""The sandbox as Stripe speaks: v1 by forms, v2 by JSON, snapshot and thin events.

The API is the one of the ``stripe`` package's version. What is played here is a part of it; a
parameter that is not played is refused as unknown, so that nobody relies on it unawares.
"""
