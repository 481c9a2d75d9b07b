import pytest

from countinghouse.domain.instants import SECOND
from countinghouse_aws.system.environment import Environment, MissingSettingError


def test_a_variable_that_is_missing_or_empty_is_named() -> None:
    for variables in ({}, {"STAGE": ""}):
        with pytest.raises(MissingSettingError, match="STAGE"):
            Environment(variables).text("STAGE")


def test_lists_and_roles_are_read() -> None:
    environment = Environment({"Q": "a, b,,c ", "CALLER_ROLES": '{"arn:*": ["finance"]}'})

    assert environment.texts("Q") == ("a", "b", "c")
    assert environment.grants() == {"arn:*": ["finance"]}


def test_the_lease_outlasts_the_psps_time_out() -> None:
    environment = Environment({"POLL_LADDER_S": "1,5,60", "PSP_TIMEOUT_S": "7"})

    policy = environment.policy(environment.psp_timeout_s())

    assert policy.ladder == (SECOND, 5 * SECOND, 60 * SECOND)
    assert policy.lease > 7 * SECOND
