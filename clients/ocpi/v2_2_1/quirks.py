"""Oddities of partners that say they speak 2.2.1, each seen in a real feed or in the specification's own material.

Lives here: one function per oddity. Does not live here: generous reading of single fields (``clients/ocpi/fields.py``).
"""

from functools import lru_cache
from zoneinfo import ZoneInfo

from clients.ocpi.countries import main_time_zone


def embedded_tariffs(raw_location: object) -> tuple[dict[str, object], ...]:
    """Return the tariffs that a feed puts on the EVSEs of a location, each id once, owned by the location's owner.

    They are as the partner sent them but for the owner, which the feed leaves out (Ludwigsburg feed).
    """
    if not isinstance(raw_location, dict):
        return ()
    owner = {field: raw_location[field] for field in ("country_code", "party_id") if field in raw_location}
    evses = raw_location.get("evses")
    found: dict[str, dict[str, object]] = {}
    for evse in evses if isinstance(evses, list) else ():
        tariffs = evse.get("tariffs") if isinstance(evse, dict) else None
        for tariff in tariffs if isinstance(tariffs, list) else ():
            if isinstance(tariff, dict):
                found.setdefault(str(tariff.get("id")), {**owner, **tariff})
    return tuple(found.values())


def time_zone_of(sent: str | None, country: str, country_code: str) -> tuple[str, bool]:
    """Return a usable zone and whether it is assumed: missing or misspelled ones come from the country, else UTC."""
    if sent and is_time_zone(sent):
        return sent, False
    return main_time_zone(country) or main_time_zone(country_code) or "UTC", True


@lru_cache(maxsize=1024)
def is_time_zone(name: str) -> bool:
    """Say whether ``name`` is a zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
