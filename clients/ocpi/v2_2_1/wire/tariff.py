"""Tariff on the wire (2.2.1 chapter 11)."""

from msgspec import Struct

from clients.ocpi.fields import Instant, Number, Text
from clients.ocpi.prices import SentPrice
from clients.ocpi.tariff_parts import DisplayText, SentComponent, SentRestrictions


class PriceComponent(SentComponent):
    """One price; an absent ``vat`` stays absent."""

    vat: Number | None = None


class Restrictions(SentRestrictions):
    """When an element applies."""

    min_current: Number | None = None
    max_current: Number | None = None
    reservation: Text | None = None


class Element(Struct):
    """TariffElement; feeds send ``restrictions`` as a list too."""

    price_components: list[PriceComponent]
    restrictions: Restrictions | list[Restrictions] | None = None


class Tariff(Struct):
    """Tariff; the owner and ``last_updated`` are missing when it comes inside a location or a CDR."""

    id: Text
    currency: Text
    elements: list[Element]
    country_code: Text | None = None
    party_id: Text | None = None
    type: Text | None = None
    tariff_alt_text: list[DisplayText] | None = None
    tariff_alt_url: Text | None = None
    min_price: SentPrice | None = None
    max_price: SentPrice | None = None
    start_date_time: Instant | None = None
    end_date_time: Instant | None = None
    last_updated: Instant | None = None
