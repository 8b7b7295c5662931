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
from api.domain.pricing.periods import ChargingPeriod
from api.domain.pricing.prepared import PreparedTariff, prepared
from api.domain.pricing.select import Candidate, Choice, Moment, choose
from api.domain.pricing.tariff import RESERVATION, RESERVATION_EXPIRES, ComponentType, DimensionType, Tariff, is_priced
from api.domain.pricing.uncut import CHARGED, changes_within

ZERO = Decimal(0)
ONE = Decimal(1)
# Members under names of their own: looking one up in its enum takes longer than looking a volume up by it.
_ENERGY, _PARKING, _RESERVED = DimensionType.energy, DimensionType.parking_time, DimensionType.reservation_time
_FLAT, _FLAT_FEE = DimensionType.flat, ComponentType.flat
_ANY_MOMENT = Moment(None, timedelta(0), ZERO)
_FLOWING = (DimensionType.energy, DimensionType.time)


@dataclass(slots=True)
class Use:
    """How much of one component was used so far: kWh, seconds or 1. Grows during the walk, then only read."""

    tariff: Tariff
    candidate: Candidate
    reserving: bool
    quantity: Decimal = ZERO
    doubtful: bool = False
    order: int = 0
    """Grows with every use of any component: the largest of a kind was used last."""

    @property
    def type(self) -> ComponentType:
        """Return what the component charges for."""
        return self.candidate.component.type

    def copy(self) -> "Use":
        """Return the same use, to grow on its own."""
        return Use(self.tariff, self.candidate, self.reserving, self.quantity, self.doubtful, self.order)


@dataclass(slots=True)
class Usage:
    """The uses in order of first use, how often any was used, what was not priced, and notes."""

    uses: dict[tuple[str, int, ComponentType], Use] = field(default_factory=dict)
    used: int = 0
    unpriced: dict[tuple[DimensionType, str], Decimal] = field(default_factory=dict)
    flat_done: set[tuple[str, str | None]] = field(default_factory=set)
    notes: dict[tuple[str, object], Note] = field(default_factory=dict)
    tariffs: dict[str, Tariff] = field(default_factory=dict)

    def copy(self) -> "Usage":
        """Return the same usage, to be added to on its own."""
        uses = {key: use.copy() for key, use in self.uses.items()}
        done, notes, tariffs = self.flat_done.copy(), self.notes.copy(), self.tariffs.copy()
        return Usage(uses, self.used, self.unpriced.copy(), done, notes, tariffs)

    def note(self, code: str, about: object, **facts: object) -> None:
        """Keep one note for each code and thing it is about."""
        self.notes.setdefault((code, about), Note(code, facts))

    def note_not_evaluable(self, tariff_id: str, element: int) -> None:
        """Note that the restrictions of an element could not be judged somewhere."""
        self.note("restriction_not_evaluable", (tariff_id, element), tariff_id=tariff_id, element=element)


@dataclass(frozen=True, slots=True)
class Book:
    """The tariffs of a session by lower-case id, the one for periods that name none, and the local time zone."""

    default: Tariff
    others: Mapping[str, Tariff]
    zone: ZoneInfo


@dataclass(slots=True)
class Walk:
    """A walk through a session, period by period: what a period costs depends on what was before it, on nothing after.

    ``charging_from`` is None for a reservation that never became a charge; it is not known before the charge begins.
    """

    book: Book
    reserved_from: datetime
    charging_from: datetime | None
    names_tariffs: bool = False
    usage: Usage = field(default_factory=Usage)
    energy_kwh: Decimal = ZERO
    taken: int = 0

    def take(self, period: ChargingPeriod, volume: Mapping[DimensionType, Decimal], ends_at: datetime) -> None:
        """Add one period; ``volume`` are its volumes as ``checks.volumes_of`` gives them."""
        usage = self.usage
        if self.charging_from is None:
            usage.note("reservation_expired", None)
        tariff = _tariff_of(period, self.taken, self.book, usage, names_tariffs=self.names_tariffs)
        if tariff is not None and self.charging_from is not None and _charging(volume):
            self._note_uncut(tariff, period.starts_at, ends_at, volume)
        self.add(tariff, period.starts_at, volume)

    def _note_uncut(
        self, tariff: Tariff, starts_at: datetime, ends_at: datetime, volume: Mapping[DimensionType, Decimal]
    ) -> None:
        """Note the dimensions whose price changes inside a period: it is priced as it begins, and should have ended."""
        known = prepared(tariff)
        if not known.cuts or self.charging_from is None:
            return
        local = starts_at.astimezone(self.book.zone) if known.looks_at_clock else None
        begins = _moment(known, local, starts_at - self.charging_from, self.energy_kwh, volume)
        for dimension in changes_within(known, self.book.zone, begins, starts_at, ends_at, volume):
            about = self.taken, dimension
            self.usage.note("period_not_cut", about, period=self.taken, dimension=dimension.value)

    def add(self, tariff: Tariff | None, starts_at: datetime, volume: Mapping[DimensionType, Decimal]) -> None:
        """Add the volumes of one period under its tariff; without one, nothing of it has a price."""
        usage = self.usage
        self.taken += 1
        if tariff is not None:
            usage.tariffs[tariff.id] = tariff
            known = prepared(tariff)
            local = starts_at.astimezone(self.book.zone) if known.looks_at_clock else None
            if _RESERVED in volume:
                moment = _moment(known, local, starts_at - self.reserved_from, ZERO, volume)
                _use_reservation(usage, known, moment, volume, expired=self.charging_from is None)
            if self.charging_from is not None and _charging(volume):
                moment = _moment(known, local, starts_at - self.charging_from, self.energy_kwh, volume)
                _use_charging(usage, known, moment, volume)
        self.energy_kwh += volume.get(_ENERGY, ZERO)

    def copy(self) -> "Walk":
        """Return the same walk, to be gone on with on its own."""
        known = self.book, self.reserved_from, self.charging_from, self.names_tariffs
        return Walk(*known, self.usage.copy(), self.energy_kwh, self.taken)


