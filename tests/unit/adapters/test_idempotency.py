import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid
from countinghouse_aws.edge.http import Request
from countinghouse_aws.edge.idempotency import fingerprint, idempotency_key, scope_of

plain = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=5)


def request(key: str | None, caller: str = "arn:a", route: str = "POST /x") -> Request:
    headers = {} if key is None else {"idempotency-key": key}
    return Request(route, {}, {}, headers, b"", "req", caller)


@pytest.mark.parametrize("key", ["k", '"k"', " k ", "k" * 255, "A-b_c:1!"])
def test_a_key_is_taken_bare_or_quoted(key: str) -> None:
    assert idempotency_key(request(key)) == key.strip().strip('"')


@pytest.mark.parametrize("key", [None, "", " ", '""'])
def test_a_missing_key_is_its_own_error(key: str | None) -> None:
    with pytest.raises(Invalid) as refusal:
        idempotency_key(request(key))

    assert refusal.value.code == "idempotency_key_missing"


@pytest.mark.parametrize("key", ["a b", "k" * 256, "ü", "a\nb", "4242424242424242"])
def test_a_key_that_cannot_be_kept_is_refused(key: str) -> None:
    with pytest.raises(Invalid):
        idempotency_key(request(key))


def test_a_key_is_the_callers_own_on_one_route() -> None:
    scopes = {
        scope_of(request("k")),
        scope_of(request("k", caller="arn:b")),
        scope_of(request("k", route="POST /y")),
        scope_of(request("l")),
    }

    assert len(scopes) == 4
    assert scope_of(request("k")) in scopes


@given(plain)
def test_a_fingerprint_does_not_depend_on_the_order_of_fields(fields: dict[str, object]) -> None:
    assert fingerprint(fields) == fingerprint(dict(reversed(fields.items())))


@given(plain, plain)
def test_other_fields_have_another_fingerprint(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)
