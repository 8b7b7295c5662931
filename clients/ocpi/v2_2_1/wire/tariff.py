"""Tariff on the wire (2.2.1 chapter 11) with Price and DisplayText (chapter 16)."""

from msgspec import Struct

from clients.ocpi.v2_2_1.wire.fields import Instant, LocalDate, LocalTime, Number, Text, Whole

WEEKDAYS = {"MONDAY": 1, "TUESDAY": 2, "WEDNESDAY": 3, "THURSDAY": 4, "FRIDAY": 5, "SATURDAY": 6, "SUNDAY": 7}
"""DayOfWeek to the ISO number of the weekday."""


class DisplayText(Struct):
    """A text in one language."""

    text: Text
    language: Text | None = None


class Price(Struct):
    """An amount without and with VAT; an absent ``incl_vat`` is unknown."""

    excl_vat: Number
    incl_vat: Number | None = None


class PriceComponent(Struct):
    """One price; an absent ``vat`` stays absent, an absent ``step_size`` is no rounding."""

    type: Text
    price: Number
    step_size: Whole | None = None
    vat: Number | None = None


class Restrictions(Struct):
    """When an element applies."""

    start_time: LocalTime | None = None
    end_time: LocalTime | None = None
    start_date: LocalDate | None = None
    end_date: LocalDate | None = None
    min_kwh: Number | None = None
    max_kwh: Number | None = None
    min_current: Number | None = None
    max_current: Number | None = None
    min_power: Number | None = None
    max_power: Number | None = None
    min_duration: Whole | None = None
    max_duration: Whole | None = None
    day_of_week: list[Text] | None = None
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
    min_price: Price | None = None
    max_price: Price | None = None
    start_date_time: Instant | None = None
    end_date_time: Instant | None = None
    last_updated: Instant | None = None
