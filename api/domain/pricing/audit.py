"""Every bill computed again: a CDR against the tariff that its driver accepted, and why they differ if they do.

OCPI 2.2.1 and 2.3.0 chapter 10 (CDR), ``ocpi.md`` 4. Pure: the caller brings the snapshot of the tariff at the start of
the session and what the meter said at its end. Does not live here: who pays what (``services/charging/bill.py``).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from api.domain.money import exponent, smallest_charge_minor, to_minor_half_up
from api.domain.pricing.breakdown import CostBreakdown, Note
from api.domain.pricing.ceiling import ceiling_of, dearest_first
from api.domain.pricing.compare import compare_lines
from api.domain.pricing.corrections import (
    COARSEST_METER_KWH,
    SessionEnd,
    capped,
    charging_only_where_energy_flowed,
    cut_evenly,
    idle_charged,
    rescaled,
    under,
    volume_of,
    with_parking,
    within,
)
from api.domain.pricing.local_time import session_start, zone_of
from api.domain.pricing.periods import ParkingReading
from api.domain.pricing.price import price
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import DimensionType, Tariff
from api.domain.pricing.verdict import CdrAudit, Verdict
from api.domain.roaming.cdr import Cdr

ZERO = Decimal(0)
ONE = Decimal(1)
_DOUBTS = frozenset({"restriction_not_evaluable", "limit_not_evaluable"})
_ROUNDED_TO_WHOLE = frozenset({"HUF"})


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stays the same while a CDR is priced in one way after another."""

    tariff: Tariff
    time_zone: str
    parking: ParkingReading

    def price(self, cdr: Cdr, tariff: Tariff | None = None) -> CostBreakdown:
        """Price the periods of a CDR, under the accepted tariff unless told."""
        return price(
            cdr.charging_periods,
            tariff or self.tariff,
            time_zone=self.time_zone,
            started_at=_start(cdr),
            ended_at=cdr.ended_at,
            parking=self.parking,
        )


def _start(cdr: Cdr) -> datetime | None:
    """Return the start of a session; a bill whose periods begin before it is priced from its first period on."""
    periods = cdr.charging_periods
    if not periods or periods[0].starts_at < cdr.starts_at:
        return None
    return session_start(cdr.starts_at, periods[0].starts_at)


@dataclass(frozen=True, slots=True)
class _Steps:
    """A CDR as it is stated, then step by step as its session allows it; each equal to the one before if it holds."""

    stated: Cdr
    in_time: Cdr
    parked: Cdr
    metered: Cdr


def audit_cdr(
    cdr: Cdr,
    *,
    tariff: Tariff | None,
    time_zone: str,
    session: SessionEnd | None = None,
    parking: ParkingReading = ParkingReading.not_requesting_power,
) -> CdrAudit:
    """Compute a CDR again under the tariff accepted at its start; never raises for what a partner sent.

    ``session`` is how the partner's own session ended, None while that is not known: no bill is for more energy or
    another time, nor makes charging time of what the session told as parking. A credit CDR is audited like the one it
    takes back: by its size.
    """
    if tariff is None:
        return unpriced(cdr, "no_tariff")
    if tariff.currency != cdr.currency:
        return unpriced(cdr, "currency_differs", accepted=tariff.currency, billed=cdr.currency)
    if session is not None and not session.kwh and cdr.total_energy_kwh > COARSEST_METER_KWH:
        return unpriced(cdr, "session_without_energy", energy_kwh=str(cdr.total_energy_kwh))
    frame = _Frame(tariff, time_zone, parking)
    try:
        steps = _steps(cdr, tariff, session, parking)
        meant = cut_evenly(steps.metered, tariff, zone_of(time_zone))
        promised = frame.price(meant)
    except PricingRefused as refused:
        return _bounded(frame, cdr, session, Note(refused.reason, dict(refused.facts)))
    except OverflowError:
        return unpriced(cdr, "time_absurd")
    if not promised.excl_known and promised.incl_vat is None and not promised.lines:
        return unpriced(cdr, "price_only_in_words")
    found = _judged(frame, cdr, promised, meant, _causes(frame, steps))
    if found.difference is not None and not found.is_clean and _leaves_out(steps.metered, cdr, session):
        return replace(_bounded(frame, cdr, session, Note("periods_incomplete", {})), verdict=Verdict.wrong_quantity)
    return found


def _steps(cdr: Cdr, tariff: Tariff, session: SessionEnd | None, parking: ParkingReading) -> _Steps:
    """Return what a bill states and what of it its session bears out."""
    stated = replace(cdr, charging_periods=under(cdr.charging_periods, tariff.id))
    in_time = parked = metered = stated
    if session is not None:
        in_time = parked = within(stated, session)
    if parking is ParkingReading.not_charging:
        parked = replace(parked, charging_periods=charging_only_where_energy_flowed(parked.charging_periods))
    metered = parked
    if session is not None:
        parked = replace(parked, charging_periods=with_parking(parked.charging_periods, session.parking_hours))
        metered = replace(parked, charging_periods=capped(parked.charging_periods, session.kwh))
    return _Steps(stated, in_time, parked, metered)


