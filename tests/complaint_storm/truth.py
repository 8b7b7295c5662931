"""What is true in each story, worked out without any code of the product: from the fault that was planted.

The price list of the storm's chargers, by hand: 1.00 a session, 0.39 a kWh, 2.40 an hour parked, 19 % tax.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from tests.complaint_storm.stays import Stay

SESSION, KWH, PARKED_HOUR, TAX = Decimal("1.00"), Decimal("0.39"), Decimal("2.40"), Decimal("1.19")


class Plot(StrEnum):
    """What was planted."""

    NOTHING_WRONG = "nothing_wrong"
    HOLD_SEEN = "hold_seen"
    """The driver takes the released rest of the hold for a charge."""
    SEEN_TWICE = "seen_twice"
    """They take it for a second payment."""
    NO_ENERGY = "no_energy"
    NO_ENERGY_CREDITED_LATER = "no_energy_credited_later"
    """The operator takes its bill back too, after we gave all back."""
    BLOCKED_WITH_A_FULL_CAR = "blocked_with_a_full_car"
    """0 kWh, and hours of parking that are owed."""
    BILLED_TWICE_AT_ONCE = "billed_twice_at_once"
    BILLED_TWICE_LATER = "billed_twice_later"
    TOLD_UNDER_TWO_SESSIONS = "told_under_two_sessions"
    TWO_CHARGES_FOR_ONE = "two_charges_for_one"
    ONE_AFTER_THE_OTHER = "one_after_the_other"
    """Two real charges at one charger: both are owed."""
    DEARER = "dearer"
    PARKING_AT_A_HIGHER_RATE = "parking_at_a_higher_rate"
    METER_CAME_LATE = "meter_came_late"
    """The bill was for more than the meter, and the meter's end came after it was paid."""
    CORRECTED_BEFORE = "corrected_before"
    STAFF_WERE_FIRST = "staff_were_first"
    METER_DOUBTED = "meter_doubted"
    """The meter is right; the driver does not believe it."""
    METER_LIES = "meter_lies"
    """Meter and bill agree, and both are wrong: only a person can find out."""
    GREEDY = "greedy"
    """They say that nothing was charged, and it was."""


PERSON = frozenset({Plot.METER_LIES, Plot.BLOCKED_WITH_A_FULL_CAR})
"""No rule can know who is right here: deciding it by rule is wrong, whatever comes out."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the driver owes in the end for what really happened."""

    minor: int
    person: bool


def price(stay: Stay) -> int:
    """Return what a stay costs a driver, in cents."""
    net = SESSION + KWH * stay.kwh + PARKED_HOUR * stay.parked_hours
    return int((net * TAX * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def truth_of(plot: Plot, stay: Stay) -> Truth:
    """Return the truth of a story."""
    owed = price(stay)
    if plot in (Plot.NO_ENERGY, Plot.NO_ENERGY_CREDITED_LATER):
        owed = 0
    elif plot is Plot.ONE_AFTER_THE_OTHER:
        owed *= 2
    elif plot is Plot.STAFF_WERE_FIRST:
        owed -= GIFT
    return Truth(owed, plot in PERSON)


GIFT = 60
"""What staff gave before the driver complained, in cents."""
