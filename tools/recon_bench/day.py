"""A day of a marketplace as files of the lake, faults planted by number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb

from countinghouse.domain.reconciliation import shifted

PSP = "sandbox"
DAY = "2026-11-22"
FIRST_DAY = shifted(DAY, -9)
PER_MILLE, FIXED = 14, 25
FILES = 16
"""Parquet files of a day: Firehose writes many."""
LINES_A_FILE = 100_000
"""As the file's normaliser writes them (usecases/normalise_file.py)."""

KINDS = ("missing", "extra", "amount", "rounding", "fee", "currency", "second", "copy")
"""What may be wrong with an order's line. A copy is the same line again: no difference."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many orders, and how many of a thousand are wrong."""

    orders: int
    wrong_per_mille: int
    seed: int


def write_day(plan: Plan, folder: Path) -> Counter[str]:
    """Write the files under `folder`; how often each kind was planted.

    A wrong order is one whose hash says so, so that the same plan writes the same day.
    """
    with duckdb.connect(":memory:", config={"threads": 2}) as database:
        database.execute(_ORDERS, [plan.seed, plan.seed, plan.wrong_per_mille, plan.orders])
        _write_postings(database, folder)
        _write_lines(database, folder, plan.orders)
        found = database.execute(
            "SELECT wrong, COUNT(*) FROM sales WHERE wrong >= 0 GROUP BY wrong"
        )
        return Counter({KINDS[wrong]: count for wrong, count in found.fetchall()})


_ORDERS = f"""
CREATE TABLE sales AS
SELECT
    n,
    'ord_' || md5('o' || n || '/' || ?)[:20] AS order_id,
    'chk_' || md5('c' || n // 2)[:20] AS checkout_id,
    's' || n % 5000 AS seller,
    'ch_' || md5('p' || n)[:24] AS charge,
    'jrn_' || sha256('j' || n)[:40] AS ledger_id,
    sha256('d' || n) AS digest,
    CAST(500 + hash(n) % 100000 AS BIGINT) AS amount,
    CAST(1795305600000 + hash(n * 7) % 86400000 AS BIGINT) AS moment,
    CASE WHEN hash('w' || n || '/' || ?) % 1000 < ? THEN CAST(hash('k' || n) % {len(KINDS)} AS INT)
        ELSE -1 END AS wrong
FROM range(?) numbers(n)
"""  # noqa: S608


