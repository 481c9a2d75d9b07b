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


def test_code_that_does_not_know_its_version_runs_all_the_same() -> None:
    assert Environment({"CODE_VERSION": "3f2a91bc"}).code_version() == "3f2a91bc"
    assert Environment({}).code_version() is None
    assert Environment({"CODE_VERSION": ""}).code_version() is None


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ({}, {"*"}),
        ({"PUBLISHED_EVENTS": ""}, {""}),
        ({"PUBLISHED_EVENTS": "a.b,c.d"}, {"a.b", "c.d"}),
    ],
)
def test_events_are_published_by_name(told: dict[str, str], names: set[str]) -> None:
    assert Environment(told).published_events() == names


def test_the_lease_outlasts_the_psps_time_out() -> None:
    environment = Environment({"POLL_LADDER_S": "1,5,60", "PSP_TIMEOUT_S": "7"})

    policy = environment.policy(environment.psp_timeout_s())

    assert policy.ladder == (SECOND, 5 * SECOND, 60 * SECOND)
    assert policy.lease > 7 * SECOND


def test_a_stage_may_give_buyers_more_or_less_time() -> None:
    ladder = {"POLL_LADDER_S": "1", "ACTION_MARGIN_S": "60", "ACTION_MAX_S": "120"}

    policy = Environment(ladder).policy()
    usual = Environment({"POLL_LADDER_S": "1", "ACTION_MAX_S": ""}).policy()

    assert (policy.action_margin, policy.action_max) == (60 * SECOND, 120 * SECOND)
    assert (usual.action_margin, usual.action_max) == (86_400 * SECOND, 604_800 * SECOND)
