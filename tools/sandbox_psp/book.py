"""The PSP's own durable book: one SQLite file, one short transaction an operation.

A webhook's event is written in the transaction of the change it tells of, so neither is ever
there without the other. One lock serialises all threads: the book is small and each
operation takes well under a millisecond.
"""

import hashlib
import sqlite3
import threading
from base64 import b32encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from tools.sandbox_psp.charges import Charge, Session
from tools.sandbox_psp.instruments import Instrument
from tools.sandbox_psp.schema import TABLES
from tools.sandbox_psp.times import instant, rfc3339

Value: TypeAlias = str | int | bytes | datetime | None
Stored: TypeAlias = str | int | bytes | None

_TOKEN_CHARACTERS: Final = 24


@dataclass(frozen=True)
class StoredAnswer:
    """What an idempotency key answers: fixed bytes, or the current state of what it made."""

    fingerprint: str
    status: int
    reference: str | None
    body: bytes | None


def _stored(value: Value) -> Stored:
    return rfc3339(value) if isinstance(value, datetime) else value


def _instant_or_none(text: str | None) -> datetime | None:
    return None if text is None else instant(text)


class Book:
    """Everything the PSP knows. ``path`` is a file or ":memory:".

    ``seed`` makes references hard to guess; a book keeps the seed it was made with, and with
    the same seed the same calls give the same references.
    """

    def __init__(self, path: str = ":memory:", seed: str = "sandbox") -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA busy_timeout = 5000")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(TABLES)
        with self.transaction():
            self.run("INSERT OR IGNORE INTO settings VALUES ('seed', ?)", seed)
        self._seed = self.setting("seed") or seed

    def close(self) -> None:
        """Close the file; nothing may be asked of the book afterwards."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; other threads wait. Transactions do not nest."""
        with self._lock:
            self._db.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of a transaction that is undone by itself when it raises."""
        self._db.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO part")
            raise
        finally:
            self._db.execute("RELEASE part")

    def run(self, sql: str, *values: Value) -> int:
        """Execute one statement and answer how many rows it changed."""
        with self._lock:
            return self._db.execute(sql, [_stored(value) for value in values]).rowcount

    def rows(self, sql: str, *values: Value) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._lock:
            return self._db.execute(sql, [_stored(value) for value in values]).fetchall()

    def put(self, table: str, row: Mapping[str, Value]) -> None:
        """Write a row, replacing the one with its primary key."""
        marks = ", ".join("?" * len(row))
        # Names come from this code's own dataclasses, never from a caller.
        sql = f"INSERT OR REPLACE INTO {table} ({', '.join(row)}) VALUES ({marks})"  # noqa: S608
        self.run(sql, *row.values())

    def next_number(self, name: str) -> int:
        """The next number of a series, from 1."""
        found = self.rows(
            "INSERT INTO counters VALUES (?, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            name,
        )
        return int(found[0]["value"])

    def token(self, prefix: str, number: int) -> str:
        """A reference that cannot be guessed without the seed, and never changes with it.

        Base 32, for its letters: sixteen decimal digits in a row could pass for a card number.
        """
        digest = hashlib.sha256(f"{self._seed}|{prefix}|{number}".encode()).digest()
        return prefix + b32encode(digest).decode().lower()[:_TOKEN_CHARACTERS]

    def setting(self, name: str) -> str | None:
        """A setting's value, or None."""
        found = self.rows("SELECT value FROM settings WHERE name = ?", name)
        return str(found[0]["value"]) if found else None

    def set_setting(self, name: str, value: str | None) -> None:
        """Keep a setting; None forgets it."""
        if value is None:
            self.run("DELETE FROM settings WHERE name = ?", name)
        else:
            self.put("settings", {"name": name, "value": value})

    def save_session(self, session: Session) -> None:
        """Write a session, new or changed."""
        row = {name: value for name, value in vars(session).items() if name != "instrument"}
        self.put("sessions", row | (vars(session.instrument) if session.instrument else {}))

    def session(self, psp_token: str) -> Session | None:
        """The session with this token."""
        found = self.rows("SELECT * FROM sessions WHERE psp_token = ?", psp_token)
        return _session(found[0]) if found else None

    def session_by_reference(self, reference: str) -> Session | None:
        """The session of this checkout."""
        found = self.rows("SELECT * FROM sessions WHERE reference = ?", reference)
        return _session(found[0]) if found else None

    def sessions_lapsed(self, now: datetime) -> list[Session]:
        """Sessions whose buyer did not act in time."""
        found = self.rows("SELECT * FROM sessions WHERE action_expires_at <= ?", now)
        return [_session(row) for row in found]

    def save_charge(self, charge: Charge) -> None:
        """Write a charge, new or changed."""
        self.put("charges", vars(charge))

    def charge(self, psp_reference: str) -> Charge | None:
        """The charge with this reference."""
        found = self.rows("SELECT * FROM charges WHERE psp_reference = ?", psp_reference)
        return _charge(found[0]) if found else None

    def charges(self, **wanted: str) -> list[Charge]:
        """Charges whose columns have these values, oldest first; no column means all of them."""
        where = " AND ".join(f"{column} = ?" for column in wanted) or "TRUE"
        sql = f"SELECT * FROM charges WHERE {where} ORDER BY number"  # noqa: S608 - names only
        return [_charge(row) for row in self.rows(sql, *wanted.values())]

    def charges_unsettled(self, before: datetime) -> list[Charge]:
        """Captured charges in no settlement file yet, captured before the instant."""
        found = self.rows(
            "SELECT * FROM charges WHERE captured_at < ? AND settled_in IS NULL ORDER BY number",
            before,
        )
        return [_charge(row) for row in found]

    def recall(self, key: str) -> StoredAnswer | None:
        """What the idempotency key answered, if it was ever used."""
        found = self.rows(
            "SELECT fingerprint, status, psp_reference, body FROM keys WHERE key = ?", key
        )
        return StoredAnswer(*found[0]) if found else None

    def remember(self, key: str, answer: StoredAnswer) -> None:
        """Keep a key's first answer; a later one is not written."""
        self.run("INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?, ?)", key, answer.fingerprint,
                 answer.status, answer.reference, answer.body)  # fmt: skip


