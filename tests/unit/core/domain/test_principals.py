import pytest

from countinghouse.domain.principals import same_person

ADA = "arn:aws:sts::000000000000:assumed-role/countinghouse-prod-finance/ada"


@pytest.mark.parametrize(
    "other",
    [
        ADA,
        "arn:aws:sts::000000000000:assumed-role/countinghouse-prod-approver/ada",
        "arn:aws:sts::111111111111:assumed-role/countinghouse-prod-approver/Ada",
        "arn:aws:sts::000000000000:assumed-role/a/path/of/roles/ada",
    ],
)
def test_one_person_in_another_role_is_that_person(other: str) -> None:
    assert same_person(ADA, other)
    assert same_person(other, ADA)


@pytest.mark.parametrize(
    "other",
    [
        "",
        "ada",
        "arn:aws:iam::000000000000:user/ada",
        "arn:aws:iam::000000000000:role/ada",
        "arn:aws:sts::000000000000:federated-user/ada",
        "arn:aws:sts::000000000000:assumed-role/countinghouse-prod-finance/grace",
        "arn:aws:sts::000000000000:assumed-role/ada/grace",
    ],
)
def test_anybody_else_is_somebody_else(other: str) -> None:
    assert not same_person(ADA, other)
    assert not same_person(other, ADA)


def test_who_assumed_no_role_is_told_by_the_whole_arn() -> None:
    user = "arn:aws:iam::000000000000:user/ada"

    assert same_person(user, user)
    assert not same_person(user, "arn:aws:iam::111111111111:user/ada")
    assert same_person("", "")
