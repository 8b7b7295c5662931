"""The shapes of contacts: a line with its number, its hours, and what a caller meets on it now."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from pydantic import Field

from api.domain.support.contact import MENDED
from api.domain.support.hours import WEEK, Hours, Window
from api.domain.support.hours_text import DAY_NAMES
from api.routes.app.shapes import Moment, Shape, example, utc
from api.services.directory.best import BestContact
from api.services.directory.phone import for_people
from api.services.directory.queries import Contact

HOURS_EXAMPLE = {
    "zone": "Europe/Vienna",
    "always_open": True,
    "languages": [],
    "otherwise": ["en"],
    "windows": [
        {
            "days": ["mon", "tue", "wed", "thu", "fri"],
            "opens": "08:00",
            "closes": "20:00",
            "languages": ["de"],
        }
    ],
    "holidays": [{"date": "2026-12-25", "windows": []}],
}
LINE_EXAMPLE = {
    "id": "dir_5a1c",
    "number": "+43800201234",
    "shown_as": "+43 800 201234",
    "toll": "free",
    "open": True,
    "always_open": True,
    "languages_now": ["en"],
    "next_change_at": "2026-03-02T07:00:00Z",
    "next_change_local": "2026-03-02T08:00",
    "time_zone": "Europe/Vienna",
    "abroad": False,
    "hours": HOURS_EXAMPLE,
}
CONTACT_EXAMPLE = {
    "id": "dir_5a1c",
    "number_id": "cno_77aa",
    "number": "+43800201234",
    "shown_as": "+43 800 201234",
    "region": "europe",
    "country": "AT",
    "role": "driver",
    "product": None,
    "toll": "free",
    "open": True,
    "languages_now": ["en"],
    "next_change_at": "2026-03-02T07:00:00Z",
    "hours": HOURS_EXAMPLE,
    "doubtful": False,
}


class ShownWindow(Shape):
    """From a time of day until another; one that closes at or before it opens ends on the next day."""

    days: list[str] = Field(description="`mon` to `sun`: the days on which it opens.")
    opens: str
    closes: str
    languages: list[str] = Field(description="Empty: nobody said which.")

    @classmethod
    def of(cls, window: Window) -> "ShownWindow":
        """Return the shape of a window."""
        days = [DAY_NAMES[each - 1] for each in WEEK if each in window.days]
        return cls(days=days, opens=_clock(window.opens), closes=_clock(window.closes), languages=[*window.languages])


class ShownHoliday(Shape):
    """A date on which the windows of its weekday do not count."""

    date: str = Field(json_schema_extra={"format": "date"})
    windows: list[ShownWindow]


class ShownHours(Shape):
    """When the line is answered, on the wall clock of its own zone."""

    zone: str
    always_open: bool
    languages: list[str] = Field(description="Spoken at all times on a line that is always open.")
    otherwise: list[str] = Field(description="Spoken outside the windows on a line that is always open.")
    windows: list[ShownWindow]
    holidays: list[ShownHoliday]

    @classmethod
    def of(cls, hours: Hours) -> "ShownHours":
        """Return the shape of hours."""
        return cls(
            zone=hours.zone,
            always_open=hours.always_open,
            languages=[*hours.languages],
            otherwise=[*hours.otherwise],
            windows=[ShownWindow.of(each) for each in hours.windows],
            holidays=[
                ShownHoliday(date=each.day.isoformat(), windows=[ShownWindow.of(window) for window in each.windows])
                for each in hours.holidays
            ],
        )


class DirectoryLine(Shape):
    """A line to call, and what a caller meets on it now."""

    model_config = example(LINE_EXAMPLE)
    id: str | None = Field(description="Null: our own hotline, which is in no directory.")
    number: str = Field(description="To be dialed.")
    shown_as: str = Field(description="To be read.")
    toll: str = Field(description="`free`, `national`, `paid` or `unknown`; new values may come.")
    open: bool | None = Field(description="Null: nobody told its hours.")
    always_open: bool
    languages_now: list[str] = Field(description="Empty: nobody said which, or it is closed.")
    next_change_at: Moment | None = Field(description="When it opens, closes or changes languages; null: never.")
    next_change_local: str | None = Field(description="The same on the wall clock of `time_zone`.")
    time_zone: str | None
    abroad: bool = Field(description="Of another country, since yours has none.")
    hours: ShownHours | None

    @classmethod
    def of(cls, best: BestContact, time_zone: str | None) -> "DirectoryLine":
        """Return the shape of a line, its times in the caller's zone; without one in the line's own."""
        hours = best.contact.hours if best.contact is not None else None
        zone = time_zone or (hours.zone if hours is not None else None)
        return cls(
            id=best.contact.entry.id if best.contact is not None else None,
            number=best.number,
            shown_as=for_people(best.number) if best.contact is not None else best.number,
            toll=best.toll,
            open=best.open,
            always_open=best.always_open,
            languages_now=[*best.languages_now],
            next_change_at=utc(best.next_change_at),
            next_change_local=_local(best.next_change_at, zone),
            time_zone=zone,
            abroad=best.abroad,
            hours=ShownHours.of(hours) if hours is not None else None,
        )


class DirectoryContact(Shape):
    """One entry of the directory."""

    model_config = example(CONTACT_EXAMPLE)
    id: str
    number_id: str = Field(description="The same for all entries that share the number.")
    number: str
    shown_as: str
    region: str
    country: str | None = Field(description="ISO 3166 alpha-2; null: all of the region.")
    role: str
    product: str | None = Field(description="Only for users of this product; null: for everybody.")
    toll: str
    open: bool | None
    languages_now: list[str]
    next_change_at: Moment | None
    hours: ShownHours | None
    doubtful: bool = Field(description="Something about it was unclear in its source, and nobody has decided yet.")

    @classmethod
    def of(cls, contact: Contact) -> "DirectoryContact":
        """Return the shape of an entry."""
        entry, answering = contact.entry, contact.answering
        return cls(
            id=entry.id,
            number_id=entry.number_id,
            number=contact.e164,
            shown_as=for_people(contact.e164),
            region=entry.region,
            country=entry.country,
            role=entry.role,
            product=entry.product,
            toll=entry.toll,
            open=answering.open if answering else None,
            languages_now=[*answering.languages_now] if answering else [],
            next_change_at=utc(answering.next_change_at) if answering else None,
            hours=ShownHours.of(contact.hours) if contact.hours else None,
            doubtful=any(each["kind"] not in MENDED for each in entry.doubts),
        )


def _clock(at: time) -> str:
    return f"{at:%H:%M}"


def _local(at: datetime | None, zone: str | None) -> str | None:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" if at is not None and zone is not None else None
