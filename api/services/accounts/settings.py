"""A driver's own settings: name, language, units and time zone."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid
from api.models.driver import Driver

CHANGEABLE = ("name", "language", "units", "time_zone")


class UnknownTimeZone(Invalid):
    """The time zone is none of IANA's names."""


def change_settings(*, db: AsyncSession, driver: Driver, changes: Mapping[str, str | None]) -> None:
    """Write the changed settings of a locked driver; raises UnknownTimeZone."""
    zone = changes.get("time_zone")
    if zone is not None:
        _check_zone(zone)
    for name in CHANGEABLE:
        if name in changes:
            setattr(driver, name, changes[name])
    db.add(driver)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownTimeZone("unknown_time_zone", time_zone=name) from error
