"""What the stage gives the functions of the lake and the reconciliation, by name."""

LAKE, DOCUMENTS = "lake", "documents"
LAKE_POISON = "lake_poison"
RECONCILIATION_ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:reconciliation"
ENVIRONMENT = {
    "STREAM_POSTINGS": "postings",
    "STREAM_ORDERS": "orders",
    "STREAM_PSP_EVENTS": "psp_events",
    "BUCKET_LAKE": LAKE,
    "BUCKET_DOCUMENTS": DOCUMENTS,
    "GLUE_DATABASE": "countinghouse",
    "ATHENA_WORKGROUP": "countinghouse",
    "PSP_NAMES": "sandbox",
    "RECONCILE_AHEAD": "no",
    "RECONCILE_PASSES": "2",
    "RECONCILE_LOOKS": "3",
    "RECONCILIATION_STATE_MACHINE_ARN": RECONCILIATION_ARN,
}
