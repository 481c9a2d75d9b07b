"""What stands in the house before a call: everything that the sample events speak of, and more.

Taken from the in-memory books of the sample events, and put in place as rows and objects.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from countinghouse.domain.close import Closes, MonthClose
from countinghouse.domain.instants import DAY, HOUR
from countinghouse.domain.payout import Payout
from countinghouse.domain.posting import adjustment_journal, seller_available
from countinghouse.domain.trial_balance import TrialBalance
from countinghouse_aws.dynamodb.balances import DynamoBalanceBook
from countinghouse_aws.dynamodb.billing import DynamoCloseBook
from countinghouse_aws.dynamodb.break_rows import encode_break
from countinghouse_aws.dynamodb.codec import Plain
from countinghouse_aws.dynamodb.findings import DynamoFindingBook
from countinghouse_aws.dynamodb.fx_quotes import DynamoQuoteBook
from countinghouse_aws.dynamodb.journal_rows import encode_journal
from countinghouse_aws.dynamodb.orders import encode_order
from countinghouse_aws.dynamodb.payments import encode_payment
from countinghouse_aws.dynamodb.payout_rows import encode_account, encode_payout
from countinghouse_aws.dynamodb.proposals import encode_proposal
from countinghouse_aws.dynamodb.psp_events import encode_psp_event
from countinghouse_aws.dynamodb.reconciliation import DynamoRunBook
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.dynamodb.wallets import encode_wallet
from countinghouse_aws.fx.reference_rates import rates_key
from countinghouse_aws.system.clients import aws_client
from functions.ledger.schema import LedgerBody
from tests.security.house import DOCUMENTS, House
from tests.unit.events.books import Books
from tests.unit.events.http_cases import GIVEN
from tools.sample_events import fx, payout_world, world
from tools.sandbox_psp.payouts import BANK_ACCOUNTS, BankAccount

CLOSED_MONTH = "2026-09"
RATES = f"Date,USD,JPY,BRL\n{fx.FIXED_ON},1.1172,175.68,6.0692\n"


def lay(house: House) -> None:
    """Put everything in place."""
    books = Books()
    for given in dict.fromkeys(GIVEN.values()):
        given(books)
    _sales(house, books)
    _money(house, books)
    _reconciled(house, books)
    _billed(house)
    for number, bank in enumerate((payout_world.BANK, payout_world.OTHER_BANK), 1):
        known = BankAccount(bank.bank_account, number, "Amber", bank.currency, bank.last4)
        BANK_ACCOUNTS.save(house.book, known)


def _sales(house: House, books: Books) -> None:
    tables = house.tables
    # One that waits for its payment, beside those that were paid.
    waiting = [world.open_checkout({**world.ONE_ORDER, "checkout_id": f"chk_{n}"}) for n in (7, 8)]
    scanning = replace(
        _given("payments/get_payment_code").payments["chk_1001"], checkout_id="chk_9"
    )
    over = replace(_given("payments/get_payment").payments["chk_1001"], checkout_id="chk_5")
    payments = [*books.payments.rows.values(), *waiting, scanning, over]
    captured = replace(_given("fulfilment/create_refund").orders["ord_1001_a"], order_id="ord_7")
    _put(tables.payments, map(encode_payment, payments))
    _put(tables.orders, map(encode_order, [*books.orders.rows.values(), captured]))
    _put(tables.events, map(encode_psp_event, books.events.rows.values()))


def _given(folder: str) -> Books:
    """The books before a folder's samples alone."""
    books = Books()
    GIVEN[folder](books)
    return books


def _money(house: House, books: Books) -> None:
    tables = house.tables
    credited = {**world.ADJUSTMENT, "account": "seller_available:s_birch", "amount": 500_000}
    account = seller_available("s_birch")
    body = LedgerBody.model_validate(credited)
    request = body.to_request(account, world.FINANCE, "key-birch")
    journals, wallets = world.booked(adjustment_journal(request, world.NOW - DAY))
    _put(tables.ledger, map(encode_journal, [*books.ledger.linked.values(), *journals]))
    _put(tables.wallet, map(encode_wallet, [*books.ledger.wallet_rows.values(), *wallets]))
    accounts = [
        *books.accounts.rows.values(),
        replace(payout_world.account(), seller_id="s_birch"),
    ]
    _put(tables.payouts, map(encode_account, accounts))
    _put(tables.payouts, map(encode_payout, [*books.payouts.rows.values(), *_payouts()]))
    balance = TrialBalance(world.NOW - HOUR, {"EUR": {"seller_available": -1, "bank": 1}}, 1)
    DynamoBalanceBook(tables.balances).save(balance)
    for finding in books.findings.rows.values():
        # Payouts in euros go on.
        DynamoFindingBook(tables.balances).report(replace(finding, currencies=("USD",)))
    for quote in books.quotes.rows.values():
        DynamoQuoteBook(tables.quotes).add(quote)
    _put(tables.proposals, map(encode_proposal, books.proposals.rows.values()))
    _lay_object(rates_key("ecb", fx.FIXED_ON), RATES.encode())


def _payouts() -> list[Payout]:
    """One a state, of the samples' seller; those at rest lie back in time."""
    made = (
        payout_world.draft(),
        payout_world.held(),
        payout_world.approved(),
        payout_world.on_its_way(),
        payout_world.paid(),
        payout_world.returned(),
    )
    return [
        replace(one, payout_id=f"po_{place:024x}", created_at=one.created_at - place * DAY)
        for place, one in enumerate(made, 1)
    ]


def _reconciled(house: House, books: Books) -> None:
    reconciling, table = books.reconciling, house.tables.reconciliation
    for run in reconciling.runs.rows.values():
        DynamoRunBook(table).add(run)
    _put(table, map(encode_break, reconciling.breaks.rows.values()))
    for key, written in reconciling.documents.versions.items():
        _lay_object(key, written[-1])


def _billed(house: House) -> None:
    closed = Closes((MonthClose(CLOSED_MONTH, world.NOW - 40 * DAY),))
    DynamoCloseBook(house.tables.billing).record(Closes(), closed)


def _put(table: Table, rows: Iterable[Plain]) -> None:
    for row in rows:
        table.add(row)


def _lay_object(key: str, content: bytes) -> None:
    aws_client("s3").put_object(Bucket=DOCUMENTS, Key=key, Body=content)
