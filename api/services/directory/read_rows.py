"""From rows as a list tells them to entries as the directory keeps them, and what is doubtful on the way."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.domain.support.contact import Doubt
from api.domain.support.countries import COUNTRIES
from api.domain.support.hours_text import hours_of
from api.services.directory.phone import home_of, number_of, same_plan, toll_of
from api.services.directory.told import Reading, Told

AROUND_THE_WORLD = "en"
"""Spoken on lines everywhere, so no sign of a mistake anywhere."""
_PLAIN_DAYS = (datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Content:
    """One entry as a list tells it."""

    e164: str
    row: int
    region: str
    country: str | None
    role: str
    product: str | None
    toll: str
    zone: str
    hours: str | None
    original_text: str
    doubts: list[dict[str, str]] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Return what makes it the same entry when the list comes again."""
        return "|".join((self.role, self.country or self.region, self.product or "", self.e164))

    def columns(self) -> dict[str, Any]:
        """Return it as columns of the table of entries."""
        return {name: value for name, value in asdict(self).items() if name != "e164"}

    def as_json(self) -> dict[str, Any]:
        """Return it but for its place in the list, to be compared with what the list says the next time."""
        return {name: value for name, value in asdict(self).items() if name != "row"}


def contents_of(reading: Reading) -> list[Content]:
    """Return the entries of all rows that can be taken in, and note what is doubtful about the others."""
    found: dict[str, Content] = {}
    numbers = _numbers_of(reading)
    _note_doubts(reading, numbers)
    for told in reading.rows:
        if (e164 := numbers.get(told.row)) is None:
            continue
        for content in _entries_of(reading, told, e164):
            if content.key in found:
                reading.note(told.row, Doubt.ROW_REPEATED, told.text, f"as row {found[content.key].row}")
            found.setdefault(content.key, content)
    return list(found.values())


def _numbers_of(reading: Reading) -> dict[int, str]:
    """Return the numbers of the rows that have one beyond doubt."""
    numbers = {}
    for told in reading.rows:
        there = told.countries or tuple(each.code for each in COUNTRIES.values() if each.region == told.region)
        read = number_of(told.number, there)
        for kind in read.doubts:
            reading.note(told.row, kind, told.number)
        if read.e164 is not None:
            numbers[told.row] = read.e164
    return numbers


def _note_doubts(reading: Reading, numbers: dict[int, str]) -> None:
    """Note what only shows once the number is known: odd languages, and other hours for the same people elsewhere."""
    first: dict[tuple[str, str], Told] = {}
    for told in reading.rows:
        if (e164 := numbers.get(told.row)) is None or told.hours is None:
            continue
        for language in _odd_languages(told, e164):
            reading.note(told.row, Doubt.LANGUAGE_DOUBTFUL, told.text, language)
        other = first.setdefault((told.role, e164), told)
        if _hours_by_the_sun(other) != _hours_by_the_sun(told):
            reading.note(told.row, Doubt.HOURS_DIFFER, told.text, f"row {other.row}")


def _odd_languages(told: Told, e164: str) -> Iterator[str]:
    """Yield the languages of a row that nobody speaks where its number is."""
    home = COUNTRIES.get(home_of(e164) or "")
    if home is None:
        return
    there = [home, *(COUNTRIES[each] for each in told.countries if same_plan(e164, each))]
    usual = {AROUND_THE_WORLD} | {language for country in there for language in country.languages}
    hours = hours_of(told.hours or "24/7", told.zone)
    spoken = [*hours.languages, *hours.otherwise, *(each for window in hours.windows for each in window.languages)]
    yield from dict.fromkeys(each for each in spoken if each not in usual)


def _hours_by_the_sun(told: Told) -> object:
    """Return hours so that the same ones in two zones whose clocks agree are equal."""
    return told.hours, [day.astimezone(ZoneInfo(told.zone)).utcoffset() for day in _PLAIN_DAYS if told.zone != "UTC"]


def _entries_of(reading: Reading, told: Told, e164: str) -> Iterator[Content]:
    doubts = [
        {"kind": each.kind.value, "detail": each.detail}
        for each in reading.noted
        if each.row == told.row and each.kind is not Doubt.ROW_REPEATED
    ]
    for country in told.countries or (None,):
        for product in told.products:
            yield Content(
                e164=e164,
                row=told.row,
                region=told.region,
                country=country,
                role=told.role,
                product=product,
                toll=told.toll or toll_of(e164, country),
                zone=told.zone,
                hours=told.hours,
                original_text=told.text,
                doubts=doubts,
            )
