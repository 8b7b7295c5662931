"""When a line is answered, and in which languages, on the wall clock of its own zone (CP04, CP06, CP07, CP08).

A window counts while a clock in the zone shows a time inside it. So on the night when clocks are put forward a window
that lies in the missing hour never comes, and one that begins in it begins with the first time after it; on the night
when they are put back, the hour that comes twice counts twice. A window that closes at or before it opens ends on the
next day and belongs to the day on which it opened; a holiday replaces the windows that open on its date.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from api.domain.pricing.local_time import DAY, instants_on, zone_of

WEEK = range(1, 8)
"""Days as ISO 8601 counts them: Monday is 1."""
_DAYS_TO_LOOK = 8
"""The pattern is a week's: what has not changed within it, and behind all holidays, never does."""
_LONGEST_LOOK = 400


@dataclass(frozen=True, slots=True)
class Window:
    """From a time of day until another, on some days of the week, in some languages; none: nobody said which."""

    days: frozenset[int]
    opens: time
    closes: time
    languages: tuple[str, ...] = ()

    @property
    def overnight(self) -> bool:
        """Say whether it ends on the next day; one that closes at 00:00 lasts to the end of its own."""
        return self.closes <= self.opens


@dataclass(frozen=True, slots=True)
class Holiday:
    """A date with windows of its own, whose ``days`` do not count; without any nobody works by windows that day."""

    day: date
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """When a line is answered. One that is always open needs no windows: they only add languages then."""

    zone: str
    always_open: bool = False
    languages: tuple[str, ...] = ()
    """Spoken at all times on a line that is always open."""
    otherwise: tuple[str, ...] = ()
    """Spoken outside all windows on a line that is always open."""
    windows: tuple[Window, ...] = ()
    holidays: tuple[Holiday, ...] = ()


@dataclass(frozen=True, slots=True)
class Answering:
    """What a caller meets at an instant."""

    open: bool
    languages_now: tuple[str, ...]
    """What is spoken now, empty where nobody said or the line is closed."""
    next_change_at: datetime | None
    """In UTC: when the line next opens or closes or changes languages; None: never."""


def answering_at(hours: Hours, at: datetime) -> Answering:
    """Return what a caller meets at an instant. Raises ``PricingRefused("time_zone_unknown")``."""
    zone = zone_of(hours.zone)
    now = _meets(hours, zone, at)
    change = next((each for each in _instants(hours, zone, at) if each > at and _meets(hours, zone, each) != now), None)
    return Answering(now[0], now[1], change)


def _meets(hours: Hours, zone: ZoneInfo, at: datetime) -> tuple[bool, tuple[str, ...]]:
    """Return whether somebody answers, and the languages."""
    windows = list(_windows_at(hours, at.astimezone(zone).replace(tzinfo=None)))
    if not windows and not hours.always_open:
        return False, ()
    spoken = [*hours.languages, *(each for window in windows for each in window.languages)]
    return True, tuple(dict.fromkeys(spoken if windows else (*spoken, *hours.otherwise)))


def _windows_at(hours: Hours, shown: datetime) -> Iterator[Window]:
    """Yield the windows in which the clock's ``shown`` time lies."""
    clock = shown.time()
    for window in _windows_of(hours, shown.date()):
        if window.opens <= clock and (window.overnight or clock < window.closes):
            yield window
    for window in _windows_of(hours, shown.date() - DAY):
        if window.overnight and clock < window.closes:
            yield window


def _windows_of(hours: Hours, day: date) -> Iterator[Window]:
    """Yield the windows that open on a date."""
    for holiday in hours.holidays:
        if holiday.day == day:
            yield from holiday.windows
            return
    yield from (window for window in hours.windows if day.isoweekday() in window.days)


def _instants(hours: Hours, zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    """Yield, in order, the instants from about ``at`` on at which something may change, as far as anything can."""
    every = [*hours.windows, *(window for holiday in hours.holidays for window in holiday.windows)]
    if not every:
        return
    midnight = time(0)
    times = frozenset({midnight} | {each for window in every for each in (window.opens, window.closes)})
    day = at.date()
    last = max([day, *(holiday.day for holiday in hours.holidays)]) + timedelta(days=_DAYS_TO_LOOK)
    last = min(last, day + timedelta(days=_LONGEST_LOOK))
    while day <= last:
        yield from instants_on(day, times, zone)
        day += DAY
