"""The price of a quote as JSON: every price there is, the estimate of one whole session, and what staying costs.

The exact rules are in ``domain/pricing``: ``offer``, ``price``, ``retail``, ``stay_cost``. Unknown stays None.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from api.domain.pricing.breakdown import HOURS, CostBreakdown, Note, PriceLine, plain
from api.domain.pricing.offer import LEGAL_ORDER, OfferedPrice, offered_prices, unknown_because
from api.domain.pricing.periods import Reading
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.retail import MINUTES, DriverLine, DriverPrice, RetailRule, driver_price
from api.domain.pricing.running import running_cost
from api.domain.pricing.snapshot import tariff_to_json
from api.domain.pricing.stay_cost import StayTimeline, stay_timeline
from api.domain.pricing.tariff import Tariff
from api.domain.pricing.unit_price import UnitPrice
from api.services.charging.quote_plan import PlannedCharge
from api.services.charging.retail import parts_document, stay_seconds
from api.services.charging.stay import stay_document

NOTHING_TO_CHARGE = "nothing_to_charge"
_PER = {HOURS: "hour", MINUTES: "minute"}


@dataclass(frozen=True, slots=True)
class _Estimate:
    """A whole session as planned: when energy ends, what the operator asks for it, what the driver pays, and after."""

    charged_at: datetime
    cost: CostBreakdown
    sold: DriverPrice
    stay: StayTimeline


def quoted_price(
    *, tariff: Tariff | None, retail: RetailRule, planned: PlannedCharge, time_zone: str, starts_at: datetime
) -> dict[str, Any]:
    """Return the price as it is shown and stored; ``estimate`` is None with its reason where there can be none."""
    reason = unknown_because(tariff)
    if tariff is None or reason is not None:
        return _document(tariff, reason=reason, estimate_reason=reason)
    offered, stored = offered_prices(tariff, retail), tariff_to_json(tariff)
    notes = [*_tax_notes(offered), *planned.notes]
    try:
        estimate, missing = _estimate(tariff, retail, planned, time_zone, starts_at)
    except PricingRefused as refused:
        estimate, missing = None, refused.code
    if estimate is not None:
        notes += _engine_notes(estimate.cost, offered)
        notes += [Note(doubt) for doubt in estimate.stay.doubts]
    return _document(
        tariff,
        reason=None,
        estimate_reason=missing,
        components=[_component(each, stored) for each in offered],
        estimate=None if estimate is None else _estimate_document(estimate, planned),
        stay=None if estimate is None else stay_document(estimate.stay, time_zone),
        notes=[{"code": each.code, "facts": each.facts} for each in notes],
    )


def _document(
    tariff: Tariff | None,
    *,
    reason: str | None,
    estimate_reason: str | None,
    components: list[dict[str, Any]] | None = None,
    estimate: dict[str, Any] | None = None,
    stay: dict[str, Any] | None = None,
    notes: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    limits = {} if tariff is None else tariff_to_json(tariff)
    return {
        "known": reason is None,
        "reason": reason,
        "components": components or [],
        "min_price": limits.get("min_price"),
        "max_price": limits.get("max_price"),
        "estimate": estimate,
        "estimate_reason": estimate_reason,
        "stay": stay,
        "texts": [] if tariff is None else [list(each) for each in tariff.texts],
        "url": None if tariff is None else tariff.url,
        "notes": notes or [],
    }


def _estimate(
    tariff: Tariff, retail: RetailRule, planned: PlannedCharge, time_zone: str, starts_at: datetime
) -> tuple[_Estimate | None, str | None]:
    """Return the session as planned, or why there is none; raises PricingRefused."""
    readings = planned.plan.readings(starts_at)
    if not planned.plan.stretches:
        return None, planned.plan.reason or NOTHING_TO_CHARGE
    charged_at = readings[-1].at
    ended_at = charged_at + planned.idle
    cost = running_cost(readings, tariff, time_zone, ended_at)
    sold = driver_price(cost, retail, stay_seconds=stay_seconds(starts_at, ended_at))
    return _Estimate(charged_at, cost, sold, _stay(tariff, retail, readings, time_zone)), None


def _stay(tariff: Tariff, retail: RetailRule, readings: tuple[Reading, ...], time_zone: str) -> StayTimeline:
    return stay_timeline(tariff, readings=readings, stays_from=readings[-1].at, time_zone=time_zone, retail=retail)


def _estimate_document(estimate: _Estimate, planned: PlannedCharge) -> dict[str, Any]:
    sold, battery = estimate.sold, planned.battery
    known = None if battery is None else {name: plain(value) for name, value in asdict(battery).items()}
    return {
        "battery": known,
        "basis": planned.basis.value,
        "energy_kwh": _text(planned.plan.energy_kwh),
        "minutes": int(planned.plan.seconds) // 60,
        "charging_ends_at": estimate.charged_at.isoformat(),
        "idle_minutes": planned.idle // timedelta(minutes=1),
        "total_minor": sold.total.minor,
        "net_minor": sold.net.minor,
        "vat_minor": sold.vat.minor if sold.vat is not None else None,
        "currency": sold.total.currency,
        "parts": parts_document(sold.parts),
        "lines": sorted(_lines(estimate), key=_place_of_line),
    }


def _lines(estimate: _Estimate) -> Iterator[dict[str, Any]]:
    """Yield what the driver pays line by line, with how the operator came to it; our own fees follow its lines."""
    bought, sold = estimate.cost.lines, estimate.sold.lines
    for partner, line in zip(bought, sold, strict=False):
        yield _line(line, partner)
    for line in sold[len(bought) :]:
        yield _line(line, None)


def _line(line: DriverLine, partner: PriceLine | None) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "quantity": _text(line.quantity),
        "unit": _PER.get(line.unit, line.unit),
        "measured": None if partner is None else _text(partner.quantity),
        "unit_price": None if partner is None else _text(partner.unit_price),
        "element": None if partner is None else partner.element_index,
        "flags": [] if partner is None else list(partner.flags),
        "net": _text(line.net),
        "vat_percent": _text(line.vat_percent),
        "vat": _text(line.vat),
        "gross": _text(line.gross),
    }


def _place_of_line(line: dict[str, Any]) -> tuple[int, int]:
    """Return where a line stands: in the order of the law, price limits last."""
    kind = line["kind"]
    return LEGAL_ORDER.index(kind) if kind in LEGAL_ORDER else len(LEGAL_ORDER), line["element"] or 0


def _component(offered: OfferedPrice, stored: dict[str, Any]) -> dict[str, Any]:
    """Return one price; its restrictions are as in the snapshot of the tariff."""
    index = offered.element_index
    rules = None if index is None else stored["elements"][index]["restrictions"]
    return {
        "type": offered.kind,
        "price": _text(offered.stated),
        "currency": stored["currency"],
        "per": _PER.get(offered.unit, offered.unit),
        "step_size": offered.step_size,
        "vat_percent": _text(offered.paid.vat_percent),
        "driver_price": _amounts(offered.paid),
        "driver_price_per_minute": _amounts(offered.paid.per_minute()) if offered.unit == HOURS else None,
        "element": index,
        "restricted": rules is not None,
        "restrictions": rules,
        "free_minutes": offered.free_minutes,
    }


def _amounts(paid: UnitPrice) -> dict[str, str | None]:
    return {"net": _text(paid.net), "gross": _text(paid.gross)}


def _engine_notes(cost: CostBreakdown, offered: tuple[OfferedPrice, ...]) -> Iterator[Note]:
    """Pass on what the engine noted, but for taxes, of which we may know more, and for what the tariff never prices."""
    kinds = {each.kind for each in offered}
    for note in cost.notes:
        never_priced = note.code == "not_priced" and note.facts["dimension"] not in kinds
        if note.code != "tax_unknown" and not never_priced:
            yield note


def _tax_notes(offered: tuple[OfferedPrice, ...]) -> Iterator[Note]:
    """Say which prices come with a tax that nobody knows, on top or inside."""
    on_top = [each.kind for each in offered if each.paid.gross is None]
    inside = [each.kind for each in offered if each.paid.net is None]
    for code, kinds in (("tax_unknown", on_top), ("tax_inside_unknown", inside)):
        if kinds:
            yield Note(code, {"components": list(dict.fromkeys(kinds))})


def _text(number: Decimal | None) -> str | None:
    """Return a number as plain text, keeping unknown unknown."""
    return None if number is None else plain(number)
