"""When a schedule says: cron's five fields, in UTC.

`minute hour day-of-month month day-of-week`, each `*`, a number, a range `1-5`, steps `*/15`, or a
list of those; days of the week from 0 (Sunday) to 7 (Sunday again). As in cron, where both days are
restricted, one of them is enough. POSIX, crontab.
"""

import datetime
import re
from dataclasses import dataclass
from typing import Self

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_PART = re.compile(r"(?:(\*)|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?", re.ASCII)
# The 29th of February comes once in eight years around 2100; nothing comes less often.
_LONGEST_DAYS = 366 * 9
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Schedule:
    """The times that a text of five fields stands for."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool  # both days are restricted

    @classmethod
    def of(cls, text: str) -> Self:
        """Raises ValueError for a text that is no schedule, or that no day fits."""
        fields = text.split()
        if len(fields) != len(_FIELDS):
            raise ValueError(f"{text!r} is no schedule: it needs five fields, as in '30 6 * * *'")
        minutes, hours, days, months, weekdays = (
            _values(field, *about) for field, about in zip(fields, _FIELDS, strict=True)
        )
        either = not fields[2].startswith("*") and not fields[4].startswith("*")
        weekdays = frozenset(day % 7 for day in weekdays)
        schedule = cls(minutes, hours, days, months, weekdays, either)
        schedule.after(datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC))
        return schedule

    def after(self, moment: datetime.datetime) -> datetime.datetime:
        """The first time after a moment. Raises ValueError if there is none."""
        moment = moment.astimezone(datetime.UTC)
        for number in range(_LONGEST_DAYS):
            day = (moment + number * _DAY).date()
            if not self._has(day):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    clock = datetime.time(hour, minute, tzinfo=datetime.UTC)
                    time = datetime.datetime.combine(day, clock)
                    if time > moment:
                        return time
        raise ValueError("no day fits the schedule: is there such a date?")

    def _has(self, day: datetime.date) -> bool:
        of_month = day.day in self.days
        of_week = day.isoweekday() % 7 in self.weekdays
        fits = (of_month or of_week) if self.either_day else (of_month and of_week)
        return fits and day.month in self.months


def _values(field: str, name: str, lowest: int, highest: int) -> frozenset[int]:
    values: set[int] = set()
    for part in field.split(","):
        found = _PART.fullmatch(part)
        if not found:
            raise ValueError(f"{name} {part!r}: use *, a number, a range 1-5 or steps */15")
        every, first, last, step = found.groups()
        start = lowest if every else int(first)
        end = highest if every or (step and not last) else int(last or first)
        if not lowest <= start <= end <= highest or step == "0" or step == "00":
            raise ValueError(f"{name} {part!r}: use {lowest} to {highest}")
        values.update(range(start, end + 1, int(step or 1)))
    return frozenset(values)
