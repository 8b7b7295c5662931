"""Tariff on the wire (2.1.1 mod_tariffs): no tax, no limits, no validity, no current, no reservation."""

from msgspec import Struct

from clients.ocpi.fields import Instant, Text
from clients.ocpi.tariff_parts import DisplayText, SentComponent, SentRestrictions


class Element(Struct):
    """TariffElement; some senders write empty ``restrictions`` as a list."""

    price_components: list[SentComponent]
    restrictions: SentRestrictions | list[SentRestrictions] | None = None


class Tariff(Struct):
    """Tariff; ``last_updated`` is missing in the specification's own PUT example, the owner is sent by hubs."""

    id: Text
    currency: Text
    elements: list[Element]
    tariff_alt_text: list[DisplayText] | None = None
    tariff_alt_url: Text | None = None
    last_updated: Instant | None = None
    country_code: Text | None = None
    party_id: Text | None = None