def _leaves_out(periods_of: Cdr, cdr: Cdr, session: SessionEnd | None) -> bool:
    """Say whether a bill's periods hold less energy than its own totals and, as far as it is known, its session."""
    held = volume_of(periods_of.charging_periods, DimensionType.energy)
    known = cdr.total_energy_kwh if session is None else min(cdr.total_energy_kwh, session.kwh)
    return known > held + COARSEST_METER_KWH and (session is not None or not held)


def tolerance(currency: str, lines: int) -> Decimal:
    """Return by how much a sum may differ, in major units: the smallest amount for each line, for partners round them.

    The smallest amount is what the currency is charged in, a whole forint where banks know none smaller.
    """
    smallest = ONE if currency in _ROUNDED_TO_WHOLE else Decimal(smallest_charge_minor(currency))
    places = 0 if currency in _ROUNDED_TO_WHOLE else exponent(currency)
    return max(lines, 1) * smallest.scaleb(-places)


Attempt = tuple[Verdict, Callable[[], CostBreakdown]]


def _causes(frame: _Frame, steps: _Steps) -> Iterator[Attempt]:
    """Yield, likeliest first, what may have gone wrong with a way to price the CDR as if it had."""
    stated = steps.stated
    apart = (
        (Verdict.energy_above_metered, steps.metered, steps.parked),
        (Verdict.idle_at_charging_rate, steps.parked, steps.in_time),
        (Verdict.wrong_quantity, steps.in_time, stated),
    )
    wrong = [(verdict, before) for verdict, after, before in apart if after.charging_periods != before.charging_periods]
    for verdict, before in wrong:
        yield verdict, lambda before=before: frame.price(before)  # type: ignore[misc]
    if wrong:
        yield wrong[0][0], lambda: frame.price(stated)
    periods = stated.charging_periods
    if idle_charged(periods) != periods:
        idle = replace(stated, charging_periods=idle_charged(periods))
        yield Verdict.idle_at_charging_rate, lambda: frame.price(idle)
    for other in stated.tariffs:
        if other.elements != frame.tariff.elements and other.currency == frame.tariff.currency:
            theirs = replace(stated, charging_periods=under(periods, other.id))
            yield Verdict.wrong_tariff, lambda other=other, theirs=theirs: frame.price(theirs, other)  # type: ignore[misc]
    if rescaled(periods, stated) != periods:
        by_totals = replace(stated, charging_periods=rescaled(periods, stated))
        yield Verdict.wrong_quantity, lambda: frame.price(by_totals)


def _judged(frame: _Frame, cdr: Cdr, promised: CostBreakdown, meant: Cdr, causes: Iterator[Attempt]) -> CdrAudit:
    """Compare a CDR with its price, and look for what explains a difference."""
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
        volume_of(meant.charging_periods, DimensionType.energy),
        lines=compare_lines(cdr, promised),
        notes=promised.notes,
    )
    if abs(difference) <= allowed:
        tax = _tax_difference(cdr, promised)
        if tax is not None and abs(tax) > allowed:
            return replace(found, verdict=Verdict.tax_differs, difference=tax)
        same = to_minor_half_up(billed, cdr.currency) == to_minor_half_up(computed, cdr.currency)
        return replace(found, verdict=Verdict.equal if same else Verdict.rounding)
    if _in_doubt(promised):
        return _doubtful(frame, cdr, found, meant, allowed)
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


def _tax_difference(cdr: Cdr, promised: CostBreakdown) -> Decimal | None:
    """Return by how much a bill is above its price after tax, None where one of the two does not tell."""
    billed = cdr.total_cost.after_taxes
    return None if billed is None or promised.incl_vat is None else abs(billed) - promised.incl_vat


def _in_doubt(promised: CostBreakdown) -> bool:
    """Say whether any part of a price hangs on a restriction that nobody could judge, or on where a period was cut."""
    return any(note.code in _DOUBTS for note in promised.notes)


def _doubtful(frame: _Frame, cdr: Cdr, found: CdrAudit, meant: Cdr, allowed: Decimal) -> CdrAudit:
    """Return the audit of a CDR whose price depends on what it does not state: at most the dearest reading is owed."""
    most = frame.price(meant, dearest_first(frame.tariff))
    return replace(
        found,
        verdict=Verdict.unpriced,
        promised=most,
        is_ceiling=True,
        difference=_above(cdr, most, allowed),
    )


def _above(cdr: Cdr, ceiling: CostBreakdown, allowed: Decimal) -> Decimal | None:
    """Return by how much a bill is above a ceiling, None where it is not."""
    billed, most = _comparable(cdr, ceiling)
    return billed - most if billed > most + allowed else None


def _bounded(frame: _Frame, cdr: Cdr, session: SessionEnd | None, why: Note) -> CdrAudit:
    """Return the audit of a CDR whose periods cannot be priced: its totals bound what is owed."""
    energy, parked = cdr.total_energy_kwh, cdr.total_parking_time_hours or ZERO
    lasted = cdr.total_time_hours
    if session is not None:
        energy = min(energy, session.kwh)
        parked = parked if session.parking_hours is None else min(parked, session.parking_hours)
        lasted = lasted if session.hours is None else min(lasted, session.hours)
    try:
        most = ceiling_of(
            frame.tariff,
            started_at=cdr.starts_at,
            ended_at=cdr.ended_at,
            energy_kwh=energy,
            time_hours=max(lasted - parked, ZERO),
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
