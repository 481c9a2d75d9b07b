import pytest

from functions.health import handler
from functions.health.wiring import Deps
from tests.fakes.lambdas import Edge


def test_health_says_version_and_stage_and_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "deps", lambda: Deps("1.2.3", "test"))

    answer = Edge(handler, role="").get("/v1/health")

    assert (answer.status, answer.body) == (200, {"version": "1.2.3", "stage": "test"})


def test_a_function_without_its_settings_is_a_500(monkeypatch: pytest.MonkeyPatch) -> None:
    def unset() -> Deps:
        raise RuntimeError("VERSION is not set")

    monkeypatch.setattr(handler, "deps", unset)

    answer = Edge(handler, role="").get("/v1/health")

    assert (answer.status, answer.code) == (500, "internal_error")
    assert "VERSION" not in answer.text
