"""What pricing needs of a Session, a CDR, or of nothing but their times and periods, in the spelling of any version.

Lives here: one reader for all versions, because files are written by hand too and mix the spellings: 2.1.1 says
``start_datetime`` and ``end_datetime`` in a Session and ``stop_date_time`` in a CDR, later versions ``start_date_time``
and ``end_date_time``. Does not live here: whole sessions and CDRs (``v*/mapping``).
"""

from msgspec import Struct

from api.domain.pricing.stay import Stay
from clients.ocpi.fields import Instant, Number, Text, read_as
from clients.ocpi.periods import SentPeriod, energy_in_kwh, read_periods
from clients.ocpi.plain import at_or_none, currency_of, number_or_none
from clients.ocpi.unreadable import Unreadable


class SentStay(Struct):
    """The fields of a Session or CDR that a price depends on."""

    start_date_time: Instant | None = None
    start_datetime: Instant | None = None
    end_date_time: Instant | None = None
    end_datetime: Instant | None = None
    stop_date_time: Instant | None = None
    charging_periods: list[SentPeriod] | None = None
    currency: Text | None = None
    last_updated: Instant | None = None
    kwh: Number | None = None
    total_energy: Number | None = None


def read_stay(raw: object) -> Stay:
    """Read a stay; raises Unreadable. Energy clearly sent in Wh beside the session's count is brought to kWh."""
    sent = read_as(SentStay, raw)
    starts_at = sent.start_date_time or sent.start_datetime
    if starts_at is None:
        raise Unreadable("start_date_time: missing")
    as_sent = read_periods(sent.charging_periods)
    counted = number_or_none(sent.kwh if sent.total_energy is None else sent.total_energy)
    periods = energy_in_kwh(as_sent, counted, whole=True)
    return Stay(
        starts_at=starts_at.value,
        ended_at=at_or_none(sent.end_date_time or sent.end_datetime or sent.stop_date_time),
        periods=periods,
        currency=None if sent.currency is None else currency_of(sent.currency),
        last_updated=at_or_none(sent.last_updated),
        energy_in_wh=periods != as_sent,
        kwh=counted,
    )