def begin_walk(
    periods: Sequence[ChargingPeriod],
    volumes: Sequence[Mapping[DimensionType, Decimal]],
    book: Book,
    started_at: datetime | None = None,
) -> Walk:
    """Return the walk that is about to begin. Periods were checked before (``checks.check_periods``)."""
    first = next((index for index, volume in enumerate(volumes) if _charging(volume)), None)
    reserved_from = started_at or periods[0].starts_at
    charging_from = None if first is None else reserved_from if first == 0 else periods[first].starts_at
    return Walk(book, reserved_from, charging_from, names_tariffs=any(period.tariff_id for period in periods))


def _charging(volume: Mapping[DimensionType, Decimal]) -> bool:
    """Tell charging from waiting for it: only a period that holds nothing but reserved time is a mere reservation."""
    return _RESERVED not in volume or any(volume.get(each[0], ZERO) for each in CHARGED)


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
    known: PreparedTariff,
    local: datetime | None,
    elapsed: timedelta,
    energy: Decimal,
    volume: Mapping[DimensionType, Decimal],
) -> Moment:
    if not known.restricted:
        return _ANY_MOMENT
    if not known.looks_at_power:  # few tariffs do, and asking costs as much as all the rest of a moment
        return Moment(local, elapsed, energy)
    idle = _PARKING in volume and not any(volume.get(each) for each in _FLOWING)
    still = ZERO if idle else None  # parked is defined by no energy flowing, so what was not measured is zero
    return Moment(
        local,
        elapsed,
        energy,
        volume.get(DimensionType.min_current, still),
        volume.get(DimensionType.max_current, still),
        volume.get(DimensionType.min_power, still),
        volume.get(DimensionType.max_power, still),
    )


def _use_charging(usage: Usage, known: PreparedTariff, moment: Moment, volume: Mapping[DimensionType, Decimal]) -> None:
    _use_flat(usage, known, moment, None)
    for dimension, type_ in CHARGED:
        amount = volume.get(dimension)
        if amount:
            _use(usage, known.tariff, dimension, amount, known.candidates(type_, None), moment)


def _use_reservation(
    usage: Usage, known: PreparedTariff, moment: Moment, volume: Mapping[DimensionType, Decimal], *, expired: bool
) -> None:
    """Price reserved time. An expired one may have its own fee on top and its own price of time instead."""
    _use_flat(usage, known, moment, RESERVATION)
    if expired:
        _use_flat(usage, known, moment, RESERVATION_EXPIRES)
    options = known.candidates(ComponentType.time, RESERVATION)
    if expired:
        options = known.candidates(ComponentType.time, RESERVATION_EXPIRES) + options
    amount = volume[_RESERVED]
    if amount:
        _use(usage, known.tariff, _RESERVED, amount, options, moment)


def _use_flat(usage: Usage, known: PreparedTariff, moment: Moment, reservation: str | None) -> None:
    """Charge the flat fee of charging or of the reservation once, at the first period where one applies."""
    options = known.candidates(_FLAT_FEE, reservation)
    if not options or (known.tariff.id, reservation) in usage.flat_done:
        return
    if _use(usage, known.tariff, _FLAT, ONE, options, moment):
        usage.flat_done.add((known.tariff.id, reservation))


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
        usage.note_not_evaluable(tariff.id, element)
    if choice.candidate is None:
        if dimension is not _FLAT:
            key = (dimension, _why_free(tariff, choice, options))
            usage.unpriced[key] = usage.unpriced.get(key, ZERO) + amount
        return False
    key_of_use = (tariff.id, choice.candidate.element_index, choice.candidate.component.type)
    use = usage.uses.get(key_of_use)
    if use is None:
        use = Use(tariff, choice.candidate, _reserves(choice.candidate))
        usage.uses[key_of_use] = use
    use.quantity += amount
    use.doubtful = use.doubtful or bool(choice.not_evaluable)
    usage.used += 1
    use.order = usage.used
    return True


def _why_free(tariff: Tariff, choice: Choice, options: Sequence[Candidate]) -> str:
    """Return why nothing prices a dimension: in words, by a restriction nobody could judge, by none, or not at all."""
    if choice.not_evaluable:
        return "not_evaluable"
    if options:
        return "no_match"
    return "no_component" if is_priced(tariff) else "in_words"


def _reserves(candidate: Candidate) -> bool:
    return candidate.restrictions is not None and candidate.restrictions.reservation is not None
