"""The unplug meter: what staying costs now, when it begins to cost more, and when to tell the driver.

Read off a ``StayTimeline``, which comes from the pricing engine; no price is computed here. Does not live here: telling
anybody (``services/charging/unplug.py``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from api.domain.money import Money
from api.domain.pricing.stay_cost import StayEntry, StayTimeline

SOON = timedelta(minutes=1)
"""A reminder that would come this soon after another one is none."""
FREE_PAUSES = 4
"""Who stays for nothing is reminded this many times more seldom."""


@dataclass(frozen=True, slots=True)
class Step:
    """From ``at`` on staying costs ``per_hour``, and ``fee`` is due once."""

    at: datetime
    per_hour: Decimal
    fee: Money


@dataclass(frozen=True, slots=True)
class UnplugMeter:
    """What staying costs at ``at``. ``next_change`` is any other price, ``next_rise`` the first that is dearer.

    Who leaves before ``next_rise`` pays nothing of it; ``None``: it gets no dearer within the time looked at.
    """

    at: datetime
    currency: str
    per_hour: Decimal
    next_change: Step | None
    next_rise: Step | None

    @property
    def costs_now(self) -> bool:
        """Say whether each minute costs now."""
        return self.per_hour > 0

    @property
    def free_for_good(self) -> bool:
        """Say whether staying costs nothing as far as we see."""
        return not self.costs_now and self.next_rise is None

    def leave_by(self, walking: timedelta) -> datetime | None:
        """Return the last moment at which a driver who needs ``walking`` to the car must set off, to the minute."""
        if self.next_rise is None:
            return None
        return self.next_rise.at.replace(second=0, microsecond=0) - walking


def unplug_meter(timeline: StayTimeline) -> UnplugMeter:
    """Return the meter at the beginning of a timeline."""
    first, *later = timeline.entries
    rise = next((after for before, after in pairwise(timeline.entries) if _is_dearer(before, after)), None)
    return UnplugMeter(
        at=first.starts_at,
        currency=timeline.currency,
        per_hour=first.per_hour,
        next_change=_step(later[0]) if later else None,
        next_rise=None if rise is None else _step(rise),
    )


def remind_at(meter: UnplugMeter | None, now: datetime, *, walking: timedelta, pause: timedelta) -> datetime:
    """Return when to remind (again): in time for the next rise, when it has come, and every ``pause`` while it costs.

    ``None`` for a meter: nobody knows the price, so it is taken to cost.
    """
    if meter is None or meter.costs_now:
        return now + pause
    leave_by = meter.leave_by(walking)
    if leave_by is None or meter.next_rise is None:
        return now + FREE_PAUSES * pause
    for moment in (leave_by, meter.next_rise.at):
        if moment > now + SOON:
            return moment
    return now + pause


def _is_dearer(before: StayEntry, after: StayEntry) -> bool:
    return after.fee.minor > 0 or after.per_hour > before.per_hour


def _step(entry: StayEntry) -> Step:
    return Step(entry.starts_at, entry.per_hour, entry.fee)
