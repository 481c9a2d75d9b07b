import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from countinghouse.domain.errors import Unavailable
from countinghouse_aws.system.secrets import KEPT_FOR, RotatingSecret
from tests.fakes.clock import FakeClock


class Vault:
    """The versions of one secret by stage; an exception is raised."""

    def __init__(self, **stages: Any) -> None:
        self.stages = stages
        self.calls = 0

    def get_secret_value(self, SecretId: str, VersionStage: str) -> Any:  # noqa: N803
        self.calls += 1
        value = self.stages.get(VersionStage, absent())
        if isinstance(value, Exception):
            raise value
        return {"SecretString": json.dumps(value)}


def absent() -> ClientError:
    error: Any = {"Error": {"Code": "ResourceNotFoundException", "Message": ""}}
    return ClientError(error, "GetSecretValue")


def secret(vault: Vault, clock: FakeClock | None = None) -> RotatingSecret:
    return RotatingSecret(cast(Any, vault), "psp/sandbox", clock or FakeClock())


NEW, OLD = {"api_key": "new", "hook": "h2"}, {"api_key": "old", "hook": "h1"}


def test_both_versions_live_and_the_newest_is_current() -> None:
    live = secret(Vault(AWSCURRENT=NEW, AWSPREVIOUS=OLD))

    assert live.current("api_key") == "new"
    assert live.live("hook") == ("h2", "h1")


def test_a_secret_that_was_never_rotated_has_one_version() -> None:
    assert secret(Vault(AWSCURRENT=NEW)).live("hook") == ("h2",)
    assert secret(Vault(AWSCURRENT=NEW, AWSPREVIOUS=NEW)).live("hook") == ("h2",)


def test_a_version_is_kept_for_a_minute_and_then_read_again() -> None:
    clock, vault = FakeClock(), Vault(AWSCURRENT=OLD)
    live = secret(vault, clock)
    assert live.current("api_key") == "old"
    vault.stages = {"AWSCURRENT": NEW, "AWSPREVIOUS": OLD}

    clock.advance(KEPT_FOR)
    assert live.current("api_key") == "old"
    assert vault.calls == 2

    clock.advance(1)
    assert live.current("api_key") == "new"
    assert live.live("hook") == ("h2", "h1")


@pytest.mark.parametrize(
    "failure",
    [
        absent(),
        ReadTimeoutError(endpoint_url="x"),
        ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "GetSecretValue"),
    ],
)
def test_a_secret_that_cannot_be_read_is_unavailable(failure: Exception) -> None:
    with pytest.raises(Unavailable):
        secret(Vault(AWSCURRENT=failure)).current("api_key")


def test_no_value_is_shown() -> None:
    live = secret(Vault(AWSCURRENT=NEW))
    live.current("api_key")

    assert "new" not in repr(live)
    assert "h2" not in repr(live)
