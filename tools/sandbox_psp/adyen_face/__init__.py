"""The sandbox PSP as Adyen's official client sees it: Checkout v72, Transfers v4, LEM v4.

Field names and enums are those of Adyen's OpenAPI documents (MIT), webhooks those of Webhooks v1
and of the transfer notifications v4. Money, buyers, faults and settlement are the engine's.
"""
