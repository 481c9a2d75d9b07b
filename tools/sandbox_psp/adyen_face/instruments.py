"""A seller's bank account as Legal Entity Management v4 shows it: a transfer instrument.

``GET /lem/v4/transferInstruments/{id}`` is where a platform learns that one exists. It tells the
account's number and country and no currency; the holder is the legal entity's name. Here the
country says the currency: its two letters begin the currency's code, and NL stands for the euro.
"""

from typing import Final

from tools.sandbox_psp.payouts import BankAccount
from tools.sandbox_psp.wire import JsonObject

_EURO_COUNTRY: Final = "NL"


def country_of(currency: str) -> str:
    """The country whose banks have accounts in the currency."""
    return _EURO_COUNTRY if currency == "EUR" else currency[:2]


def legal_entity_id(account: BankAccount) -> str:
    """The legal entity that the account belongs to."""
    return "LE" + account.bank_account[2:]


def transfer_instrument_json(account: BankAccount) -> JsonObject:
    """``TransferInstrument``."""
    return {
        "bankAccount": {
            "accountIdentification": _identification(account),
            "countryCode": country_of(account.currency),
        },
        "id": account.bank_account,
        "legalEntityId": legal_entity_id(account),
        "type": "bankAccount",
    }


def legal_entity_json(account: BankAccount) -> JsonObject:
    """``LegalEntity``: whose name payouts are made out to."""
    country = country_of(account.currency)
    return {
        "id": legal_entity_id(account),
        "organization": {"legalName": account.holder, "registeredAddress": {"country": country}},
        "transferInstruments": [
            {"accountIdentifier": f"******{account.last4}", "id": account.bank_account,
             "realLastFour": account.last4},
        ],
        "type": "organization",
    }  # fmt: skip


def _identification(account: BankAccount) -> JsonObject:
    if account.currency == "EUR":
        return {"iban": _iban(account.last4), "type": "iban"}
    if account.currency == "GBP":
        return {"accountNumber": f"0000{account.last4}", "sortCode": "090102", "type": "ukLocal"}
    if account.currency == "USD":
        return {"accountNumber": f"00000{account.last4}", "accountType": "checking",
                "routingNumber": "121202211", "type": "usLocal"}  # fmt: skip
    country = country_of(account.currency)
    return {"accountNumber": f"000000{account.last4}", "bic": f"TEST{country}2L",
            "type": "numberAndBic"}  # fmt: skip


def _iban(last4: str) -> str:
    """A Dutch account number with its check digits (ISO 13616, modulus 97)."""
    bank = f"ABNA000000{last4}"
    digits = "".join(str(int(one, 36)) for one in f"{bank}{_EURO_COUNTRY}00")
    return f"{_EURO_COUNTRY}{98 - int(digits) % 97:02d}{bank}"