def _write_postings(database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    place = folder / "postings" / f"day={DAY}"
    place.mkdir(parents=True)
    for number in range(FILES):
        database.execute(f"""
COPY (
    SELECT
        ledger_id, CAST(leg AS INT) AS leg, 'capture' AS kind, order_id AS reference,
        CASE leg WHEN 0 THEN 'psp_receivable:{PSP}' ELSE 'seller_pending:' || seller END AS account,
        CASE leg WHEN 0 THEN 'psp_receivable' ELSE 'seller_pending' END AS account_kind,
        CASE leg WHEN 0 THEN '{PSP}' ELSE seller END AS owner_id,
        'EUR' AS currency, CASE leg WHEN 0 THEN amount ELSE -amount END AS amount,
        moment AS event_at, moment + 500 AS created_at, checkout_id,
        'order:' || order_id || ':3' AS cause, charge AS psp_reference,
        CAST(NULL AS VARCHAR) AS reverses, 'seller:' || seller AS home,
        CAST(0 AS INT) AS wallet_shard, digest,
        CAST('0x' || digest[:15] AS BIGINT) AS digest_number,
        CASE leg WHEN 0 THEN '[{{"owner":"seller:' || seller || '","wallet_id":"EUR#0","sequence":'
            || n || ',"chain":"' || sha256('x' || n) || '","previous":"' || ledger_id || '"}}]' END
            AS links,
        CAST(2 AS INT) AS legs
    FROM sales CROSS JOIN (VALUES (0), (1)) AS both_legs(leg)
    WHERE n % {FILES} = {number} AND wrong <> {KINDS.index("extra")}
    ORDER BY digest, leg
) TO '{place}/{number:02}.parquet' (FORMAT parquet, COMPRESSION gzip)
""")  # noqa: S608


def _write_lines(database: duckdb.DuckDBPyConnection, folder: Path, orders: int) -> None:
    database.execute(_LINES)
    _totals(database)
    place = folder / "settlement_lines" / f"psp={PSP}" / f"day={DAY}"
    place.mkdir(parents=True)
    parts = -(-orders // LINES_A_FILE) + 1
    for number in range(parts):
        first = number * LINES_A_FILE + 1
        last = orders * 2 if number == parts - 1 else first + LINES_A_FILE - 1
        where = f"WHERE line_no BETWEEN {first} AND {last}"
        _copy_text(database, f"told {where}", place / f"f-{number:05}.tsv.gz")
    _copy_text(database, "told WHERE line_no = 0", place / "f-paid.tsv.gz")
    bank = folder / "bank_lines" / f"account={PSP}" / f"day={DAY}"
    bank.mkdir(parents=True)
    _copy_text(database, "shown", bank / "b.tsv.gz")


_KIND = {name: number for number, name in enumerate(KINDS)}
_LINES = f"""
CREATE TABLE told AS
SELECT
    sha256('l' || n || '/' || part) AS line_hash, md5('f') AS file_id,
    CAST(ROW_NUMBER() OVER (ORDER BY digest, part, again) AS INT) AS line_no, '1' AS batch,
    'capture' AS category, 'charge' AS raw_type, order_id AS merchant_reference,
    CASE part WHEN 0 THEN charge ELSE 'ch_' || md5('q' || n)[:24] END AS psp_reference,
    '' AS modification_reference,
    CASE WHEN wrong = {_KIND["currency"]} THEN 'USD' ELSE 'EUR' END AS currency,
    gross, fee, gross - fee AS net, '' AS original_currency, CAST(0 AS BIGINT) AS original_gross,
    moment AS booked_at
FROM (
    SELECT
        *,
        amount
            + CASE wrong WHEN {_KIND["amount"]} THEN 100 WHEN {_KIND["rounding"]} THEN 1 ELSE 0 END
            AS gross,
        ((gross * {PER_MILLE} + 500) // 1000) + {FIXED}
            + CASE wrong WHEN {_KIND["fee"]} THEN 10 ELSE 0 END AS fee
    FROM sales
    CROSS JOIN (VALUES (0, 0), (1, 0), (0, 1)) AS parts(part, again)
    WHERE
        (part = 0 AND again = 0 AND wrong <> {_KIND["missing"]})
        OR (part = 1 AND wrong = {_KIND["second"]})
        OR (again = 1 AND wrong = {_KIND["copy"]})
) lines
"""  # noqa: S608


def _totals(database: duckdb.DuckDBPyConnection) -> None:
    """The batch's payout row in each currency, and what the bank shows of it."""
    database.execute("""
CREATE TABLE paid AS
SELECT currency, CAST(SUM(net) AS BIGINT) AS net
FROM (SELECT DISTINCT line_hash, currency, net FROM told) once
GROUP BY currency
""")
    database.execute("""
INSERT INTO told
SELECT sha256('payout' || currency), md5('f'), 0, '1', 'payout', 'payout', '', '', '', currency,
    -net, 0, -net, '', 0, 0
FROM paid
""")
    database.execute("""
CREATE TABLE shown AS
SELECT sha256('bank' || currency) AS line_hash, md5('b') AS file_id, CAST(1 AS INT) AS line_no,
    'settlement' AS category, '1' AS reference, currency, net AS amount
FROM paid
""")


def _copy_text(database: duckdb.DuckDBPyConnection, source: str, path: Path) -> None:
    options = "FORMAT csv, DELIMITER '\t', HEADER true, QUOTE '', ESCAPE '', COMPRESSION gzip"
    database.execute(f"COPY (SELECT * FROM {source}) TO '{path}' ({options})")  # noqa: S608
