"""A payment service provider of our own, third-party to the system and reached only over HTTP.

It imports nothing of the system and shares no table with it. ``engine.Sandbox`` is the whole PSP
with no socket and a clock given by the caller; ``http`` puts it on a loopback port.
"""
