"""The lake's tables: their columns, how they are filed and what their files are like.

One row of docs/reconciliation.md each; the code that writes the rows is compared with it by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

DAY: Final = "day"
# Before it there was no Countinghouse; after tomorrow nothing has happened yet, however clocks run.
FIRST_DAY: Final = "2020-01-01"
_TEXT: Final = "string"
_WHOLE: Final = "int"
_LONG: Final = "bigint"


@dataclass(frozen=True)
class Format:
    """How Glue spells a file format."""

    classification: str
    reads: str
    writes: str
    serde: str
    serde_parameters: Mapping[str, str]
    table_parameters: Mapping[str, str]


PARQUET: Final = Format(
    classification="parquet",
    reads="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    writes="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    serde="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    serde_parameters={"serialization.format": "1"},
    table_parameters={},
)
# Tab-separated, a line of names first, nothing quoted; gzip shows in the file's name.
TEXT: Final = Format(
    classification="csv",
    reads="org.apache.hadoop.mapred.TextInputFormat",
    writes="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    serde="org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    serde_parameters={"field.delim": "\t", "serialization.format": "\t"},
    table_parameters={"skip.header.line.count": "1"},
)


@dataclass(frozen=True)
class LakeTable:
    """One table. `folders` are its partition keys in the order of its path, the day last."""

    columns: Mapping[str, str]
    format: Format
    folders: tuple[str, ...] = (DAY,)

    def path(self, name: str) -> str:
        """Return the path of one partition, with its values left open.

        >>> TABLES["bank_lines"].path("bank_lines")
        'bank_lines/account=${account}/day=${day}'
        """
        return "/".join([name, *(f"{key}=${{{key}}}" for key in self.folders)])

    def projection(self) -> dict[str, str]:
        """Return what tells Athena which partitions there are, so that nobody has to add them.

        A query names a folder's other keys itself: a list here that lacks one would hide its rows.
        """
        found = {"projection.enabled": "true"}
        for key in self.folders:
            found[f"projection.{key}.type"] = "injected"
        return found | {
            f"projection.{DAY}.type": "date",
            f"projection.{DAY}.format": "yyyy-MM-dd",
            f"projection.{DAY}.range": f"{FIRST_DAY},NOW+1DAYS",
            f"projection.{DAY}.interval": "1",
            f"projection.{DAY}.interval.unit": "DAYS",
        }


def _columns(names: str, **other: str) -> dict[str, str]:
    """Return the columns in the order of their names; text unless said otherwise."""
    return {name: other.get(name, _TEXT) for name in names.split()}


POSTINGS: Final = "postings"
ORDERS: Final = "orders"
PSP_EVENTS: Final = "psp_events"
TABLES: Final[Mapping[str, LakeTable]] = {
    POSTINGS: LakeTable(
        _columns(
            "ledger_id leg kind reference account account_kind owner_id currency amount event_at "
            "created_at checkout_id cause psp_reference reverses home wallet_shard digest "
            "digest_number links legs code_version",
            **dict.fromkeys(("leg", "wallet_shard", "legs"), _WHOLE),
            **dict.fromkeys(("amount", "event_at", "created_at", "digest_number"), _LONG),
        ),
        PARQUET,
    ),
    ORDERS: LakeTable(
        _columns(
            "order_id version checkout_id seller_id status currency amount captured refunded "
            "disputed method psp psp_reference attempts failure_code decline_type country "
            "created_at updated_at captured_at delivered_at seller_country "
            "seller_currency seller_amount",
            **dict.fromkeys(("version", "attempts"), _WHOLE),
            **dict.fromkeys(("amount", "captured", "refunded", "disputed", "seller_amount"), _LONG),
            **dict.fromkeys(("created_at", "updated_at", "captured_at", "delivered_at"), _LONG),
        ),
        PARQUET,
    ),
    PSP_EVENTS: LakeTable(
        _columns(
            "event_key version psp event_type order_id status alarm received_at",
            version=_WHOLE,
            received_at=_LONG,
        ),
        PARQUET,
    ),
    "settlement_lines": LakeTable(
        _columns(
            "line_hash file_id line_no batch category raw_type merchant_reference psp_reference "
            "modification_reference currency gross fee net original_currency original_gross "
            "booked_at",
            line_no=_WHOLE,
            **dict.fromkeys(("gross", "fee", "net", "original_gross", "booked_at"), _LONG),
        ),
        TEXT,
        ("psp", DAY),
    ),
    "bank_lines": LakeTable(
        _columns(
            "line_hash file_id line_no category reference currency amount",
            line_no=_WHOLE,
            amount=_LONG,
        ),
        TEXT,
        ("account", DAY),
    ),
}
# Fed by streams, each by a delivery stream of its own;
FED: Final = (POSTINGS, ORDERS, PSP_EVENTS)
# and the environment that names it to `lake`.
STREAM_ENV: Final[Mapping[str, str]] = {
    POSTINGS: "STREAM_POSTINGS",
    ORDERS: "STREAM_ORDERS",
    PSP_EVENTS: "STREAM_PSP_EVENTS",
}
# The tables whose streams `lake` reads, beside the relay; a third reader would throttle all.
FED_FROM: Final = ("PaymentOrder", "PspEvent", "Ledger")
# Folders of the lake's bucket that are no table.
QUERY_RESULTS: Final = "athena-results"
ERRORS: Final = "errors"