def _session(row: sqlite3.Row) -> Session:
    return Session(
        psp_token=row["psp_token"],
        reference=row["reference"],
        amount=row["amount"],
        currency=row["currency"],
        method=row["method"],
        return_url=row["return_url"],
        client_secret=row["client_secret"],
        created_at=instant(row["created_at"]),
        expires_at=instant(row["expires_at"]),
        instrument=_instrument(row),
        resolution=row["resolution"],
        action_expires_at=_instant_or_none(row["action_expires_at"]),
    )


def _instrument(row: sqlite3.Row) -> Instrument | None:
    if row["kind"] is None:
        return None
    return Instrument(
        kind=row["kind"],
        behaviour=row["behaviour"],
        brand=row["brand"],
        funding=row["funding"],
        last4=row["last4"],
        wallet_provider=row["wallet_provider"],
    )


def _charge(row: sqlite3.Row) -> Charge:
    return Charge(
        psp_reference=row["psp_reference"],
        number=row["number"],
        session=row["session"],
        order_id=row["order_id"],
        idempotency_key=row["idempotency_key"],
        requested=row["requested"],
        amount=row["amount"],
        currency=row["currency"],
        capture=row["capture"],
        method=row["method"],
        created_at=instant(row["created_at"]),
        updated_at=instant(row["updated_at"]),
        status=row["status"],
        captured=row["captured"],
        refunded=row["refunded"],
        decline_code=row["decline_code"],
        action_type=row["action_type"],
        dispute_later=bool(row["dispute_later"]),
        captured_at=_instant_or_none(row["captured_at"]),
        settled_in=row["settled_in"],
    )
