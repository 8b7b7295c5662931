"""Walk through the periods of a session and add up, per tariff component, how much of it was used.

2.3.0 chapter 11 (choice per dimension, FLAT once, reservations) and chapter 10 (ChargingPeriod). Does not live here:
the sanity of periods (``checks``), ``step_size`` and amounts (``lines``), limits and totals (``price``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from api.domain.pricing.breakdown import Note
from api.domain.pricing.checks import volumes_of
from api.domain.pricing.periods import ChargingPeriod
from api.domain.pricing.select import Candidate, Moment, candidates, choose, looks_at_clock
from api.domain.pricing.tariff import RESERVATION, RESERVATION_EXPIRES, ComponentType, DimensionType, Tariff

ZERO = Decimal(0)
ONE = Decimal(1)
_CHARGED = (
    (DimensionType.energy, ComponentType.energy),
    (DimensionType.time, ComponentType.time),
    (DimensionType.parking_time, ComponentType.parking_time),
)
_FLOWING = (DimensionType.energy, DimensionType.time)


@dataclass(slots=True)
class Use:
    """How much of one component was used so far: kWh, seconds or 1. Grows during the walk, then only read."""

    tariff: Tariff
    candidate: Candidate
    reserving: bool
    quantity: Decimal = ZERO
    doubtful: bool = False

    @property
    def type(self) -> ComponentType:
        """Return what the component charges for."""
        return self.candidate.component.type


@dataclass(slots=True)
class Usage:
    """The uses in order of first use, the order in which they were last touched, what was not priced, and notes."""

    uses: dict[tuple[str, int, ComponentType], Use] = field(default_factory=dict)
    touched: list[Use] = field(default_factory=list)
    unpriced: dict[tuple[DimensionType, str], Decimal] = field(default_factory=dict)
    flat_done: set[tuple[str, str | None]] = field(default_factory=set)
    notes: dict[tuple[str, object], Note] = field(default_factory=dict)
    tariffs: dict[str, Tariff] = field(default_factory=dict)

    def note(self, code: str, about: object, **facts: object) -> None:
        """Keep one note for each code and thing it is about."""
        self.notes.setdefault((code, about), Note(code, facts))


@dataclass(frozen=True, slots=True)
class Book:
    """The tariffs of a session by lower-case id, the one for periods that name none, and the local time zone."""

    default: Tariff
    others: Mapping[str, Tariff]
    zone: ZoneInfo
    options: dict[tuple[str, ComponentType, str | None], tuple[Candidate, ...]] = field(default_factory=dict)
    clocks: dict[str, bool] = field(default_factory=dict)

    def candidates(self, tariff: Tariff, type_: ComponentType, reservation: str | None) -> tuple[Candidate, ...]:
        """List a tariff's candidates once per session."""
        key = (tariff.id, type_, reservation)
        if key not in self.options:
            self.options[key] = candidates(tariff, type_, reservation)
        return self.options[key]

    def local(self, tariff: Tariff, at: datetime) -> datetime | None:
        """Return local time when the tariff looks at a clock."""
        if tariff.id not in self.clocks:
            self.clocks[tariff.id] = looks_at_clock(tariff)
        return at.astimezone(self.zone) if self.clocks[tariff.id] else None


def measure(periods: Sequence[ChargingPeriod], book: Book) -> Usage:
    """Add up what was used of each component. Periods were checked before (``checks.check_periods``)."""
    usage = Usage()
    volumes = [volumes_of(period) for period in periods]
    names_tariffs = any(period.tariff_id for period in periods)
    charging_from = next((p.starts_at for p, v in zip(periods, volumes, strict=True) if _charging(v)), None)
    if charging_from is None:
        usage.note("reservation_expired", None)
    energy = ZERO
    for index, (period, volume) in enumerate(zip(periods, volumes, strict=True)):
        tariff = _tariff_of(period, index, book, usage, names_tariffs=names_tariffs)
        if tariff is not None:
            usage.tariffs[tariff.id] = tariff
            if DimensionType.reservation_time in volume:
                moment = _moment(
                    book.local(tariff, period.starts_at), period.starts_at - periods[0].starts_at, ZERO, volume
                )
                _use_reservation(usage, book, tariff, moment, volume, expired=charging_from is None)
            if charging_from is not None and _charging(volume):
                moment = _moment(book.local(tariff, period.starts_at), period.starts_at - charging_from, energy, volume)
                _use_charging(usage, book, tariff, moment, volume)
        energy += volume.get(DimensionType.energy, ZERO)
    return usage


