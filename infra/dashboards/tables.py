"""The graphs of the tables: what they consume beside what they were given, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator

from infra.dashboards.seen import Seen, SeenTable
from infra.dashboards.widgets import Expression, Graph, Metric

WRITES, READS = "ConsumedWriteCapacityUnits", "ConsumedReadCapacityUnits"


def of_table(table: SeenTable, metric: str, label: str, index: str | None = None) -> Metric:
    """Return the sum of a table's metric, or of one of its indexes."""
    where = {"TableName": table.name}
    if index:
        where["GlobalSecondaryIndexName"] = index
    return Metric("AWS/DynamoDB", metric, where, "Sum", label)


def table_graphs(seen: Seen) -> list[Graph]:
    """Return consumption a second, its share of the warm throughput, refusals and conflicts."""
    graphs = [
        Graph("Written", [_a_second(t, WRITES, n) for n, t in seen.tables.items()], "WCU a second"),
        Graph("Read", [_a_second(t, READS, n) for n, t in seen.tables.items()], "RCU a second"),
    ]
    for title, shares in {
        "Written, of what is warm": list(_shares_written(seen)),
        "Read, of what is warm": list(_shares_read(seen)),
    }.items():
        if shares:
            graphs.append(Graph(title, shares, "%", {"all": 100}))
    return [
        *graphs,
        Graph("Writes refused", list(_refused(seen, "WriteThrottleEvents")), "a minute"),
        Graph("Reads refused", list(_refused(seen, "ReadThrottleEvents")), "a minute"),
        Graph(
            "Transactions that met another",
            [of_table(table, "TransactionConflict", name) for name, table in seen.tables.items()],
            "a minute",
        ),
    ]


def _a_second(table: SeenTable, metric: str, label: str) -> Expression:
    return Expression("{0} / PERIOD({0})", label, (of_table(table, metric, label),))


def _share(metric: Metric, warm: int) -> Expression:
    return Expression(
        f"100 * {{0}} / PERIOD({{0}}) / {warm}", f"{metric.label} of {warm}", (metric,)
    )


def _shares_written(seen: Seen) -> Iterator[Expression]:
    """Yield tables and indexes: an index slower than its table refuses the table's writes."""
    for name, table in seen.tables.items():
        if table.warm_writes is None:
            continue
        yield _share(of_table(table, WRITES, name), table.warm_writes)
        for index in table.indexes:
            yield _share(of_table(table, WRITES, f"{name}/{index}", index), table.warm_writes)


def _shares_read(seen: Seen) -> Iterator[Expression]:
    for name, table in seen.tables.items():
        if table.warm_reads is not None:
            yield _share(of_table(table, READS, name), table.warm_reads)


def _refused(seen: Seen, metric: str) -> Iterator[Metric]:
    for name, table in seen.tables.items():
        yield of_table(table, metric, name)
        for index in table.indexes:
            yield of_table(table, metric, f"{name}/{index}", index)
