"""Minor units for people to read."""

# ISO 4217 currencies whose minor unit is not a hundredth, as far as anybody replays them here.
_PLACES = {
    **dict.fromkeys(("CLP", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def decimal(minor: int, currency: str) -> str:
    """1250 is "12.50" in EUR, "1,250" in JPY and "1.250" in KWD; by integers alone."""
    places = _PLACES.get(currency, 2)
    whole, part = divmod(abs(minor), 10**places)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}.{part:0{places}d}" if places else f"{sign}{whole:,}"


def money(minor: int, currency: str) -> str:
    """`EUR 12.50`."""
    return f"{currency} {decimal(minor, currency)}"
