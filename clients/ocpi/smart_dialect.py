"""What a version can do about smart charging: beside ``dialect.py``, because 2.1.1 has none of it."""

from typing import Protocol

from api.domain.roaming.smart import (
    ActiveChargingProfile,
    ChargingPreferences,
    ChargingProfile,
    PreferencesAnswer,
    ProfileAnswer,
    ProfileResult,
)
from clients.ocpi.dialect import NotInThisVersion

VERSIONS = ("2.2.1", "2.3.0")
"""The versions that know preferences and profiles; their messages are the same in both."""


class SmartDialect(Protocol):
    """Writes our requests and reads the replies to them; each ``read_*`` raises ``Unreadable`` and nothing else."""

    def write_preferences(self, preferences: ChargingPreferences) -> dict[str, object]:
        """Write ChargingPreferences."""
        ...

    def read_preferences_answer(self, raw: object) -> PreferencesAnswer:
        """Read the operator's word on preferences."""
        ...

    def write_set_profile(self, profile: ChargingProfile, response_url: str) -> dict[str, object]:
        """Write SetChargingProfile."""
        ...

    def read_profile_answer(self, raw: object) -> ProfileAnswer:
        """Read the operator's word at once."""
        ...

    def read_profile_result(self, raw: object) -> ProfileResult:
        """Read the charger's word, as posted to our response URL."""
        ...

    def read_active_profile(self, raw: object) -> ActiveChargingProfile:
        """Read an ActiveChargingProfile that an operator pushed."""
        ...


def smart_dialect_for(version: str) -> SmartDialect:
    """Return how ``version`` speaks of smart charging; raises NotInThisVersion."""
    if version not in VERSIONS:
        raise NotInThisVersion("not_in_this_version", version=version, message="smart charging")
    from clients.ocpi.v2_2_1.mapping import smart  # a version is imported only when it is spoken

    return smart
