"""Ways to charge at an EVSE (with the app, with a pass, without an account) and what its status means for a driver.

Each way is a yes or a no with its reasons. Reasons are about what the charger, its operator and our agreement with the
network allow; whether a driver's own card or pass is good is answered where they start.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from api.domain.roaming.location import Capability, EvseStatus

NOT_USABLE = frozenset({EvseStatus.REMOVED, EvseStatus.PLANNED, EvseStatus.INOPERATIVE, EvseStatus.OUT_OF_ORDER})
"""Statuses in which a start is refused; an occupied EVSE is not among them, since that status lags (CM06)."""
CARD_READER = "rfid_reader"
TERMINALS = frozenset(
    {"credit_card_payable", "debit_card_payable", "chip_card_support", "contactless_card_support", "ped_terminal"}
)
"""Capabilities that let anybody pay at the charger itself."""
LIVE = "live"
MAINTENANCE = "planned_maintenance"
"""Why nothing can be started where planned work runs."""
NO_PASS = "none"  # noqa: S105 - a rule, not a password


class Availability(StrEnum):
    """What a status comes to; occupied and broken are never the same (P11)."""

    AVAILABLE = "available"
    OCCUPIED = "occupied"
    BROKEN = "broken"
    PLANNED = "planned"
    UNKNOWN = "unknown"


_AVAILABILITY = {
    EvseStatus.AVAILABLE: Availability.AVAILABLE,
    EvseStatus.CHARGING: Availability.OCCUPIED,
    EvseStatus.BLOCKED: Availability.OCCUPIED,
    EvseStatus.RESERVED: Availability.OCCUPIED,
    EvseStatus.INOPERATIVE: Availability.BROKEN,
    EvseStatus.OUT_OF_ORDER: Availability.BROKEN,
    EvseStatus.PLANNED: Availability.PLANNED,
}


@dataclass(frozen=True, slots=True)
class NetworkTerms:
    """What our agreement with a network says; the defaults hold for a network that we noted nothing about."""

    name: str | None = None
    website: str | None = None
    state: str = LIVE
    app_charging: bool = True
    pass_policy: str = NO_PASS


@dataclass(frozen=True, slots=True)
class Way:
    """A way to charge; ``why_not`` is empty exactly when it is open."""

    why_not: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Say whether one can charge this way."""
        return not self.why_not


@dataclass(frozen=True, slots=True)
class Ways:
    """The three ways (CM05)."""

    app: Way
    with_pass: Way
    ad_hoc: Way


def availability_of(status: str) -> Availability:
    """Return what a driver makes of a status; one that we do not know is unknown."""
    try:
        return _AVAILABILITY.get(EvseStatus(status), Availability.UNKNOWN)
    except ValueError:
        return Availability.UNKNOWN


class PlannedWork(StrEnum):
    """On what planned work runs: on the site nothing works, on its operator's connection nothing starts remotely."""

    SITE = "site"
    PARTNER = "partner"


def ways_of(
    capabilities: Collection[str],
    status: str,
    terms: NetworkTerms,
    *,
    passes_offered: bool,
    away: str | None = None,
    work: str | None = None,
) -> Ways:
    """Return the ways to charge at an EVSE; ``away`` is why its operator behind a hub cannot be reached.

    ``work``: on what planned work runs there now (``PlannedWork``).
    """
    unusable = (
        *((f"connector_{status}",) if status in NOT_USABLE else ()),
        *((MAINTENANCE,) if work == PlannedWork.SITE else ()),
    )
    operator = (
        *((f"operator_{away}",) if away else ()),
        *((MAINTENANCE,) if work == PlannedWork.PARTNER else ()),
    )
    asleep = () if terms.state == LIVE else ("network_not_live",)
    app = (
        *(() if Capability.REMOTE_START_STOP in capabilities else ("remote_start_not_supported",)),
        *unusable,
        *asleep,
        *(() if terms.app_charging else ("network_without_app_charging",)),
        *operator,
    )
    with_pass = (
        *(() if CARD_READER in capabilities else ("no_card_reader",)),
        *(() if passes_offered else ("passes_not_offered",)),
        *unusable,
        *asleep,
    )
    return Ways(Way(app), Way(with_pass), Way(_not_ad_hoc(capabilities, terms, unusable, app)))


def _not_ad_hoc(
    capabilities: Collection[str], terms: NetworkTerms, unusable: tuple[str, ...], not_by_app: tuple[str, ...]
) -> tuple[str, ...]:
    """Return why somebody without an account cannot charge: neither at a terminal nor with our own guest page."""
    if not TERMINALS.isdisjoint(capabilities):
        return unusable
    needs_pass = () if terms.pass_policy == NO_PASS else ("network_needs_pass",)
    missing = (*not_by_app, *needs_pass)
    return ("no_payment_terminal", *missing) if missing else ()
