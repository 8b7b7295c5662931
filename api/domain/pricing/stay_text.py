"""A stay in one English sentence, for logs, the command line and the demo; apps have their own words."""

from decimal import Decimal

from api.domain.money import format_money, to_minor_half_up
from api.domain.pricing.local_time import zone_of
from api.domain.pricing.stay_cost import StayEntry, StayTimeline

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def describe(timeline: StayTimeline, time_zone: str) -> str:
    """Return for example ``free until 18:02, then 4.80 EUR/h until 20:00, free after``, on the charger's clock."""
    zone = zone_of(time_zone)
    first, *rest = timeline.entries
    today = first.starts_at.astimezone(zone).date()

    def until(entry: StayEntry) -> str:
        """Spell the end, cut to the minute so that nobody comes too late; another day is named."""
        local = (entry.ends_at or timeline.looked_until).astimezone(zone)
        return f"until {'' if local.date() == today else f'{_DAYS[local.weekday()]} '}{local:%H:%M}"

    last = timeline.entries[-1]
    most = f" (at most {format_money(last.total)} in all)" if last.capped and last.total is not None else ""
    if not rest:
        return _price(first, timeline.currency) + most
    parts = [f"{_price(first, timeline.currency)} {until(first)}"]
    parts += [f"then {_price(each, timeline.currency)} {until(each)}" for each in rest[:-1]]
    return ", ".join([*parts, f"{_price(last, timeline.currency)} after{most}"])


def _price(entry: StayEntry, currency: str) -> str:
    parts = [f"a fee of {format_money(entry.fee)}"] if entry.fee.minor else []
    if entry.per_hour:
        parts.append(f"{_amount(entry.per_hour, currency)}/h{_terms(entry)}")
    return " and ".join(parts) or ("nothing more" if entry.capped else "free")


def _amount(per_hour: Decimal, currency: str) -> str:
    return format_money(to_minor_half_up(per_hour, currency))


def _terms(entry: StayEntry) -> str:
    untaxed = " before tax" if entry.per_hour_gross is None else ""
    if entry.block_seconds <= 1:
        return untaxed
    minutes, seconds = divmod(entry.block_seconds, 60)
    return f"{untaxed} in blocks of {f'{entry.block_seconds} s' if seconds else f'{minutes} min'}"
