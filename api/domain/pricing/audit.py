"""Every bill computed again: a CDR against the tariff that its driver accepted, and why they differ if they do.

OCPI 2.2.1 and 2.3.0 chapter 10 (CDR), ``ocpi.md`` 4. Pure: the caller brings the snapshot of the tariff at the start of
the session and what the meter said at its end. Does not live here: who pays what (``services/charging/bill.py``).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from api.domain.money import exponent, smallest_charge_minor, to_minor_half_up
from api.domain.pricing.breakdown import CostBreakdown, Note
from api.domain.pricing.ceiling import ceiling_of, dearest
from api.domain.pricing.compare import compare_lines
from api.domain.pricing.corrections import (
    SUM_TOLERANCE,
    Periods,
    capped,
    charging_only_where_energy_flowed,
    idle_charged,
    rescaled,
    under,
    volume_of,
)
from api.domain.pricing.local_time import session_start
from api.domain.pricing.periods import ChargingPeriod, ParkingReading
from api.domain.pricing.price import price
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import DimensionType, Tariff
from api.domain.pricing.verdict import CdrAudit, Verdict
from api.domain.roaming.cdr import Cdr

ZERO = Decimal(0)
ONE = Decimal(1)
_DOUBTS = frozenset({"restriction_not_evaluable", "period_not_cut", "limit_not_evaluable"})
_ROUNDED_TO_WHOLE = frozenset({"HUF"})


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How the partner's own session ended: the energy of its meter, and the hours that it told as parking time."""

    kwh: Decimal
    parking_hours: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stays the same while a CDR is priced in one way after another."""

    cdr: Cdr
    tariff: Tariff
    time_zone: str
    parking: ParkingReading

    def price(self, periods: Sequence[ChargingPeriod], tariff: Tariff | None = None) -> CostBreakdown:
        """Price periods of the CDR, under the accepted tariff unless told."""
        return price(
            periods,
            tariff or self.tariff,
            time_zone=self.time_zone,
            started_at=_start(self.cdr, periods),
            ended_at=self.cdr.ended_at,
            parking=self.parking,
        )


def _start(cdr: Cdr, periods: Sequence[ChargingPeriod]) -> datetime | None:
    """Return the start of a session; a bill whose periods begin before it is priced from its first period on."""
    if not periods or periods[0].starts_at < cdr.starts_at:
        return None
    return session_start(cdr.starts_at, periods[0].starts_at)


def audit_cdr(
    cdr: Cdr,
    *,
    tariff: Tariff | None,
    time_zone: str,
    session: SessionEnd | None = None,
    parking: ParkingReading = ParkingReading.not_requesting_power,
) -> CdrAudit:
    """Compute a CDR again under the tariff accepted at its start; never raises for what a partner sent.

    ``session`` is how the partner's own session ended, None while that is not known: no bill is for more energy, nor
    makes charging time of what the session told as parking. A credit CDR is audited like the one it takes back: by its
    size.
    """
    if tariff is None:
        return unpriced(cdr, "no_tariff")
    if tariff.currency != cdr.currency:
        return unpriced(cdr, "currency_differs", accepted=tariff.currency, billed=cdr.currency)
    frame = _Frame(cdr, tariff, time_zone, parking)
    stated = under(cdr.charging_periods, tariff.id)
    meant = charging_only_where_energy_flowed(stated) if _hides_parking(stated, session, parking) else stated
    periods = meant if session is None else capped(meant, session.kwh)
    try:
        promised = frame.price(periods)
    except PricingRefused as refused:
        return _bounded(frame, session, Note(refused.reason, dict(refused.facts)))
    if not promised.excl_known and promised.incl_vat is None:
        return unpriced(cdr, "price_only_in_words")
    return _judged(frame, promised, periods, _causes(frame, stated, meant, periods))


def _hides_parking(periods: Periods, session: SessionEnd | None, parking: ParkingReading) -> bool:
    """Say whether charging time without energy in a bill is parking: by what the word means, or by its own session."""
    if parking is ParkingReading.not_charging:
        return True
    told = ZERO if session is None else session.parking_hours
    return told > volume_of(periods, DimensionType.parking_time) + SUM_TOLERANCE


def tolerance(currency: str, lines: int) -> Decimal:
    """Return by how much a sum may differ, in major units: the smallest amount for each line, for partners round them.

    The smallest amount is what the currency is charged in, a whole forint where banks know none smaller.
    """
    smallest = ONE if currency in _ROUNDED_TO_WHOLE else Decimal(smallest_charge_minor(currency))
    places = 0 if currency in _ROUNDED_TO_WHOLE else exponent(currency)
    return max(lines, 1) * smallest.scaleb(-places)


Attempt = tuple[Verdict, Callable[[], CostBreakdown]]


def _causes(frame: _Frame, stated: Periods, meant: Periods, metered: Periods) -> Iterator[Attempt]:
    """Yield, likeliest first, what may have gone wrong with a way to price the CDR as if it had."""
    if metered != meant:
        yield Verdict.energy_above_metered, lambda: frame.price(meant)
    if meant != stated:
        yield Verdict.idle_at_charging_rate, lambda: frame.price(stated)
    idle = idle_charged(stated)
    if idle != stated:
        yield Verdict.idle_at_charging_rate, lambda: frame.price(idle)
    for other in frame.cdr.tariffs:
        if other.elements != frame.tariff.elements and other.currency == frame.tariff.currency:
            yield Verdict.wrong_tariff, lambda other=other: frame.price(under(stated, other.id), other)  # type: ignore[misc]
    other_totals = rescaled(stated, frame.cdr)
    if other_totals != stated:
        yield Verdict.wrong_quantity, lambda: frame.price(other_totals)


def _judged(frame: _Frame, promised: CostBreakdown, periods: Periods, causes: Iterator[Attempt]) -> CdrAudit:
    """Compare a CDR with its price, and look for what explains a difference."""
    cdr = frame.cdr
    billed, computed = _comparable(cdr, promised)
    difference = billed - computed
    allowed = tolerance(cdr.currency, len(promised.lines))
    found = CdrAudit(
        Verdict.equal,
        cdr.currency,
        abs(cdr.total_cost.before_taxes),
        _size(cdr.total_cost.after_taxes),
        promised,
        difference,
        volume_of(periods, DimensionType.energy),
        lines=compare_lines(cdr, promised),
        notes=promised.notes,
    )
    if abs(difference) <= allowed:
        same = to_minor_half_up(billed, cdr.currency) == to_minor_half_up(computed, cdr.currency)
        verdict = Verdict.equal if same else Verdict.rounding
        return replace(found, verdict=Verdict.tax_differs if _tax_differs(cdr, promised, allowed) else verdict)
    if _in_doubt(promised):
        return _doubtful(frame, found, periods, allowed)
    return replace(found, verdict=_explained(billed, allowed, promised, causes))


def _explained(billed: Decimal, allowed: Decimal, promised: CostBreakdown, causes: Iterator[Attempt]) -> Verdict:
    """Return the first cause whose price is the bill."""
    for verdict, attempt in causes:
        try:
            told = attempt()
        except PricingRefused:
            continue
        if abs(billed - (told.excl_vat if promised.excl_known else told.incl_vat or told.excl_vat)) <= allowed:
            return verdict
    return Verdict.unexplained


def _comparable(cdr: Cdr, promised: CostBreakdown) -> tuple[Decimal, Decimal]:
    """Return bill and price on the side of the tax where both are known: before it, unless it is inside the price."""
    billed = cdr.total_cost
    if promised.excl_known or promised.incl_vat is None:
        return abs(billed.before_taxes), promised.excl_vat
    return abs(billed.before_taxes if billed.after_taxes is None else billed.after_taxes), promised.incl_vat


def _tax_differs(cdr: Cdr, promised: CostBreakdown, allowed: Decimal) -> bool:
    billed = cdr.total_cost.after_taxes
    if billed is None or promised.incl_vat is None:
        return False
    return abs(abs(billed) - promised.incl_vat) > allowed


def _in_doubt(promised: CostBreakdown) -> bool:
    """Say whether any part of a price hangs on a restriction that nobody could judge, or on where a period was cut."""
    return any(note.code in _DOUBTS for note in promised.notes)


def _doubtful(frame: _Frame, found: CdrAudit, periods: Periods, allowed: Decimal) -> CdrAudit:
    """Return the audit of a CDR whose price depends on what it does not state: at most the dearest reading is owed."""
    most = frame.price(periods, dearest(frame.tariff))
    return replace(
        found,
        verdict=Verdict.unpriced,
        promised=most,
        is_ceiling=True,
        difference=_above(frame.cdr, most, allowed),
    )


def _above(cdr: Cdr, ceiling: CostBreakdown, allowed: Decimal) -> Decimal | None:
    """Return by how much a bill is above a ceiling, None where it is not."""
    billed, most = _comparable(cdr, ceiling)
    return billed - most if billed > most + allowed else None


def _bounded(frame: _Frame, session: SessionEnd | None, why: Note) -> CdrAudit:
    """Return the audit of a CDR whose periods cannot be priced: its totals bound what is owed."""
    cdr = frame.cdr
    energy = cdr.total_energy_kwh if session is None else min(cdr.total_energy_kwh, session.kwh)
    parked = cdr.total_parking_time_hours or ZERO
    try:
        most = ceiling_of(
            frame.tariff,
            started_at=cdr.starts_at,
            ended_at=cdr.ended_at,
            energy_kwh=energy,
            time_hours=cdr.total_time_hours - parked,
            parking_hours=parked,
        )
    except PricingRefused as refused:
        return unpriced(cdr, why.code, **why.facts, totals=refused.reason)
    return replace(
        unpriced(cdr, why.code, **why.facts),
        promised=most,
        energy_kwh=energy,
        is_ceiling=True,
        difference=_above(cdr, most, tolerance(cdr.currency, len(most.lines))),
    )


def unpriced(cdr: Cdr, why: str, /, **facts: object) -> CdrAudit:
    """Return the audit of a CDR that cannot be computed again, and why."""
    billed = cdr.total_cost
    return CdrAudit(
        Verdict.unpriced,
        cdr.currency,
        abs(billed.before_taxes),
        _size(billed.after_taxes),
        None,
        notes=(Note(why, facts),),
    )


def _size(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else abs(amount)
