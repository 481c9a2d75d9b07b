import inspect

from countinghouse.domain import errors
from countinghouse.domain.errors import Conflict, CountinghouseError, Invalid, Rejected, Unavailable


def test_every_error_is_of_one_of_three_kinds() -> None:
    kinds = (Rejected, Conflict, Unavailable)
    family = [
        cls
        for _, cls in inspect.getmembers(errors, inspect.isclass)
        if issubclass(cls, CountinghouseError) and cls is not CountinghouseError
    ]

    assert len(family) >= 9
    assert all(sum(issubclass(cls, kind) for kind in kinds) == 1 for cls in family)


def test_codes_are_snake_case_and_may_be_given_per_raise() -> None:
    error = Invalid("no", code="amount_mismatch", field="orders")

    assert (error.code, error.field, error.detail) == ("amount_mismatch", "orders", "no")
    assert Invalid("no").code == "validation_failed"
    assert Invalid.code == "validation_failed"
