import pytest

from countinghouse.domain.errors import Forbidden
from countinghouse_aws.edge.access import ROLES, authorize, caller_arn, roles_of

SHOP = "arn:aws:sts::1:assumed-role/shop/i-1"
GRANTS = {
    "arn:aws:sts::1:assumed-role/shop/*": ["checkout"],
    "arn:aws:sts::1:assumed-role/*": ["support"],
    "arn:aws:sts::1:assumed-role/desk/*": ["finance", "operator"],
}


def test_every_pattern_that_fits_adds_its_roles() -> None:
    assert roles_of(SHOP, GRANTS) == {"checkout", "support"}
    assert roles_of("arn:aws:sts::1:assumed-role/desk/x", GRANTS) >= {"finance", "operator"}


@pytest.mark.parametrize("arn", ["", "arn:aws:sts::2:assumed-role/shop/i-1", SHOP.upper(), "*"])
def test_a_stranger_has_no_role(arn: str) -> None:
    assert roles_of(arn, GRANTS) == frozenset()


def test_nobody_has_no_role_even_where_everybody_has_one() -> None:
    assert roles_of("", {"*": ["finance"]}) == frozenset()


def test_one_of_the_roles_is_enough_and_none_is_not() -> None:
    authorize(SHOP, ("finance", "checkout"), GRANTS)
    authorize("", (), GRANTS)
    for arn, wanted in [(SHOP, ("finance",)), ("", ("support",)), (SHOP, ("checkout2",))]:
        with pytest.raises(Forbidden):
            authorize(arn, wanted, GRANTS)


@pytest.mark.parametrize(
    ("authorizer", "arn"),
    [
        ({"iam": {"userArn": SHOP}}, SHOP),
        ({"iam": {"userArn": None}}, ""),
        ({"iam": None}, ""),
        ({"jwt": {"claims": {}}}, ""),
        ({}, ""),
    ],
)
def test_the_caller_is_whom_the_authorizer_found(authorizer: dict[str, object], arn: str) -> None:
    assert caller_arn(authorizer) == arn


def test_roles_are_the_contracts() -> None:
    assert set(ROLES) == {"checkout", "fulfilment", "finance", "approver", "support", "operator"}
