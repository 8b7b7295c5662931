"""Opening hours as people write them in the directory, one rule a line or between semicolons; read and written back.

24/7 fr                        always open, French at all times (the languages may be left out)
mon-fri 08:00-20:00 de,it      a window and its languages; ``mon,wed``, ``daily`` and ``22:00-06:00`` work too
otherwise en                   open outside the windows as well, then in these languages only
2026-12-25 closed              a date on which no window counts
2026-12-24 08:00-12:00 de      a date with windows of its own
"""

import re
from collections.abc import Iterable
from datetime import date, time

from api.domain.errors import Invalid
from api.domain.pricing.local_time import zone_of
from api.domain.pricing.refused import PricingRefused
from api.domain.support.hours import WEEK, Holiday, Hours, Window

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LANGUAGES = r"[a-z]{2}(?:,[a-z]{2})*"
_SPAN = r"(?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)"
_ALWAYS = re.compile(rf"24/7(?: (?P<languages>{_LANGUAGES}))?")
_OTHERWISE = re.compile(rf"otherwise (?P<languages>{_LANGUAGES})")
_WINDOW = re.compile(rf"(?P<days>daily|[a-z]{{3}}(?:[-,][a-z]{{3}})*) {_SPAN}(?: (?P<languages>{_LANGUAGES}))?")
_CLOSED = re.compile(r"(?P<day>\d{4}-\d\d-\d\d) closed")
_SPECIAL = re.compile(rf"(?P<day>\d{{4}}-\d\d-\d\d) {_SPAN}(?: (?P<languages>{_LANGUAGES}))?")


class HoursInvalid(Invalid):
    """Hours that cannot be read. Facts: ``part`` and ``reason``."""

    def __init__(self, part: str, reason: str) -> None:
        """Keep what cannot be read, and why."""
        super().__init__("hours_invalid", part=part[:80], reason=reason)


def hours_of(text: str, zone: str) -> Hours:
    """Return the hours that a text tells; raises HoursInvalid."""
    try:
        zone_of(zone)
    except PricingRefused:
        raise HoursInvalid(zone, "no IANA time zone such as Europe/Vienna") from None
    read = _Reading()
    for part in re.split(r"[;\n]", text):
        if plain := " ".join(part.split()).lower():
            read.add(plain)
    holidays = tuple(Holiday(day, tuple(windows)) for day, windows in sorted(read.holidays.items()))
    if read.otherwise and not read.windows:
        raise HoursInvalid("otherwise", "there is no window that it lies outside of")
    if not (read.always_open or read.windows or holidays):
        raise HoursInvalid(text, "it names no time")
    return Hours(zone, read.always_open, read.languages, read.otherwise, tuple(read.windows), holidays)


def text_of(hours: Hours) -> str:
    """Return the text that ``hours_of`` reads as the same hours."""
    parts = []
    if hours.languages or (hours.always_open and not hours.otherwise):
        parts.append(_with("24/7", hours.languages))
    parts += [_with(f"{_days_text(each.days)} {_span(each)}", each.languages) for each in hours.windows]
    if hours.otherwise:
        parts.append(_with("otherwise", hours.otherwise))
    for holiday in hours.holidays:
        special = [_with(f"{holiday.day} {_span(each)}", each.languages) for each in holiday.windows]
        parts += special or [f"{holiday.day} closed"]
    return "; ".join(parts)


class _Reading:
    """What has been read of a text so far."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.always_open = False
        self.languages: tuple[str, ...] = ()
        self.otherwise: tuple[str, ...] = ()
        self.windows: list[Window] = []
        self.holidays: dict[date, list[Window]] = {}

    def add(self, part: str) -> None:
        """Read one rule; raises HoursInvalid."""
        if found := _ALWAYS.fullmatch(part):
            self.always_open, self.languages = True, _languages(found)
        elif found := _OTHERWISE.fullmatch(part):
            self.always_open, self.otherwise = True, _languages(found)
        elif found := _CLOSED.fullmatch(part):
            self.holidays.setdefault(_day(found["day"]), [])
        elif found := _SPECIAL.fullmatch(part):
            self.holidays.setdefault(_day(found["day"]), []).append(_window(found, frozenset(WEEK)))
        elif found := _WINDOW.fullmatch(part):
            self.windows.append(_window(found, _days(found["days"])))
        else:
            raise HoursInvalid(part, "write it like 'mon-fri 08:00-20:00 de', '24/7 en' or 'otherwise en'")


def _window(found: re.Match[str], days: frozenset[int]) -> Window:
    return Window(days, _clock(found["opens"]), _clock(found["closes"]), _languages(found))


def _languages(found: re.Match[str]) -> tuple[str, ...]:
    spoken = found["languages"].split(",") if found["languages"] else []
    return tuple(dict.fromkeys("nb" if each == "no" else each for each in spoken))


def _clock(text: str) -> time:
    try:
        return time(0) if text == "24:00" else time.fromisoformat(text)
    except ValueError:
        raise HoursInvalid(text, "no time of day") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise HoursInvalid(text, "no date") from None


def _days(text: str) -> frozenset[int]:
    if text == "daily":
        return frozenset(WEEK)
    found: set[int] = set()
    for part in text.split(","):
        first, *rest = (_number(each) for each in part.split("-"))
        if len(rest) > 1:
            raise HoursInvalid(part, "from one day to another")
        last = rest[0] if rest else first
        found |= {(first - 1 + step) % 7 + 1 for step in range((last - first) % 7 + 1)}
    return frozenset(found)


def _number(name: str) -> int:
    if name not in DAY_NAMES:
        raise HoursInvalid(name, "no day such as mon")
    return DAY_NAMES.index(name) + 1


def _days_text(days: frozenset[int]) -> str:
    """Return days as a range where they are one, else one by one."""
    in_order = sorted(days)
    if in_order == list(WEEK):
        return "daily"
    names = [DAY_NAMES[each - 1] for each in in_order]
    together = in_order == list(range(in_order[0], in_order[-1] + 1)) and len(names) > 2
    return f"{names[0]}-{names[-1]}" if together else ",".join(names)


def _span(window: Window) -> str:
    return f"{window.opens:%H:%M}-{window.closes:%H:%M}"


def _with(text: str, languages: Iterable[str]) -> str:
    return f"{text} {','.join(languages)}".strip()
