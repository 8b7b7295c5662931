"""Tariff of 2.3.0 to our model (chapter 11): that of 2.2.1, with ``tax_included``; limits are read in any spelling."""

from dataclasses import replace

from api.domain.ids import PartyId
from api.domain.pricing.tariff import Tariff, TaxIncluded
from clients.ocpi.fields import Text, read_as
from clients.ocpi.plain import text_or
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.mapping import tariff as before
from clients.ocpi.v2_3_0.wire import tariff as wire

_TAX_INCLUDED = {"YES": TaxIncluded.yes, wire.NO: TaxIncluded.no, "N/A": TaxIncluded.not_applicable}


def read_tariff(raw: object, owner: PartyId | None = None) -> Tariff:
    """Read a Tariff; ``owner`` is for one that came inside another object. Raises Unreadable."""
    added = read_as(wire.TariffAdded, raw)
    return replace(before.read_tariff(raw, owner), tax_included=_tax_included(added.tax_included))


def _tax_included(sent: Text | None) -> TaxIncluded:
    """Return whether prices contain tax; where it is not said they do not, as in every version before."""
    word = text_or(sent, wire.NO).strip().upper()
    if word not in _TAX_INCLUDED:
        raise Unreadable("tax_included: not YES, NO or N/A")
    return _TAX_INCLUDED[word]
