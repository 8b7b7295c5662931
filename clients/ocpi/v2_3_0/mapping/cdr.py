"""CDR of 2.3.0 to our model (chapter 10): that of 2.2.1; its prices are read in any spelling, its tariffs are new."""

from api.domain.ids import PartyId
from api.domain.roaming.cdr import Cdr
from clients.ocpi.v2_2_1.mapping import cdr as before
from clients.ocpi.v2_3_0.mapping.tariff import read_tariff


def read_cdr(raw: object, owner: PartyId | None = None) -> Cdr:
    """Read a CDR; raises Unreadable."""
    return before.read_cdr_with(read_tariff, raw, owner)
