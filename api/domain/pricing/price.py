"""The price of a session: charging periods and a tariff in, an explained and exact breakdown out.

2.3.0 chapter 11 (Tariffs) and chapter 10 (``step_size``), with what earlier versions leave open. The steps: check the
periods, add up what was used of each component (``usage``), price the lines (``lines``), apply the price limits here.
Does not live here: what the driver pays (``retail``), rounding to money (``domain/money``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from api.domain.pricing.breakdown import HOURS, KWH, CostBreakdown, Note, PriceLine, plain
from api.domain.pricing.checks import TIMES, check_periods, volumes_of
from api.domain.pricing.doubts import Doubts
from api.domain.pricing.limits import limited
from api.domain.pricing.lines import lines_of
from api.domain.pricing.local_time import zone_of
from api.domain.pricing.periods import ChargingPeriod, ParkingReading
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import DimensionType, Tariff, is_priced, is_valid
from api.domain.pricing.usage import Book, Usage, Walk, begin_walk
from api.domain.quantities import SECONDS_PER_HOUR

__all__ = ["CostBreakdown", "Note", "PriceLine", "PricingRefused", "price"]

ZERO = Decimal(0)


def price(
    periods: Sequence[ChargingPeriod],
    tariff: Tariff,
    *,
    time_zone: str,
    ended_at: datetime,
    started_at: datetime | None = None,
    other_tariffs: Sequence[Tariff] = (),
    parking: ParkingReading = ParkingReading.not_requesting_power,
) -> CostBreakdown:
    """Price a session, exactly and unrounded, in the tariff's currency.

    ``time_zone`` is the charger's IANA zone; the stay lasts from ``started_at``, else the first period, to
    ``ended_at``. ``other_tariffs`` serve periods that name another ``tariff_id``; ``parking`` is what the partner means
    by PARKING_TIME. Raises ``PricingRefused`` for periods that cannot be priced.
    """
    periods = check_periods(periods, ended_at, started_at)
    for other in other_tariffs:
        if other.currency != tariff.currency:
            raise PricingRefused("currency_mixed", currency=tariff.currency, other=other.currency)
    book = Book(tariff, {each.id.lower(): each for each in other_tariffs}, zone_of(time_zone))
    ends = [*(period.starts_at for period in periods[1:]), ended_at]
    volumes = [volumes_of(period, at - period.starts_at) for period, at in zip(periods, ends, strict=True)]
    tally = Tally(begin_walk(periods, volumes, book, started_at), Doubts(parking))
    for period, volume, ends_at in zip(periods, volumes, ends, strict=True):
        tally.take(period, volume, ends_at)
    return tally.cost()


@dataclass(slots=True)
class Tally:
    """A session priced period by period; what it costs may be asked after each."""

    walk: Walk
    doubts: Doubts

    def take(self, period: ChargingPeriod, volume: Mapping[DimensionType, Decimal], ends_at: datetime) -> None:
        """Add one period; ``volume`` are its volumes as ``checks.volumes_of`` gives them."""
        self.walk.take(period, volume, ends_at)
        self.doubts.take(volume, ends_at - period.starts_at)

    def cost(self) -> CostBreakdown:
        """Return the price of the periods so far; changes nothing."""
        usage = self.walk.usage
        lines = lines_of(usage)
        tariffs = usage.tariffs.values()
        notes = [*usage.notes.values(), *_unpriced(usage), *self.doubts.notes(tariffs), *_words(tariffs)]
        notes += _not_valid(tariffs, self.walk.reserved_from)
        for each in tariffs:
            if each.min_price is None and each.max_price is None:
                continue
            limit_lines, limit_notes = limited(tuple(line for line in lines if line.tariff_id == each.id), each)
            lines += limit_lines
            notes += limit_notes
        priced = all(is_priced(each) for each in tariffs)
        return _totals(self.walk.book.default.currency, lines, notes, priced=priced)

    def copy(self) -> "Tally":
        """Return the same tally, to be added to on its own."""
        return Tally(self.walk.copy(), self.doubts.copy())


def _totals(currency: str, lines: tuple[PriceLine, ...], notes: list[Note], *, priced: bool) -> CostBreakdown:
    excl = sum([line.amount for line in lines], ZERO)
    if not priced:  # a price that is told in words only is not nothing
        return CostBreakdown(currency, lines, excl, None, tuple(notes), excl_known=False)
    net_known = not any("tax_inside_unknown" in line.flags for line in lines)
    known = [line.tax for line in lines if line.tax is not None]
    if len(known) == len(lines):
        return CostBreakdown(currency, lines, excl, excl + sum(known, ZERO), tuple(notes), net_known)
    unknown = [line for line in lines if line.tax is None]
    notes.append(Note("tax_unknown", {"elements": sorted({line.element_index for line in unknown})}))
    # Prices that contain an unknown tax still add up to what is to be paid, if every other tax is known.
    gross_known = all("tax_inside_unknown" in line.flags for line in unknown)
    return CostBreakdown(
        currency, lines, excl, excl + sum(known, ZERO) if gross_known else None, tuple(notes), net_known
    )


def _words(tariffs: Iterable[Tariff]) -> Iterator[Note]:
    """Tell of a price that a tariff explains in words or on a web page: in part, or instead of its elements."""
    for tariff in tariffs:
        if not is_priced(tariff):
            yield Note("price_only_in_words", {"tariff_id": tariff.id})
        if tariff.texts:
            yield Note("alternative_text", {"tariff_id": tariff.id, "languages": [each[0] for each in tariff.texts]})
        if tariff.url:
            yield Note("alternative_url", {"tariff_id": tariff.id, "url": tariff.url})


def _not_valid(tariffs: Iterable[Tariff], at: datetime) -> Iterator[Note]:
    """Tell of a tariff that prices a session which began when it did not count, or not any more."""
    for tariff in tariffs:
        if not is_valid(tariff, at):
            yield Note("tariff_not_valid", {"tariff_id": tariff.id})


def _unpriced(usage: Usage) -> list[Note]:
    notes = []
    for (dimension, reason), amount in usage.unpriced.items():
        timed = dimension in TIMES
        quantity = amount / SECONDS_PER_HOUR if timed else amount
        facts: dict[str, object] = {
            "dimension": dimension.value,
            "reason": reason,
            "quantity": plain(quantity),
            "unit": HOURS if timed else KWH,
        }
        notes.append(Note("not_priced", facts))
    return notes
