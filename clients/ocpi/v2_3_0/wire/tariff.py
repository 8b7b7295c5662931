"""What 2.3.0 adds to the Tariff (chapter 11): ``tax_included``; limits are read by ``clients/ocpi/prices.py``."""

from msgspec import Struct

from clients.ocpi.fields import Text

NO = "NO"


class TariffAdded(Struct):
    """The new field; it is required, and missing in the specification's own CDR example."""

    tax_included: Text | None = None
