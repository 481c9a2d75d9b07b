"""Payouts, bank accounts, a bank and the workflows in memory, as the real ones behave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from countinghouse.domain.errors import Conflict, CountinghouseError, Invalid
from countinghouse.domain.payout import Payout, PayoutStatus
from countinghouse.domain.payout_account import BankAccount, PayoutAccount
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse.ports.payouts import (
    Manifest,
    PayoutChange,
    PayoutLine,
    PayoutPage,
    PayoutQuery,
)
from tests.fakes.ledger import FakeLedger


@dataclass
class FakePayoutAccounts:
    """The bank accounts; `interfere` holds actions that run just before the next writes."""

    rows: dict[tuple[str, str], PayoutAccount] = field(default_factory=dict)
    interfere: list[Callable[[], object]] = field(default_factory=list)

    def put(self, *accounts: PayoutAccount) -> FakePayoutAccounts:
        """Lay rows in place, unconditionally: the test's given."""
        self.rows |= {(one.seller_id, one.currency): one for one in accounts}
        return self

    def get(self, seller_id: str, currency: str) -> PayoutAccount | None:
        return self.rows.get((seller_id, currency))

    def of_seller(self, seller_id: str) -> list[PayoutAccount]:
        return [self.rows[key] for key in sorted(self.rows) if key[0] == seller_id]

    def add(self, account: PayoutAccount) -> PayoutAccount | None:
        _interrupted(self.interfere)
        known = self.get(account.seller_id, account.currency)
        if known is None:
            self.put(account)
        return known

    def replace(self, old: PayoutAccount, new: PayoutAccount) -> None:
        _interrupted(self.interfere)
        self.check(old)
        self.put(new)

    def check(self, old: PayoutAccount) -> None:
        """Raise Conflict when the account has moved."""
        stored = self.get(old.seller_id, old.currency)
        if stored is None or stored.version != old.version:
            raise Conflict("the account moved on")


@dataclass
class FakePayoutBook:
    """The payouts, with the accounts and the ledger that its transactions write as well."""

    accounts: FakePayoutAccounts = field(default_factory=FakePayoutAccounts)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    rows: dict[str, Payout] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    interfere: list[Callable[[], object]] = field(default_factory=list)

    def __getitem__(self, payout_id: str) -> Payout:
        return self.rows[payout_id]

    def put(self, *payouts: Payout) -> FakePayoutBook:
        """Lay rows in place, unconditionally: the test's given."""
        self.rows |= {one.payout_id: one for one in payouts}
        return self

    def get(self, payout_id: str) -> Payout | None:
        return self.rows.get(payout_id)

    def statuses(self, payout_ids: Iterable[str]) -> dict[str, PayoutStatus]:
        return {key: self.rows[key].status for key in payout_ids if key in self.rows}

    def open(self, payout: Payout, account: tuple[PayoutAccount, PayoutAccount]) -> Payout | None:
        _interrupted(self.interfere)
        if payout.payout_id in self.rows:
            return self.rows[payout.payout_id]
        self.accounts.check(account[0])
        self.put(payout)
        self.accounts.put(account[1])
        self.log.append(f"payout opened: {payout.status}")
        return None

    def commit(self, change: PayoutChange) -> None:
        _interrupted(self.interfere)
        self.check(change.old)
        if change.account is not None:
            self.accounts.check(change.account[0])
        if change.posting is not None:
            self.ledger.commit(change.posting)
        self.put(change.new)
        if change.account is not None:
            self.accounts.put(change.account[1])
        journals = [row.journal.kind for row in change.posting.journals] if change.posting else []
        self.log.append(" ".join([f"payout {change.new.status}", *journals]))

    def check(self, old: Payout) -> None:
        """Raise Conflict when the payout has moved."""
        stored = self.rows.get(old.payout_id)
        if stored is None or stored.version != old.version:
            raise Conflict("the payout moved on")

    def find(self, query: PayoutQuery) -> PayoutPage:
        if query.seller_id is None and query.cursor is not None:
            raise Invalid("a list over all sellers has one page", field="cursor")
        found = [
            one
            for one in sorted(self.rows.values(), key=_place)
            if query.status in (None, one.status)
            and (one.seller_id == query.seller_id if query.seller_id else one.due_at is not None)
        ]
        if query.cursor is not None:
            after = _place_at(query.cursor)
            found = [one for one in found if _place(one) > after]
        page, rest = found[: query.limit], found[query.limit :]
        more = bool(rest) and query.seller_id is not None
        return PayoutPage(tuple(page), _cursor(page[-1]) if more else None)


