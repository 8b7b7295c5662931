"""When charging itself becomes dearer: the next moment at which the kWh or the minute costs more than before.

2.3.0 chapter 11, TariffRestrictions: times of day, days and durations; what depends on power or energy comes without a
moment that could be told. Does not live here: what staying costs once energy ended (``stay_cost``).
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from api.domain.pricing.local_time import clock_instants, duration_instants, zone_of
from api.domain.pricing.select import Moment, candidates, choose
from api.domain.pricing.tariff import ComponentType, Tariff

LOOK_AHEAD = timedelta(hours=24)
_MOMENT = timedelta(seconds=1)
_FLOWING = (ComponentType.energy, ComponentType.time)


def next_price_rise(
    tariff: Tariff, *, started_at: datetime, now: datetime, energy_kwh: Decimal, time_zone: str
) -> datetime | None:
    """Return the first moment after ``now`` at which charging on costs more by the kWh or by time; None: not in a day.

    ``energy_kwh`` is what was delivered so far: rules about energy are judged by it, as if none came in addition.
    """
    zone, until = zone_of(time_zone), now + LOOK_AHEAD
    later = {at for at in duration_instants(tariff, started_at) if now < at < until}
    later.update(clock_instants(tariff, zone, now.astimezone(UTC), until))

    def prices(at: datetime) -> list[Decimal]:
        moment = Moment(at.astimezone(zone), at - started_at, energy_kwh)
        chosen = (choose(candidates(tariff, kind), moment).candidate for kind in _FLOWING)
        return [Decimal(0) if each is None else each.component.price for each in chosen]

    for at in sorted(later):
        if any(after > before for before, after in zip(prices(at - _MOMENT), prices(at), strict=True)):
            return at
    return None
