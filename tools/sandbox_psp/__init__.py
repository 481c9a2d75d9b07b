"""A payment service provider of our own, third-party to the system and reached only over HTTP.

It imports nothing of the system and shares no table with it. ``engine.Sandbox`` is the whole PSP
with no socket and a clock given by the caller; ``http`` puts it on a loopback port.

One engine has several faces: its own, and those of PSPs that exist, each with its real API, so that
their official clients can be driven against it. ``mounts`` says where each stands in one process.
"""
