"""The tables, one family a file. SQLModel classes only: rules live in ``api/domain``, use cases in ``api/services``.

Importing this package registers every table, which is what migrations need.
"""

from api.models import (
    afterwards,
    card,
    charging,
    driver,
    finance,
    location,
    notice,
    partner,
    payment,
    pulling,
    retail,
    roaming,
    settlement,
    vehicle,
    wallet,
)

__all__ = [
    "afterwards",
    "card",
    "charging",
    "driver",
    "finance",
    "location",
    "notice",
    "partner",
    "payment",
    "pulling",
    "retail",
    "roaming",
    "settlement",
    "vehicle",
    "wallet",
]