def _charging(volume: Mapping[DimensionType, Decimal]) -> bool:
    """Tell charging from waiting for it: only a period that holds nothing but reserved time is a mere reservation."""
    return DimensionType.reservation_time not in volume or any(volume.get(each[0], ZERO) for each in _CHARGED)


def _tariff_of(period: ChargingPeriod, index: int, book: Book, usage: Usage, *, names_tariffs: bool) -> Tariff | None:
    """Return the tariff of a period. Where some periods name theirs, one without a name has none (ChargingPeriod)."""
    if period.tariff_id is None:
        if names_tariffs:
            usage.note("period_without_tariff", index, period=index)
            return None
        return book.default
    name = period.tariff_id.lower()
    if name == book.default.id.lower():
        return book.default
    if name not in book.others:
        usage.note("tariff_not_given", name, tariff_id=period.tariff_id, priced_with=book.default.id)
    return book.others.get(name, book.default)


def _moment(
    local: datetime | None, elapsed: timedelta, energy: Decimal, volume: Mapping[DimensionType, Decimal]
) -> Moment:
    idle = DimensionType.parking_time in volume and not any(volume.get(each) for each in _FLOWING)
    still = ZERO if idle else None  # parked is defined by no energy flowing, so what was not measured is zero
    current, power = volume.get(DimensionType.current, still), volume.get(DimensionType.power, still)
    return Moment(
        local,
        elapsed,
        energy,
        volume.get(DimensionType.min_current, current),
        volume.get(DimensionType.max_current, current),
        volume.get(DimensionType.min_power, power),
        volume.get(DimensionType.max_power, power),
    )


def _use_charging(
    usage: Usage, book: Book, tariff: Tariff, moment: Moment, volume: Mapping[DimensionType, Decimal]
) -> None:
    _use_flat(usage, book, tariff, moment, None)
    for dimension, type_ in _CHARGED:
        amount = volume.get(dimension, ZERO)
        if amount:
            _use(usage, tariff, dimension, amount, book.candidates(tariff, type_, None), moment)


def _use_reservation(
    usage: Usage, book: Book, tariff: Tariff, moment: Moment, volume: Mapping[DimensionType, Decimal], *, expired: bool
) -> None:
    """Price reserved time. An expired one may have its own fee on top and its own price of time instead."""
    _use_flat(usage, book, tariff, moment, RESERVATION)
    if expired:
        _use_flat(usage, book, tariff, moment, RESERVATION_EXPIRES)
    options = book.candidates(tariff, ComponentType.time, RESERVATION)
    if expired:
        options = book.candidates(tariff, ComponentType.time, RESERVATION_EXPIRES) + options
    amount = volume[DimensionType.reservation_time]
    if amount:
        _use(usage, tariff, DimensionType.reservation_time, amount, options, moment)


def _use_flat(usage: Usage, book: Book, tariff: Tariff, moment: Moment, reservation: str | None) -> None:
    """Charge the flat fee of charging or of the reservation once, at the first period where one applies."""
    if (tariff.id, reservation) in usage.flat_done:
        return
    options = book.candidates(tariff, ComponentType.flat, reservation)
    if options and _use(usage, tariff, DimensionType.flat, ONE, options, moment):
        usage.flat_done.add((tariff.id, reservation))


def _use(
    usage: Usage,
    tariff: Tariff,
    dimension: DimensionType,
    amount: Decimal,
    options: Sequence[Candidate],
    moment: Moment,
) -> bool:
    """Add an amount to the component that applies; without one the dimension is free here, and that is noted."""
    choice = choose(options, moment)
    for element in choice.not_evaluable:
        usage.note("restriction_not_evaluable", (tariff.id, element), tariff_id=tariff.id, element=element)
    if choice.candidate is None:
        if dimension is not DimensionType.flat:
            key = (dimension, "no_match" if options else "no_component")
            usage.unpriced[key] = usage.unpriced.get(key, ZERO) + amount
        return False
    key_of_use = (tariff.id, choice.candidate.element_index, choice.candidate.component.type)
    use = usage.uses.get(key_of_use)
    if use is None:
        use = Use(tariff, choice.candidate, _reserves(choice.candidate))
        usage.uses[key_of_use] = use
    use.quantity += amount
    use.doubtful = use.doubtful or bool(choice.not_evaluable)
    usage.touched.append(use)
    return True


def _reserves(candidate: Candidate) -> bool:
    return candidate.restrictions is not None and candidate.restrictions.reservation is not None
