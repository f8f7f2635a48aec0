"""EventBridge for development: calls the app's scheduled functions when their time has come."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from chalice.app import Chalice, ScheduledEventConfig
from chalice.local import LambdaContext

from local.cloud import ACCOUNT, REGION

SECONDS_OF_A_RUN = 60


class Clock:
    """Knows when each of the app's schedules is due next. It holds no list of its own: the app's decorators count."""

    def __init__(self, app: Chalice, now: datetime):
        self._app = app
        self._schedules = dict(schedules(app))
        self._due = {name: next_run(expression, now) for name, expression in self._schedules.items()}

    def run_due(self, now: datetime) -> None:
        """A function that fails leaves the others unharmed, and comes again at its next time."""
        for name, due in self._due.items():
            if due > now:
                continue
            self._due[name] = next_run(self._schedules[name], now)
            try:
                run_scheduled(self._app, name, due)
            except Exception:
                self._app.log.exception("The scheduled function %s failed.", name)


def schedules(app: Chalice) -> Iterator[tuple[str, str]]:
    """Name and expression of each function that @app.schedule names."""
    for source in app.event_sources:
        if isinstance(source, ScheduledEventConfig):
            expression = source.schedule_expression
            yield source.name, expression if isinstance(expression, str) else expression.to_string()


def run_scheduled(app: Chalice, name: str, at: datetime) -> Any:
    """Calls the function with the event that EventBridge would send, and returns its answer."""
    event = {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{app.app_name}-local-{name}"],
        "detail": {},
    }
    return app.handler_map[name](event, LambdaContext(name, 1024, SECONDS_OF_A_RUN * 1000))


def next_run(expression: str, after: datetime) -> datetime:
    """Knows `cron(M H * * ? *)`, once a day in UTC, and `rate(N minutes|hours|days)`; raises ValueError for others."""
    if match := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        return after + timedelta(**{f"{match[2]}s": int(match[1])})
    if match := re.fullmatch(r"cron\((\d+) (\d+) \* \* \? \*\)", expression):
        today = after.astimezone(UTC).replace(minute=int(match[1]), hour=int(match[2]), second=0, microsecond=0)
        return today if today > after else today + timedelta(days=1)
    raise ValueError(f"The local clock knows daily cron(M H * * ? *) and rate(...) only, not {expression}.")
