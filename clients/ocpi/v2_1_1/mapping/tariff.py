"""Tariff of 2.1.1 to our model (mod_tariffs). Its prices are without tax and it names no rate: the tax is unknown."""

from dataclasses import replace

from api.domain.pricing.tariff import Tariff, TariffElement
from clients.ocpi.fields import read_as
from clients.ocpi.plain import at_or_none, currency_of, needed, text_or_none
from clients.ocpi.tariff_parts import (
    SentRestrictions,
    none_if_empty,
    one_restriction,
    read_component,
    read_restrictions,
    read_texts,
    unknown_rules,
)
from clients.ocpi.v2_1_1.wire import tariff as wire

_KNOWN = frozenset(SentRestrictions.__struct_fields__)


def read_tariff(raw: object) -> Tariff:
    """Read a Tariff, which has no owner of its own; raises Unreadable."""
    sent = read_as(wire.Tariff, raw)
    return Tariff(
        id=needed(sent.id, "id"),
        currency=currency_of(sent.currency),
        elements=tuple(
            _element(element, f"elements[{index}]", unknown_rules(raw, index, _KNOWN))
            for index, element in enumerate(sent.elements)
        ),
        texts=read_texts(sent.tariff_alt_text),
        url=text_or_none(sent.tariff_alt_url),
        last_updated=at_or_none(sent.last_updated),
    )


def _element(element: wire.Element, where: str, unknown: frozenset[str]) -> TariffElement:
    components = tuple(
        read_component(component, f"{where}.price_components[{index}]")
        for index, component in enumerate(element.price_components)
    )
    rules = one_restriction(element.restrictions, f"{where}.restrictions")
    if rules is None:
        return TariffElement(components)
    read = replace(read_restrictions(rules, f"{where}.restrictions"), unknown=unknown)
    return TariffElement(components, none_if_empty(read))
