"""From so many active drivers to requests a second: the arithmetic behind ``bench.profile``, without any measuring.

Everything that is assumed is a field of ``Population`` with its reason beside it; everything else follows. The busiest
hour of an ordinary day is meant, and it is even in itself: peaks inside it are what headroom is for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

HOUR_S = 3600


class Kind(StrEnum):
    """What is asked of us: by drivers' apps, then by partners."""

    QUOTE = "quote"
    START = "start"
    POLL = "poll"
    STREAM_OPENED = "stream opened"
    MAP = "map look"
    HELP = "help look-up"
    BEGUN = "session PUT, begun"
    SESSION = "session PATCH"
    STATUS = "EVSE status PATCH"
    ENDED = "session PUT, ended"
    CDR = "CDR POST"


@dataclass(frozen=True, slots=True)
class Population:
    """Who uses the service, and how."""

    drivers: int = 200_000
    """Active ones: those who charge in the month. The figure that the capability names."""
    charges_a_month: float = 4
    """A car of 15,000 km a year and 18 kWh for 100 km takes 2,700 kWh; at 25 kWh a charge that is 9 charges a month,
    of which somewhat less than half are not at home."""
    days_a_month: float = 30.4
    """365 days over 12 months."""
    busiest_hour_share: float = 0.09
    """Of a day's charges. In a city's public record of a quarter (15,000 charges of 98 plugs) 8.5 % began in the hour
    after noon, the busiest; a little more for a day that is not average."""
    plugged_minutes: float = 90
    """How long a session is live. In the same record the median is 22 minutes at rapid chargers, 4.5 hours at 7 kW: two
    rapid charges for each slow one give 105, less for the cables that idle fees bring back."""
    watched_share: float = 0.3
    """Of live charges, an app in somebody's hand: the first and last ten minutes of ninety, and looks in between."""
    streamed_share: float = 0.5
    """Of watched charges by a live stream; other apps poll."""
    poll_seconds: float = 10
    """What we answer in ``Poll-After-S`` while a charge runs."""
    streams_opened_a_charge: float = 3
    """Phones lock and drop the connection: opened after the start, once on the way, at the end."""
    push_seconds: float = 60
    """Between two changes of a session; what most operators do, and some less often."""
    evses: int = 200_000
    """A large country's network, of which our drivers use a small part; partners tell us of all."""
    uses_an_evse_a_day: float = 3
    """By drivers of all services. In the record above it is 1.75 a plug and day."""
    statuses_a_use: float = 2
    """Taken and free again."""
    map_looks_a_charge: float = 8
    """Opening, three or four moves and zooms, a filter; and some look without charging."""
    help_looks_a_charge: float = 0.1
    """One charge in ten makes somebody read an article or look up a code."""

    def scaled(self, factor: float) -> "Population":
        """Return so many times the drivers and EVSEs, each of which does what it did."""
        return replace(self, drivers=max(1, round(self.drivers * factor)), evses=max(2, round(self.evses * factor)))


@dataclass(frozen=True, slots=True)
class Profile:
    """What a population comes to in its busiest hour."""

    live: float
    """Charges that run at the same time."""
    polled: float
    """Of them those that an app polls."""
    streams: float
    """Live streams open at the same time, one a charge."""
    events: float
    """What these streams carry, in events a second."""
    rates: Mapping[Kind, float]
    """Requests a second."""

    @property
    def total(self) -> float:
        """Requests a second, all kinds together."""
        return sum(self.rates.values())


def profile_of(of: Population) -> Profile:
    """Return what a population asks of us in its busiest hour.

    Charges begin as fast as they end, so live ones are the rate times how long they last (Little's law).
    """
    begun = of.drivers * of.charges_a_month / of.days_a_month * of.busiest_hour_share / HOUR_S
    live = begun * of.plugged_minutes * 60
    watched = live * of.watched_share
    streams = watched * of.streamed_share
    polled = watched - streams
    used = of.evses * of.uses_an_evse_a_day * of.busiest_hour_share / HOUR_S
    rates = {
        Kind.QUOTE: begun,
        Kind.START: begun,
        Kind.POLL: polled / of.poll_seconds,
        Kind.STREAM_OPENED: begun * of.streamed_share * of.streams_opened_a_charge,
        Kind.MAP: begun * of.map_looks_a_charge,
        Kind.HELP: begun * of.help_looks_a_charge,
        Kind.BEGUN: begun,
        Kind.SESSION: live / of.push_seconds,
        Kind.STATUS: used * of.statuses_a_use,
        Kind.ENDED: begun,
        Kind.CDR: begun,
    }
    return Profile(live, polled, streams, streams / of.push_seconds, rates)


def counts_of(profile: Profile, seconds: float) -> dict[Kind, int]:
    """Return how many requests of each kind a run of some seconds plays: at least one, so that a small run shows all.

    A start needs a quote, a session a start, and a CDR an ended session: these are as many as each other.
    """
    return {kind: max(1, round(rate * seconds)) for kind, rate in profile.rates.items()}
