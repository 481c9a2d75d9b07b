import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import CountinghouseError
from countinghouse_aws.edge.body import (
    BODY_MAX,
    DEPTH_MAX,
    BodyTooLarge,
    UnsupportedMediaType,
    read_body,
)

JSON = "application/json"
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 10**11) | st.text("abc\"\\[]{}:,'\n", max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text('ab[]{"\\', max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)


def code_of(raw: bytes, media_type: str = JSON) -> str:
    with pytest.raises(CountinghouseError) as refusal:
        read_body(raw, media_type)
    return refusal.value.code


def nested(depth: int, brackets: str = "[]") -> str:
    return brackets[0] * depth + brackets[1] * depth


@given(st.dictionaries(st.text("abc", max_size=3), values, max_size=5))
def test_an_object_is_read_as_it_was_sent(body: dict[str, Any]) -> None:
    assert read_body(json.dumps(body).encode(), JSON) == body


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        read = read_body(raw, JSON)
    except CountinghouseError as refusal:
        read = {"refused": refusal.code}

    assert isinstance(read, dict)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[1]", b"1", b"null", b'"x"', b"{}{}", b"\xff{}", b"{'a':1}"]
)
def test_what_is_not_a_json_object_is_malformed(raw: bytes) -> None:
    assert code_of(raw) == "malformed_request"


@pytest.mark.parametrize("raw", [b'{"a":1,"a":1}', b'{"x":{"a":1,"b":2,"a":3}}'])
def test_a_name_stands_once(raw: bytes) -> None:
    assert code_of(raw) == "malformed_request"


@pytest.mark.parametrize(
    "number", ["1.5", "1.0", "1e3", "1E400", "-0.0", "NaN", "Infinity", "-Infinity"]
)
def test_a_fraction_is_refused_wherever_it_stands(number: str) -> None:
    assert code_of(f'{{"a":[{{"b":{number}}}]}}'.encode()) == "validation_failed"


def test_a_number_without_end_is_refused() -> None:
    assert code_of(b'{"a":' + b"7" * 5_000 + b"}") == "malformed_request"


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_depth_has_a_bound(brackets: str) -> None:
    inner = (
        nested(DEPTH_MAX - 1)
        if brackets == "[]"
        else '{"a":' * (DEPTH_MAX - 1) + "1" + "}" * (DEPTH_MAX - 1)
    )
    read_body(f'{{"a":{inner}}}'.encode(), JSON)

    deeper = nested(DEPTH_MAX) if brackets == "[]" else '{"a":' * DEPTH_MAX + "1" + "}" * DEPTH_MAX
    assert code_of(f'{{"a":{deeper}}}'.encode()) == "malformed_request"


@pytest.mark.parametrize(
    "hidden", ["]" * 500, "}" * 500, '\\"' + "]" * 500, "\\\\" + "", "]" * 500 + "\\\\"]
)
def test_brackets_in_texts_do_not_hide_depth(hidden: str) -> None:
    raw = f'{{"a":"{hidden}","b":{nested(400)}}}'.encode()

    assert code_of(raw) == "malformed_request"


def test_brackets_in_texts_are_no_depth() -> None:
    body = {"a": "[" * 500, "b": '{"' * 100, "c": "\\" * 7}

    assert read_body(json.dumps(body).encode(), JSON) == body


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_depth_beyond_the_parser_is_refused_too(depth: int) -> None:
    assert code_of(b'{"a":' + b"[" * depth) == "malformed_request"


@pytest.mark.parametrize("raw", [b'"' + b'\\"' * 120_000, b'{"' + b"\\" * 250_000, b'"a' * 80_000])
def test_texts_that_never_end_cost_one_look(raw: bytes) -> None:
    assert code_of(raw) == "malformed_request"


def test_a_body_has_a_bound() -> None:
    fits = b'{"a":"' + b"x" * (BODY_MAX - 8) + b'"}'
    assert len(fits) == BODY_MAX
    read_body(fits, JSON)

    with pytest.raises(BodyTooLarge):
        read_body(fits + b" ", JSON)
    with pytest.raises(BodyTooLarge):
        read_body(b"x" * 300_000, "text/plain")


@pytest.mark.parametrize("media_type", ["", "text/json", "application/xml", "application/json+x"])
def test_only_json_is_read(media_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        read_body(b"{}", media_type)


@pytest.mark.parametrize("media_type", [JSON, "APPLICATION/JSON", "application/json;charset=utf-8"])
def test_json_is_json_however_it_is_spelt(media_type: str) -> None:
    assert read_body(b"{}", media_type) == {}


def test_a_card_number_is_refused() -> None:
    assert code_of(b'{"a":[{"b":4242424242424242}]}') == "card_number_refused"
