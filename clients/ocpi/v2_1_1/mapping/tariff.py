"""Tariff of 2.1.1 to our model (mod_tariffs). Its prices are without tax and it names no rate: the tax is unknown."""

from collections.abc import Mapping
from dataclasses import replace

from api.domain.ids import PartyId
from api.domain.pricing.tariff import Tariff, TariffElement
from clients.ocpi.countries import two_letters
from clients.ocpi.fields import read_as
from clients.ocpi.plain import at_or_none, currency_of, needed, text_or, text_or_none
from clients.ocpi.tariff_parts import (
    SentRestrictions,
    none_if_empty,
    one_restriction,
    read_component,
    read_restrictions,
    read_texts,
    unknown_rules,
)
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_1_1.wire import tariff as wire

_KNOWN = frozenset(SentRestrictions.__struct_fields__)


def read_tariff(raw: object, owner: PartyId | None = None) -> Tariff:
    """Read a Tariff, which seldom names its owner; without one to assume it has none. Raises Unreadable."""
    sent = read_as(wire.Tariff, raw)
    return Tariff(
        id=needed(sent.id, "id"),
        currency=currency_of(sent.currency),
        elements=tuple(
            _element(element, f"elements[{index}]", unknown_rules(raw, index, _KNOWN))
            for index, element in enumerate(sent.elements)
        ),
        country_code=two_letters(text_or(sent.country_code, owner.country_code if owner else "")),
        party_id=text_or(sent.party_id, owner.party_id if owner else "").strip().upper(),
        texts=read_texts(sent.tariff_alt_text),
        url=text_or_none(sent.tariff_alt_url),
        last_updated=at_or_none(sent.last_updated),
    )


def merge_tariff(held: object, patch: object) -> dict[str, object]:
    """Return a raw tariff with a PATCH of it merged, to be read and kept in its place; raises Unreadable.

    Fields that are sent replace those there are, lists as a whole; null clears a field that may be missing.
    """
    if not isinstance(held, Mapping) or not isinstance(patch, Mapping):
        raise Unreadable("body: not an object")
    for field in ("id", "currency", "elements", "last_updated"):
        if field in patch and patch[field] is None:
            raise Unreadable(f"{field}: may not be null")
    cleared = {name for name, value in patch.items() if value is None}
    return {name: value for name, value in {**held, **patch}.items() if name not in cleared}


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
