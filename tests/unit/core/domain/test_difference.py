from dataclasses import fields

from countinghouse.domain.difference import Difference, Sides


def test_the_fields_stand_in_the_order_of_the_matchs_columns() -> None:
    assert [field.name for field in fields(Difference)] == [
        "anchor",
        "sides",
        "category",
        "day",
        "order_id",
        "checkout_id",
        "ledger_id",
        "psp_reference",
        "modification_reference",
        "file_id",
        "line_no",
        "batch",
        "our_currency",
        "our_amount",
        "their_currency",
        "their_amount",
        "fee",
        "expected_fee",
        "parent_known",
        "checkout_open",
        "returned",
        "suggestion",
        "raw_type",
        "original_currency",
        "original_gross",
    ]


def test_the_sides_go_by_the_names_that_queries_use() -> None:
    assert [*map(str, Sides)] == ["ours", "theirs", "both", "bank_ours", "bank_theirs", "file"]