CURSOR_DIGITS_MAX = 16


def _place(payout: Payout) -> tuple[int, str]:
    return (-payout.created_at, payout.payout_id)


def _cursor(payout: Payout) -> str:
    return f"{payout.created_at}~{payout.payout_id}"


def _place_at(cursor: str) -> tuple[int, str]:
    created_at, _, payout_id = cursor.partition("~")
    if not created_at.isdecimal() or len(created_at) > CURSOR_DIGITS_MAX or not payout_id:
        raise Invalid("that is not a cursor of this list", field="cursor")
    return (-int(created_at), payout_id)


def _interrupted(interfere: list[Callable[[], object]]) -> None:
    if interfere:
        interfere.pop(0)()


Answer = SettlementKind | Callable[[Payout], PayoutFact]


@dataclass
class FakePayoutGateway:
    """A PSP that says what the test wrote down, and remembers what it was asked.

    An answer is a fact's kind, or a function of the payout as it was sent.
    """

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    sums: list[tuple[int, str]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    accounts: dict[str, BankAccount] = field(default_factory=dict)
    account_error: CountinghouseError | None = None

    def will(self, call: str, *answers: Answer) -> FakePayoutGateway:
        """Script the next answers to one kind of call."""
        self.answers.setdefault(call, []).extend(answers)
        return self

    def knows(self, *accounts: BankAccount) -> FakePayoutGateway:
        """Bank accounts that there are."""
        self.accounts |= {one.bank_account: one for one in accounts}
        return self

    def pay_out(self, payout: Payout) -> PayoutFact:
        self.sums.append((payout.sent_minor, payout.sent_currency))
        return self._answer("pay_out", payout)

    def find_payout(self, payout: Payout) -> PayoutFact:
        return self._answer("find_payout", payout)

    def find_bank_account(self, bank_account: str) -> BankAccount | None:
        if self.account_error is not None:
            raise self.account_error
        return self.accounts.get(bank_account)

    def _answer(self, call: str, payout: Payout) -> PayoutFact:
        self.calls.append((call, payout.key))
        self.log.append(f"psp {call}")
        scripted = self.answers.get(call)
        assert scripted, f"the PSP was not expected to be asked to {call}"
        answer = scripted.pop(0)
        return said(payout, answer) if isinstance(answer, SettlementKind) else answer(payout)


def said(payout: Payout, kind: SettlementKind, **changes: object) -> PayoutFact:
    """What an honest PSP would say of the payout."""
    known = kind in (SettlementKind.PENDING, SettlementKind.SUCCEEDED, SettlementKind.FAILED)
    fields: dict[str, object] = {"kind": kind, "payout_id": payout.payout_id}
    if known:
        fields |= {
            "psp_reference": "pt_1",
            "amount_minor": payout.sent_minor,
            "currency": payout.sent_currency,
            "occurred_at": payout.updated_at,
        }
    if kind is SettlementKind.FAILED:
        fields["failure"] = "account_closed"
    return PayoutFact(**{**fields, **changes})  # type: ignore[arg-type]


@dataclass
class FakeWorkflows:
    """Which workflows were started and woken."""

    started: list[tuple[str, str]] = field(default_factory=list)
    woken: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)

    def start(self, payout_id: str, occasion: str) -> None:
        self.started.append((payout_id, occasion))

    def wake(self, task_token: str, payload: Mapping[str, object]) -> None:
        self.woken.append((task_token, payload))


@dataclass
class FakePayoutRuns:
    """The lists of the monthly runs, by period."""

    lists: dict[str, list[PayoutLine]] = field(default_factory=dict)

    def save(self, period: str, lines: Sequence[PayoutLine]) -> Manifest:
        self.lists[period] = list(lines)
        return Manifest("documents", f"payout-runs/{period}/sellers.json", len(lines))

    def load(self, period: str) -> list[PayoutLine]:
        return self.lists.get(period, [])
