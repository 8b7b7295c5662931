"""What 2.3.0 changes in the Tariff (chapter 11): ``tax_included`` is new, price limits are spelled PriceLimit."""

from msgspec import Struct

from clients.ocpi.fields import Number, Text

NO = "NO"


class PriceLimit(Struct):
    """A bound before and after tax; an absent ``after_taxes`` is no bound."""

    before_taxes: Number
    after_taxes: Number | None = None


class TariffChanges(Struct):
    """The new fields; ``tax_included`` is required, and missing in the specification's own CDR example."""

    tax_included: Text | None = None
    min_price: PriceLimit | None = None
    max_price: PriceLimit | None = None
