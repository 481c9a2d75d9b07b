from countinghouse_aws.edge.stream import sequence_of, table_of

RECORD = {
    "eventSourceARN": "arn:aws:dynamodb:eu-central-1:1:table/Data-Ledger1A2B/stream/2026",
    "dynamodb": {"SequenceNumber": "111"},
}


def test_a_record_says_its_table_and_its_place() -> None:
    assert table_of(RECORD) == "Data-Ledger1A2B"
    assert sequence_of(RECORD) == "111"
