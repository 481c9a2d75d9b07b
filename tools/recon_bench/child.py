"""One task in a process of its own, within its bounds: `python -m tools.recon_bench.child`."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

from countinghouse.domain.break_codes import judge
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.ports.lakehouse import LakeQuery, Window
from countinghouse_aws.lakehouse.queries import query_text
from countinghouse_aws.lakehouse.results import difference_rows
from countinghouse_aws.system.reconciliation_rules import load_reconciliation_rules
from tools.recon_bench.day import DAY, FIRST_DAY, FIXED, PER_MILLE, PSP
from tools.recon_bench.tables import lay_tables

THREADS = 2
MEMORY = "1600MB"
"""DuckDB's own bound: what Python and its results need comes on top."""

BARE = "bare"
BARE_JOIN = f"""
SELECT p.ledger_id, l.line_hash, p.amount, l.gross
FROM (
    SELECT * FROM postings WHERE account_kind = 'psp_receivable' AND owner_id = '{PSP}'
) p
FULL OUTER JOIN settlement_lines l
    ON p.reference = l.merchant_reference AND p.kind = l.category
WHERE p.amount IS DISTINCT FROM l.gross
"""  # noqa: S608
WINDOW = Window(PSP, FIRST_DAY, DAY, ContractFee(PER_MILLE, FIXED))


def main(task: str, folder: Path) -> None:
    """Do it and print what it took: seconds, processor seconds, peak bytes, rows found."""
    with duckdb.connect(
        ":memory:", config={"threads": THREADS, "memory_limit": MEMORY}
    ) as database:
        # As the emulator sets it: its reader's casts would be strict otherwise.
        database.execute("SET disabled_optimizers = 'type_pushdown'")
        lay_tables(database, folder)
        started, spent = time.perf_counter(), time.process_time()
        rows = _bare(database) if task == BARE else _query(database, LakeQuery(task))
        seconds, processor = time.perf_counter() - started, time.process_time() - spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    told = {"seconds": seconds, "processor": processor, "peak": peak, "rows": rows}
    print(json.dumps(told))


def _bare(database: duckdb.DuckDBPyConnection) -> int:
    return len(database.execute(BARE_JOIN).fetchall())


def _query(database: duckdb.DuckDBPyConnection, query: LakeQuery) -> int:
    answer = database.execute(query_text(query, WINDOW))
    names = [column[0] for column in answer.description or ()]
    cells = [["" if cell is None else str(cell) for cell in row] for row in answer.fetchall()]
    if query is not LakeQuery.MATCH:
        return len(cells)
    rules = load_reconciliation_rules()
    return sum(judge(one, DAY, rules) is not None for one in difference_rows([names, *cells]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
