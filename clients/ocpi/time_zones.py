"""The zone of a location, for every version: what the partner says when it is a zone, else what its country suggests.

Lives here: the choice. Does not live here: the table of countries (``countries.py``).
"""

from functools import lru_cache
from zoneinfo import ZoneInfo

from clients.ocpi.countries import main_time_zone


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
