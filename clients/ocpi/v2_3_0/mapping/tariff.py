"""Tariff of 2.3.0 to our model (chapter 11): that of 2.2.1, with ``tax_included`` and the new price limits."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from api.domain.pricing.tariff import PriceLimit, Tariff, TaxIncluded
from clients.ocpi.fields import Text, read_as
from clients.ocpi.plain import number_or_none, text_or
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.mapping import tariff as before
from clients.ocpi.v2_3_0.wire import tariff as wire

_TAX_INCLUDED = {"YES": TaxIncluded.yes, wire.NO: TaxIncluded.no, "N/A": TaxIncluded.not_applicable}
_CHANGED = frozenset(wire.TariffChanges.__struct_fields__)


def read_tariff(raw: object) -> Tariff:
    """Read a Tariff; raises Unreadable."""
    changes = read_as(wire.TariffChanges, raw)
    unchanged = (
        {name: value for name, value in raw.items() if name not in _CHANGED} if isinstance(raw, Mapping) else raw
    )
    return replace(
        before.read_tariff(unchanged),
        tax_included=_tax_included(changes.tax_included),
        min_price=_limit(changes.min_price),
        max_price=_limit(changes.max_price),
    )


def _tax_included(sent: Text | None) -> TaxIncluded:
    """Return whether prices contain tax; where it is not said they do not, as in every version before."""
    word = text_or(sent, wire.NO).strip().upper()
    if word not in _TAX_INCLUDED:
        raise Unreadable("tax_included: not YES, NO or N/A")
    return _TAX_INCLUDED[word]


def _limit(sent: wire.PriceLimit | None) -> PriceLimit | None:
    return None if sent is None else PriceLimit(Decimal(sent.before_taxes), number_or_none(sent.after_taxes))
