"""The PSPs of a stage: what the context may say of them, and where their secrets are."""

from __future__ import annotations

import json

import pytest

from infra.config import stage
from infra.psps import SECRET_FIELDS, UNSET_PSP_URL, named, served_by_the_sandbox
from tests.infra.templates import Synthesized, plain

ADYEN = {
    "checkout_url": "https://checkout-test.adyen.com/v72",
    "merchant_account": "Market",
    "balance_account": "BA1",
}
CONTEXT = {"stripe": {"financial_account": "fa_1"}, "adyen": ADYEN}


def test_the_laptop_has_all_that_the_sandbox_serves() -> None:
    found = {psp.name: psp.settings for psp in stage("local", "http://127.0.0.1:8420").psps}

    assert [*found] == ["sandbox", "stripe", "adyen"]
    for settings in found.values():
        urls = [value for field, value in settings.items() if field.endswith("url")]
        assert urls
        assert all(url.startswith("http://127.0.0.1:8420") for url in urls)


def test_a_stage_nobody_named_a_psp_for_calls_nobody() -> None:
    (psp,) = stage("prod").psps

    assert (psp.name, dict(psp.settings)) == ("sandbox", {"url": UNSET_PSP_URL})


def test_a_stage_has_the_psps_of_its_context_in_that_order() -> None:
    found = {psp.name: psp.settings for psp in stage("dev", psps=json.dumps(CONTEXT)).psps}

    files = "https://" + ".".join(("files", "stripe", "com"))
    assert [*found] == ["stripe", "adyen"]
    assert found["stripe"] == {
        "url": "https://api.stripe.com",
        "files_url": files,
        "financial_account": "fa_1",
    }
    assert found["adyen"]["checkout_url"] == ADYEN["checkout_url"]
    assert found["adyen"]["transfers_url"].startswith("https://")


@pytest.mark.parametrize(
    ("context", "says"),
    [
        ({"paypal": {}}, "psps.paypal: one of sandbox, stripe, adyen"),
        ({"stripe": {}}, "psps.stripe: financial_account is missing"),
        ({"stripe": {"financial_account": "fa", "key": "x"}}, "psps.stripe: key is not known"),
        ({}, "psps: a JSON object"),
        ([], "psps: a JSON object"),
    ],
)
def test_a_context_that_cannot_work_is_refused(context: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        named(json.dumps(context), None)


def test_each_psp_has_a_secret_of_its_own_and_the_functions_know_which(local: Synthesized) -> None:
    told = json.loads(local.target(local.environment("order_execution")["PSPS"]))
    secrets = local.data["Resources"]
    templates = {
        name: json.loads(one["Properties"]["GenerateSecretString"]["SecretStringTemplate"])
        | {one["Properties"]["GenerateSecretString"]["GenerateStringKey"]: ""}
        for name, one in secrets.items()
        if one["Type"] == "AWS::SecretsManager::Secret"
    }

    assert [*told] == [psp.name for psp in served_by_the_sandbox("x")]
    found = {plain(settings["secret_id"]): psp for psp, settings in told.items()}
    assert found == {
        "PspSecret": "sandbox",
        "PspSecretStripe": "stripe",
        "PspSecretAdyen": "adyen",
    }
    assert {plain(name): (*fields,) for name, fields in templates.items()} == {
        secret: SECRET_FIELDS[psp] for secret, psp in found.items()
    }


def test_who_calls_no_psp_reads_no_secret(local: Synthesized) -> None:
    for name in local.functions():
        reads = any(action.startswith("secretsmanager:") for action, _ in local.allowed(name))
        assert reads is ("PSPS" in local.environment(name)), name
