"""Tariff of 2.2.1 to our model (chapter 11). An absent ``vat`` stays unknown: it is never taken for zero."""

from dataclasses import replace

from api.domain.ids import PartyId
from api.domain.pricing.tariff import Restrictions, Tariff, TariffElement
from clients.ocpi.countries import two_letters
from clients.ocpi.fields import Text, read_as
from clients.ocpi.plain import at_or_none, currency_of, needed, number_or_none, text_or, text_or_none
from clients.ocpi.prices import read_limit
from clients.ocpi.tariff_parts import (
    none_if_empty,
    one_restriction,
    read_component,
    read_restrictions,
    read_texts,
    unknown_rules,
)
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.wire import tariff as wire

_KNOWN = frozenset(wire.Restrictions.__struct_fields__)
_RESERVATIONS = ("reservation", "reservation_expires")


def read_tariff(raw: object, owner: PartyId | None = None) -> Tariff:
    """Read a Tariff; the owner given here is used when it came inside another object. Raises Unreadable."""
    sent = read_as(wire.Tariff, raw)
    return Tariff(
        id=needed(sent.id, "id"),
        currency=currency_of(sent.currency),
        elements=tuple(
            _element(element, f"elements[{index}]", unknown_rules(raw, index, _KNOWN))
            for index, element in enumerate(sent.elements)
        ),
        country_code=two_letters(text_or(sent.country_code, owner.country_code if owner else "")),
        party_id=text_or(sent.party_id, owner.party_id if owner else "").upper(),
        type=str(sent.type).lower() if sent.type else None,
        min_price=read_limit(sent.min_price, "min_price"),
        max_price=read_limit(sent.max_price, "max_price"),
        starts_at=at_or_none(sent.start_date_time),
        ends_at=at_or_none(sent.end_date_time),
        texts=read_texts(sent.tariff_alt_text),
        url=text_or_none(sent.tariff_alt_url),
        last_updated=at_or_none(sent.last_updated),
    )


def _element(element: wire.Element, where: str, unknown: frozenset[str]) -> TariffElement:
    components = tuple(
        read_component(component, f"{where}.price_components[{index}]", vat=component.vat)
        for index, component in enumerate(element.price_components)
    )
    return TariffElement(components, _restrictions(element.restrictions, f"{where}.restrictions", unknown))


def _restrictions(
    sent: wire.Restrictions | list[wire.Restrictions] | None, where: str, unknown: frozenset[str]
) -> Restrictions | None:
    one = one_restriction(sent, where)
    if one is None:
        return None
    read = replace(
        read_restrictions(one, where),
        min_current=number_or_none(one.min_current),
        max_current=number_or_none(one.max_current),
        reservation=_reservation(one.reservation, where),
        unknown=unknown,
    )
    return none_if_empty(read)


def _reservation(sent: Text | None, where: str) -> str | None:
    if sent is None:
        return None
    word = sent.strip().lower()
    if word not in _RESERVATIONS:
        raise Unreadable(f"{where}.reservation: not a value we know")
    return str(word)
