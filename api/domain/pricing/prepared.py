"""What pricing asks of a tariff for every period, worked out once for each tariff.

Does not live here: what restrictions mean (``select``), where they cut a session (``periods``, ``local_time``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal

from api.domain.pricing.select import MIDNIGHT, Candidate, candidates, looks_at_clock, looks_at_power
from api.domain.pricing.tariff import ComponentType, Restrictions, Tariff

ALWAYS = Restrictions()
KEPT = 512


class PreparedTariff:
    """One tariff's candidates by dimension, and the values at which its restrictions may change their verdict."""

    __slots__ = (
        "_options",
        "clock_times",
        "cuts",
        "durations",
        "looks_at_clock",
        "looks_at_power",
        "priced",
        "restricted",
        "tariff",
        "thresholds",
    )

    def __init__(self, tariff: Tariff) -> None:
        """Look through the elements once; candidates are listed when they are first asked for."""
        rules = [element.restrictions for element in tariff.elements if element.restrictions is not None]
        self.tariff = tariff
        self.restricted = bool(rules)
        self.looks_at_clock = looks_at_clock(tariff)
        self.looks_at_power = any(looks_at_power(each) for each in rules)
        self.clock_times = _clock_times(rules) if self.looks_at_clock else frozenset()
        """Wall-clock times that matter: midnight, for dates and days, and the bounds of every element."""
        self.durations = tuple(sorted({timedelta(seconds=each) for each in _seconds(rules)}))
        self.thresholds = tuple(sorted(set(_kwh(rules))))
        self.cuts = bool(self.clock_times or self.durations or self.thresholds)
        """Whether time and energy alone can change a price."""
        self.priced = frozenset(_priced(tariff))
        """Dimensions of charging that have a price anywhere."""
        self._options: dict[tuple[ComponentType, str | None], tuple[Candidate, ...]] = {}

    def candidates(self, type_: ComponentType, reservation: str | None) -> tuple[Candidate, ...]:
        """List the candidates of one type, up to the first that always applies: nothing behind it is ever reached."""
        key = (type_, reservation)
        found = self._options.get(key)
        if found is None:
            found = self._options[key] = _reachable(candidates(self.tariff, type_, reservation))
        return found


_prepared: dict[int, PreparedTariff] = {}


def prepared(tariff: Tariff) -> PreparedTariff:
    """Return what is known of this very tariff, kept for the next session that is priced with it.

    Kept by identity, not equality: equal prices may be spelled ``0.5`` and ``0.50``, and lines show the tariff's own
    spelling. What is kept holds its tariff, so that no other can get its identity meanwhile.
    """
    found = _prepared.get(id(tariff))
    if found is None:
        if len(_prepared) >= KEPT:
            _prepared.clear()
        found = _prepared[id(tariff)] = PreparedTariff(tariff)
    return found


def _reachable(options: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    for index, option in enumerate(options):
        if option.restrictions is None or replace(option.restrictions, reservation=None) == ALWAYS:
            return options[: index + 1]
    return options


def _clock_times(rules: Iterable[Restrictions]) -> frozenset[time]:
    return frozenset([MIDNIGHT, *(each for rule in rules for each in (rule.start_time, rule.end_time) if each)])


def _seconds(rules: Iterable[Restrictions]) -> Iterator[int]:
    for rule in rules:
        yield from (each for each in (rule.min_duration_seconds, rule.max_duration_seconds) if each is not None)


def _kwh(rules: Iterable[Restrictions]) -> Iterator[Decimal]:
    for rule in rules:
        yield from (each for each in (rule.min_kwh, rule.max_kwh) if each is not None)


def _priced(tariff: Tariff) -> Iterator[ComponentType]:
    for element in tariff.elements:
        if element.restrictions is None or element.restrictions.reservation is None:
            yield from (each.type for each in element.components if each.price)
