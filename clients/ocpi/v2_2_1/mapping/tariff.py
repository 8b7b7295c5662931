"""Tariff of 2.2.1 to our model (chapter 11). An absent ``vat`` stays unknown: it is never taken for zero."""

from decimal import Decimal

from api.domain.pricing.tariff import (
    ComponentType,
    PriceComponent,
    PriceLimit,
    Restrictions,
    Tariff,
    TariffElement,
)
from clients.ocpi.countries import two_letters
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.mapping.plain import (
    at_or_none,
    currency_of,
    known_or_none,
    needed,
    number_or_none,
    text_or,
    text_or_none,
)
from clients.ocpi.v2_2_1.quirks import one_restriction
from clients.ocpi.v2_2_1.wire import tariff as wire
from clients.ocpi.v2_2_1.wire.fields import Text, read_as

_RESERVATIONS = ("reservation", "reservation_expires")


def read_tariff(raw: object, *, country_code: str = "", party_id: str = "") -> Tariff:
    """Read a Tariff; the owner given here is used when it came inside another object. Raises Unreadable."""
    sent = read_as(wire.Tariff, raw)
    return Tariff(
        id=needed(sent.id, "id"),
        currency=currency_of(sent.currency),
        elements=tuple(_element(element, f"elements[{index}]") for index, element in enumerate(sent.elements)),
        country_code=two_letters(text_or(sent.country_code, country_code)),
        party_id=text_or(sent.party_id, party_id).upper(),
        type=str(sent.type).lower() if sent.type else None,
        min_price=_limit(sent.min_price),
        max_price=_limit(sent.max_price),
        starts_at=at_or_none(sent.start_date_time),
        ends_at=at_or_none(sent.end_date_time),
        texts=tuple((text_or(each.language, "").lower(), str(each.text)) for each in sent.tariff_alt_text or ()),
        url=text_or_none(sent.tariff_alt_url),
        last_updated=at_or_none(sent.last_updated),
    )


def _limit(price: wire.Price | None) -> PriceLimit | None:
    return None if price is None else PriceLimit(Decimal(price.excl_vat), number_or_none(price.incl_vat))


def _element(element: wire.Element, where: str) -> TariffElement:
    components = tuple(
        _component(component, f"{where}.price_components[{index}]")
        for index, component in enumerate(element.price_components)
    )
    return TariffElement(components=components, restrictions=_restrictions(one_restriction(element.restrictions)))


def _component(component: wire.PriceComponent, where: str) -> PriceComponent:
    kind = known_or_none(ComponentType, component.type)
    if kind is None:
        raise Unreadable(f"{where}.type: not a price we can charge for")
    step_size = int(component.step_size or 0)
    if step_size < 0:
        raise Unreadable(f"{where}.step_size: negative")
    return PriceComponent(kind, Decimal(component.price), step_size, number_or_none(component.vat))


def _restrictions(sent: wire.Restrictions | None) -> Restrictions | None:
    if sent is None:
        return None
    restrictions = Restrictions(
        start_time=sent.start_time.value if sent.start_time else None,
        end_time=sent.end_time.value if sent.end_time else None,
        start_date=sent.start_date.value if sent.start_date else None,
        end_date=sent.end_date.value if sent.end_date else None,
        min_kwh=number_or_none(sent.min_kwh),
        max_kwh=number_or_none(sent.max_kwh),
        min_current=number_or_none(sent.min_current),
        max_current=number_or_none(sent.max_current),
        min_power=number_or_none(sent.min_power),
        max_power=number_or_none(sent.max_power),
        min_duration_seconds=None if sent.min_duration is None else int(sent.min_duration),
        max_duration_seconds=None if sent.max_duration is None else int(sent.max_duration),
        days_of_week=frozenset(_weekday(day) for day in sent.day_of_week or ()),
        reservation=_reservation(sent.reservation),
    )
    return None if restrictions == Restrictions() else restrictions


def _weekday(day: Text) -> int:
    try:
        return wire.WEEKDAYS[day.strip().upper()]
    except KeyError:
        raise Unreadable("restrictions.day_of_week: not a weekday") from None


def _reservation(sent: Text | None) -> str | None:
    if sent is None:
        return None
    word = sent.strip().lower()
    if word not in _RESERVATIONS:
        raise Unreadable("restrictions.reservation: not a value we know")
    return str(word)
