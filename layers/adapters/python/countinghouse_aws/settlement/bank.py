"""The statement of our account at the sandbox's bank: minor units, positive came in."""

from __future__ import annotations

from countinghouse.domain.settlement import BankCategory, BankLine
from countinghouse_aws.settlement.cells import Cells, Unreadable
from countinghouse_aws.settlement.entries import Origin, check_day, line_hash

COLUMNS = ("account", "value_date", "line", "type", "reference", "currency", "amount")

CATEGORIES = {str(category): category for category in BankCategory}


def read(cells: Cells, origin: Origin, line_no: int) -> BankLine:
    """One line; a type that nobody knows is `other`. Raises Unreadable."""
    account = cells.needed("account")
    if origin.owner and account != origin.owner:
        raise Unreadable("is of another account than the file")
    kind = cells.word("type")
    category = CATEGORIES.get(cells.raw("type"), BankCategory.OTHER)
    named = category is not BankCategory.OTHER
    reference = cells.needed("reference") if named else cells.words("reference")
    currency = cells.currency("currency")
    amount = cells.minor("amount")
    day = cells.day("value_date")
    check_day(day, origin)
    return BankLine(
        line_hash=line_hash(account, kind, reference, currency, amount, day),
        file_id=origin.file_id,
        line_no=line_no,
        account=account,
        category=category,
        reference=reference,
        currency=currency,
        amount=amount,
        value_day=day,
    )
