"""A live session as plain JSON and back, exactly: what is stored with a charge between two reports of its partner.

Compact, for it is written with every report: the readings themselves are kept elsewhere, and a snapshot that cannot be
read, or that another version wrote, is made anew from them. Does not live here: the price (``running``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from api.domain.pricing.doubts import Doubts
from api.domain.pricing.periods import Cutting, ParkingReading, Reading, Stretch
from api.domain.pricing.prepared import prepared
from api.domain.pricing.price import Tally
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.running import Running, begin_running
from api.domain.pricing.select import Candidate
from api.domain.pricing.tariff import ComponentType, DimensionType, Tariff
from api.domain.pricing.usage import Use, Walk

_VERSION = 1


def running_to_json(running: Running) -> dict[str, Any]:
    """Return a live session as JSON values; ``running_from_json`` gives back an equal one."""
    cutting, tally = running.cutting, running.tally
    return {
        "version": _VERSION,
        "tariff": cutting.tariff.id,
        "start": _reading_to_json(cutting.start),
        "before": None if cutting.before is None else _reading_to_json(cutting.before),
        "last": _reading_to_json(cutting.last),
        "told": str(cutting.told_kwh),
        "open": None if cutting.open is None else _stretch_to_json(cutting.open),
        "walk": _walk_to_json(tally.walk),
        "stated": sorted(tally.doubts.stated),
        "flowed": tally.doubts.energy_flowed,
        "idle": [[period, str(idle)] for period, idle in tally.doubts.idle_charging],
    }


def running_from_json(raw: Mapping[str, Any], tariff: Tariff, time_zone: str, parking: ParkingReading) -> Running:
    """Return the live session of a snapshot, under the tariff, zone and meaning of parking that it was begun with.

    Raises ``PricingRefused("snapshot_invalid")`` for another version's, another tariff's or a broken one.
    """
    try:
        if (raw["version"], raw["tariff"]) != (_VERSION, tariff.id):
            raise PricingRefused("snapshot_invalid", version=raw["version"], tariff_id=raw["tariff"])
        running = begin_running(_reading_from_json(raw["start"]), tariff, time_zone, parking)
        _fill_cutting(running.cutting, raw)
        _fill_tally(running.tally, raw, tariff)
    except (KeyError, TypeError, ValueError, InvalidOperation) as wrong:
        raise PricingRefused("snapshot_invalid", problem=repr(wrong)) from wrong
    return running


def _fill_cutting(cutting: Cutting, raw: Mapping[str, Any]) -> None:
    cutting.before = None if raw["before"] is None else _reading_from_json(raw["before"])
    cutting.last = _reading_from_json(raw["last"])
    cutting.told_kwh = Decimal(raw["told"])
    cutting.open = None if raw["open"] is None else _stretch_from_json(raw["open"])
    cutting.cut_pending()


def _fill_tally(tally: Tally, raw: Mapping[str, Any], tariff: Tariff) -> None:
    _fill_walk(tally.walk, raw["walk"], tariff)
    doubts: Doubts = tally.doubts
    doubts.taken = tally.walk.taken
    doubts.stated = {DimensionType(each) for each in raw["stated"]}
    doubts.energy_flowed = bool(raw["flowed"])
    doubts.idle_charging = [(period, Decimal(idle)) for period, idle in raw["idle"]]


def _walk_to_json(walk: Walk) -> dict[str, Any]:
    """Return a walk over one tariff's periods: of all that a walk may note, only restrictions need saying."""
    usage = walk.usage
    return {
        "kwh": str(walk.energy_kwh),
        "taken": walk.taken,
        "used": usage.used,
        "flat": bool(usage.flat_done),
        "uses": [
            [use.candidate.element_index, use.type.value, str(use.quantity), use.doubtful, use.order]
            for use in usage.uses.values()
        ],
        "unpriced": [[dimension.value, reason, str(amount)] for (dimension, reason), amount in usage.unpriced.items()],
        "not_evaluable": [note.facts["element"] for note in usage.notes.values()],
    }


def _fill_walk(walk: Walk, raw: Mapping[str, Any], tariff: Tariff) -> None:
    usage = walk.usage
    walk.energy_kwh, walk.taken, usage.used = Decimal(raw["kwh"]), int(raw["taken"]), int(raw["used"])
    if walk.taken:
        usage.tariffs[tariff.id] = tariff
    if raw["flat"]:
        usage.flat_done.add((tariff.id, None))
    for element, kind, quantity, doubtful, order in raw["uses"]:
        type_ = ComponentType(kind)
        use = Use(tariff, _candidate(tariff, element, type_), reserving=False, quantity=Decimal(quantity))
        use.doubtful, use.order = bool(doubtful), int(order)
        usage.uses[tariff.id, element, type_] = use
    for dimension, reason, amount in raw["unpriced"]:
        usage.unpriced[DimensionType(dimension), reason] = Decimal(amount)
    for element in raw["not_evaluable"]:
        usage.note_not_evaluable(tariff.id, element)


def _candidate(tariff: Tariff, element: int, type_: ComponentType) -> Candidate:
    for candidate in prepared(tariff).candidates(type_, None):
        if candidate.element_index == element:
            return candidate
    raise PricingRefused("snapshot_invalid", element=element, type=type_.value)


def _reading_to_json(reading: Reading) -> list[Any]:
    return [reading.at.isoformat(), str(reading.energy_kwh), reading.charging, _text(reading.power_kw)]


def _reading_from_json(raw: Sequence[Any]) -> Reading:
    at, energy_kwh, charging, power_kw = raw
    return Reading(datetime.fromisoformat(at), Decimal(energy_kwh), bool(charging), _number(power_kw))


def _stretch_to_json(stretch: Stretch) -> list[Any]:
    moments = [stretch.starts_at.isoformat(), stretch.ends_at.isoformat()]
    return [*moments, str(stretch.energy_kwh), stretch.charging, _text(stretch.power_kw), stretch.cut]


def _stretch_from_json(raw: Sequence[Any]) -> Stretch:
    starts_at, ends_at, energy_kwh, charging, power_kw, cut = raw
    starts_at, ends_at = datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at)
    return Stretch(starts_at, ends_at, Decimal(energy_kwh), bool(charging), _number(power_kw), bool(cut))


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
