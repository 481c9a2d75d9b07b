"""Functions: the environment promised to each, their defaults, and the outputs tools read."""

from __future__ import annotations

import json
import re

import pytest

from countinghouse_aws.due_keys import DUE_SHARDS_MAX, QUIET_SHARDS
from infra.catalogue import TRAILS, construct_id
from infra.config import stage
from infra.grants import GRANTS, TABLE_ENV
from infra.stage import CALLER_ROLE_NAMES
from infra.timeouts import timeout_s
from tests.infra.templates import ROOT, Synthesized, naming_table, plain

FUNCTIONS = sorted(GRANTS)
EVERYWHERE = {"STAGE", "LOG_LEVEL", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"}
PSP = {"PSPS", "PSP_TIMEOUT_S"}
QUEUES = {
    "QUEUE_ORDERS_URL",
    "QUEUE_PROGRESS_URL",
    "QUEUE_PSP_EVENTS_URL",
    "QUEUE_POSTINGS_URLS",
    "QUEUE_AFTERCARE_URL",
    "QUEUE_PAYOUTS_URL",
}
LADDER = {
    "order_execution",
    "order_aftercare",
    "psp_events",
    "payments",
    "orders",
    "payment_progress",
    "payout_steps",
}
SIGNED_APIS = (
    "payments",
    "orders",
    "fulfilment",
    "privacy",
    "ledger",
    "wallet",
    "proposals",
    "payouts",
    "billing",
    "findings",
    "analytics",
    "fx",
    "reconciliation",
    "psps",
)
CALLS_PSPS = (
    "payments",
    "order_execution",
    "order_aftercare",
    "psp_events",
    "payouts",
    "payout_steps",
    "settlement_files",
)
# Some have libraries of their own; one prints, another is the standard library and forty lines.
LAYERS = {"billing_pdf": 4, "lake_days": 0, **dict.fromkeys(CALLS_PSPS, 4), "payments": 5}
OWN = {
    "lake": {"QUEUE_LAKE_POISON_URL"},
    "repair": QUEUES,
    "relay": QUEUES | {"QUEUE_RELAY_POISON_URL", "EVENT_BUS_NAME", "PUBLISHED_EVENTS"},
    "reconciliation_steps": {"QUEUE_ORDERS_URL", "QUEUE_AFTERCARE_URL", "QUEUE_PAYOUTS_URL"},
    **{name: {"CALLER_ROLES"} for name in SIGNED_APIS},
}


def _promised(function: str) -> set[str]:
    (row,) = [r for r in naming_table("Functions") if r["function"] == f"`{function}`"]
    tables = next(text for head, text in row.items() if head.startswith("tables"))
    mentioned = {env for name, env in TABLE_ENV.items() if re.search(rf"\b{name}\b", tables)}
    psp = PSP if "PSP env" in row["other"] else set[str]()
    ladder = {"POLL_LADDER_S"} if function in LADDER else set[str]()
    books = {"CODE_VERSION"} if re.search(r"\bLedger r?w \(put\)", tables) else set[str]()
    # The relay and the lake know the tables by name only.
    touches = re.search(
        r"\b(PaymentEvent|PaymentOrder|PspEvent)\b", tables.split("the names of")[0]
    )
    due = {"DUE_SHARDS"} if touches else set[str]()
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", row["other"]))
    return EVERYWHERE | books | due | mentioned | psp | ladder | named | OWN.get(function, set())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_environment_is_the_promised_one(any_stage: Synthesized, function: str) -> None:
    assert set(any_stage.environment(function)) == _promised(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_table_names_in_the_environment_are_those_tables(
    any_stage: Synthesized, function: str
) -> None:
    environment = any_stage.environment(function)
    for table, name in TABLE_ENV.items():
        if name in environment:
            assert plain(any_stage.target(environment[name])) == table


def test_every_function_writes_due_rows_under_keys_that_repair_looks_at(
    prod: Synthesized,
) -> None:
    told = {
        name: prod.environment(name)["DUE_SHARDS"]
        for name in FUNCTIONS
        if "DUE_SHARDS" in prod.environment(name)
    }

    assert set(told.values()) == {str(stage("prod").due_shards)}
    assert {"repair", "payments", "order_execution", "webhooks"} <= set(told)
    assert stage("local").due_shards == QUIET_SHARDS < stage("prod").due_shards <= DUE_SHARDS_MAX


def test_no_secret_is_in_an_environment(prod: Synthesized) -> None:
    for function in FUNCTIONS:
        assert "resolve:secretsmanager" not in json.dumps(prod.environment(function))


def test_defaults_in_the_cloud(prod: Synthesized) -> None:
    for name, function in prod.functions().items():
        properties = function["Properties"]
        assert properties["Runtime"] == "python3.13"
        assert properties["Architectures"] == ["arm64"]
        assert properties["MemorySize"] == (256 if name == "order_execution" else 512)
        # Nobody who signs nothing has traces taken; of who signs, those whose caller asks.
        if name in {"webhooks", "health"}:
            assert "TracingConfig" not in properties
        else:
            assert properties["TracingConfig"] == {"Mode": "PassThrough"}
        assert properties["Handler"] == f"functions.{name}.handler.lambda_handler"
        assert len(properties.get("Layers", [])) == LAYERS.get(name, 3)
        assert plain(prod.target(properties["Role"])) == f"{construct_id(name)}Role"


@pytest.mark.parametrize(
    ("layer", "users"),
    [
        ("PdfLayer", {"billing_pdf"}),
        ("PspLayer", set(CALLS_PSPS)),
        ("QrLayer", {"payments"}),
    ],
)
def test_only_who_uses_a_library_has_its_layer(
    any_stage: Synthesized, layer: str, users: set[str]
) -> None:
    having = {
        name
        for name, function in any_stage.functions().items()
        for one in function["Properties"].get("Layers", [])
        if plain(any_stage.target(one)) == layer
    }

    assert having == users


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_nobody_is_billed_before_the_last_booking_of_a_month_is_written(name: str) -> None:
    chosen = stage(name)
    books = [
        one for one, grants in GRANTS.items() if "dynamodb:PutItem" in grants.get("Ledger", ())
    ]

    assert chosen.close_settle_s > max(timeout_s(one, chosen) for one in books)
    assert not chosen.close_early


def test_api_functions_answer_before_the_gateway_gives_up(any_stage: Synthesized) -> None:
    for name in (*SIGNED_APIS, "webhooks", "health"):
        assert any_stage.functions()[name]["Properties"]["Timeout"] < 30


def test_a_batch_of_slow_psp_calls_fits_the_workers_timeout(any_stage: Synthesized) -> None:
    for name in ("order_execution", "order_aftercare"):
        psp_timeout = int(any_stage.environment(name)["PSP_TIMEOUT_S"])
        worker = any_stage.functions()[name]["Properties"]
        assert worker["Timeout"] >= 10 * psp_timeout + 10


def test_every_function_logs_into_a_group_that_ends(prod: Synthesized) -> None:
    groups = prod.of_type("AWS::Logs::LogGroup")
    kept = {
        name: groups[prod.target(one["Properties"]["LoggingConfig"]["LogGroup"])]["Properties"]
        for name, one in prod.functions().items()
    }

    for name, group in kept.items():
        assert group["RetentionInDays"] == (365 if name in TRAILS else 30)
    # Who calls, and who is refused: SIGNED_APIS and what screens.
    assert {*SIGNED_APIS, "payout_steps"} == TRAILS


def test_what_is_published_is_told_to_the_relay_and_is_an_event(
    prod: Synthesized, local: Synthesized
) -> None:
    known = {path.stem for path in (ROOT / "events" / "published").glob("*.json")}
    published = prod.environment("relay")["PUBLISHED_EVENTS"].split(",")

    assert set(published) < known
    # A dollar a million each: asked for by name, or not at all.
    assert not {"order.captured", "payment.succeeded"} & set(published)
    assert local.environment("relay")["PUBLISHED_EVENTS"] == "*"


def test_functions_log_as_json_and_the_platform_only_what_went_wrong(
    any_stage: Synthesized,
) -> None:
    for function in any_stage.functions().values():
        logging = function["Properties"]["LoggingConfig"]
        assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "WARN")
        # Nothing of our own is filtered: lines of metrics have no level.
        assert "ApplicationLogLevel" not in logging


def test_intake_keeps_its_share_of_lambda_while_workers_catch_up(prod: Synthesized) -> None:
    reserved = {
        name: one["Properties"]["ReservedConcurrentExecutions"]
        for name, one in prod.functions().items()
        if "ReservedConcurrentExecutions" in one["Properties"]
    }

    alone = {"repair": 1, "rollup": 1, "audit": 1}
    edge = {"payments": 1_400, "webhooks": 300, "health": 10}
    assert reserved == {**edge, **alone, "audit_events": 2}


def test_production_callers_have_one_duty_each(prod: Synthesized) -> None:
    value = prod.environment("payments")["CALLER_ROLES"]
    roles = json.loads(prod.target(value))

    assert sorted(roles.values()) == sorted([role] for role in CALLER_ROLE_NAMES)
    assert all(":assumed-role/countinghouse-prod-" in pattern for pattern in roles)


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown stage 'staging': one of local, dev, prod"):
        stage("staging")


def test_outputs_are_those_of_the_naming_page(any_stage: Synthesized) -> None:
    outputs = set(any_stage.service["Outputs"])
    door = {"WebhookUrl"} if any_stage.of_type("AWS::Lambda::Url") else set()

    assert outputs - door == {
        "ApiUrl",
        "ApiId",
        "EventBusName",
        "FunctionNames",
        "QueueUrls",
        "TableNames",
        "PspSecretArns",
        "StateMachineArns",
        "DocumentsBucket",
        "ReportsTopicArn",
        "RedriveAlone",
    }


def test_one_person_redrives_on_a_laptop_and_nowhere_else(
    local: Synthesized, prod: Synthesized
) -> None:
    said = [one.service["Outputs"]["RedriveAlone"]["Value"] for one in (local, prod)]

    assert said == ["yes", "no"]
    assert not stage("dev").redrive_alone


def test_queue_urls_name_every_queue_with_its_dead_letters(prod: Synthesized) -> None:
    urls = json.loads(prod.target(prod.service["Outputs"]["QueueUrls"]["Value"]))
    families = {"Orders", "Progress", "PspEvents", "Aftercare", "Payouts"}
    consumed = families | {f"Postings{number}" for number in range(4)}

    assert set(urls) == consumed | {f"{name}Dlq" for name in consumed} | {
        "RelayPoison",
        "LakePoison",
        "SchedulesDlq",
    }
