"""Where a driver is, for answers that fit: before charging, during, or after."""

from api.domain.charging.state import BEFORE_START, NO_CHARGE, RUNNING, STARTING
from api.models.charging import ChargingSession

BEFORE, DURING, AFTER = "before", "during", "after"


def phase_of(charge: ChargingSession | None) -> str:
    """Return the phase of a charge; without one, or with one that came to nothing, it is before."""
    if charge is None or charge.status in BEFORE_START | NO_CHARGE:
        return BEFORE
    return DURING if charge.status in STARTING | RUNNING else AFTER
