import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice.app import Chalice, CloudWatchEvent, Cron, Rate

from local.clock import Clock, next_run, run_scheduled

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def ran() -> list[dict[str, Any]]:
    """The events that came."""
    return []


@pytest.fixture
def app(ran: list[dict[str, Any]]) -> Chalice:
    app = Chalice("corner-shop")

    @app.schedule(Cron(30, 0, "*", "*", "?", "*"))
    def sweep(event: CloudWatchEvent) -> str:
        ran.append(event.to_dict())
        return "swept"

    return app


@pytest.mark.parametrize(
    ("expression", "next"),
    [
        ("cron(0 0 * * ? *)", datetime(2026, 3, 3, tzinfo=UTC)),
        ("cron(30 13 * * ? *)", datetime(2026, 3, 2, 13, 30, tzinfo=UTC)),
        ("cron(0 12 * * ? *)", datetime(2026, 3, 3, 12, tzinfo=UTC)),
        ("rate(1 minute)", NOON + timedelta(minutes=1)),
        ("rate(12 hours)", NOON + timedelta(hours=12)),
        ("rate(2 days)", NOON + timedelta(days=2)),
    ],
)
def test_the_next_run_is_behind_now(expression: str, next: datetime) -> None:
    assert next_run(expression, NOON) == next


@pytest.mark.parametrize("expression", ["cron(0 0 ? * MON *)", "cron(0/5 * * * ? *)", "every day"])
def test_other_expressions_are_refused_by_name(expression: str) -> None:
    with pytest.raises(ValueError, match=r"only, not .*" + expression[:4]):
        next_run(expression, NOON)


def test_a_function_runs_once_when_its_time_has_come_and_again_the_next_day(
    app: Chalice, ran: list[dict[str, Any]]
) -> None:
    clock = Clock(app, NOON)
    clock.run_due(datetime(2026, 3, 3, 0, 29, 59, tzinfo=UTC))
    assert ran == []
    clock.run_due(datetime(2026, 3, 3, 0, 30, 1, tzinfo=UTC))
    clock.run_due(datetime(2026, 3, 3, 0, 30, 2, tzinfo=UTC))
    assert [event["time"] for event in ran] == ["2026-03-03T00:30:00Z"]
    clock.run_due(datetime(2026, 3, 4, 0, 30, tzinfo=UTC))
    assert len(ran) == 2


def test_a_function_gets_the_event_that_eventbridge_sends(app: Chalice, ran: list[dict[str, Any]]) -> None:
    assert run_scheduled(app, "sweep", NOON) == "swept"
    assert (ran[0]["source"], ran[0]["detail-type"]) == ("aws.events", "Scheduled Event")
    assert ran[0]["resources"][0].endswith(":rule/corner-shop-local-sweep")


def test_a_function_that_fails_is_told_and_stops_no_other(app: Chalice, ran: list[dict[str, Any]]) -> None:
    @app.schedule(Rate(1, unit=Rate.HOURS))
    def break_down(event: CloudWatchEvent) -> None:
        raise OSError("out of paper")

    told: list[str] = []

    def tell(record: logging.LogRecord) -> bool:
        told.append(record.getMessage())
        return False

    app.log.addFilter(tell)
    clock = Clock(app, datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    clock.run_due(datetime(2026, 3, 3, 0, 30, tzinfo=UTC))
    assert told == ["The scheduled function break_down failed."]
    assert len(ran) == 1
