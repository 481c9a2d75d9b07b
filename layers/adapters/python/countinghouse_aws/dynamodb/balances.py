"""Table `account_balance`: the newest trial balance; and every wallet and journal, for audits."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from countinghouse.domain.accounts import parse_account
from countinghouse.domain.errors import Invalid
from countinghouse.domain.finding import DamagedRow
from countinghouse.domain.ledger import Journal
from countinghouse.domain.money import EXPONENTS, Money
from countinghouse.domain.trial_balance import TrialBalance
from countinghouse.domain.wallet import Wallet
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.codec import Plain, to_attribute, to_item
from countinghouse_aws.dynamodb.failures import CONDITION_FAILED, code_of, translated
from countinghouse_aws.dynamodb.journal_rows import decode_journal
from countinghouse_aws.dynamodb.ledger import CLAIM_PREFIX
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.dynamodb.wallets import decode_wallet

KEYS = ("snapshot",)
LATEST = "latest"


@dataclass(frozen=True, slots=True)
class DynamoBalanceBook:
    """Trial balances in DynamoDB."""

    table: Table

    def latest(self) -> TrialBalance | None:
        """The newest trial balance, or None before the first."""
        row = self.table.get(snapshot=LATEST)
        return TrialBalance(row["as_of"], row["accounts"], row["wallets"]) if row else None

    def save(self, balance: TrialBalance) -> None:
        """Keep a trial balance unless a newer one is there."""
        row = {
            "snapshot": LATEST,
            "as_of": balance.as_of,
            "accounts": balance.accounts,
            "wallets": balance.wallets,
        }
        try:
            with translated():
                self.table.client.put_item(
                    TableName=self.table.name,
                    Item=to_item(row),
                    ConditionExpression="attribute_not_exists(#key) OR as_of < :as_of",
                    ExpressionAttributeNames={"#key": KEYS[0]},
                    ExpressionAttributeValues={":as_of": to_attribute(balance.as_of)},
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise


_UNREADABLE = (Invalid, KeyError, TypeError, ValueError, AttributeError)
"""What reading a row may raise that no code of ours wrote: the audit names it and goes on."""


def wallet_currencies(row: Plain) -> tuple[str, ...]:
    """The currency in a wallet's key, whatever else is wrong with the row; none when unknown."""
    code = str(row.get("wallet_id", "")).partition("#")[0]
    return (code,) if code in EXPONENTS else ()


def journal_currencies(*rows: Plain | None) -> tuple[str, ...]:
    """The currencies of a journal's legs in any of these images; none when one cannot be read."""
    codes = set[str]()
    for row in rows:
        legs = row.get("legs") if row else []
        if not isinstance(legs, list) or (row and not legs):
            return ()
        for leg in legs:
            code = leg.get("currency") if isinstance(leg, dict) else None
            if code not in EXPONENTS:
                return ()
            codes.add(code)
    return tuple(sorted(codes))


def _sound_wallet(row: Plain) -> Wallet:
    """A wallet from its row. Raises one of _UNREADABLE when it cannot be added up."""
    wallet = decode_wallet(row)
    for name in wallet.balances:
        parse_account(name)
    Money(wallet.total, wallet.address.currency)
    return wallet


@dataclass(frozen=True, slots=True)
class DynamoWalletScan:
    """Every wallet, page by page."""

    wallet: Table

    def all_wallets(self) -> Iterator[Wallet | DamagedRow]:
        """Every wallet; a row that is not sound comes by its name."""
        for row in self.wallet.pages("scan", ConsistentRead=True):
            try:
                yield _sound_wallet(row)
            except _UNREADABLE as error:
                name = f"wallet {row.get('owner')} {row.get('wallet_id')}: {type(error).__name__}"
                yield DamagedRow(name, wallet_currencies(row))


@dataclass(frozen=True, slots=True)
class DynamoJournalScan:
    """Every journal, page by page."""

    ledger: Table

    def all_journals(self) -> Iterator[Journal | DamagedRow]:
        """Every journal; a row that is not sound comes by its name."""
        for row in self.ledger.pages("scan", ConsistentRead=True):
            if row["book"].startswith(CLAIM_PREFIX):
                continue
            try:
                yield decode_journal(row).journal
            except _UNREADABLE as error:
                name = f"journal {row['book']}{row['entry']}: {type(error).__name__}"
                yield DamagedRow(name, journal_currencies(row))
