"""The tables, one family a file. SQLModel classes only: rules live in ``api/domain``, use cases in ``api/services``.

Importing this package registers every table, which is what migrations need.
"""

from api.models import (
    afterwards,
    card,
    charging,
    driver,
    finance,
    hub,
    invoice_report,
    location,
    network,
    notice,
    partner,
    passes,
    payment,
    pulling,
    remote,
    retail,
    roaming,
    settlement,
    smart,
    traffic,
    vehicle,
    wallet,
)

__all__ = [
    "afterwards",
    "card",
    "charging",
    "driver",
    "finance",
    "hub",
    "invoice_report",
    "location",
    "network",
    "notice",
    "partner",
    "passes",
    "payment",
    "pulling",
    "remote",
    "retail",
    "roaming",
    "settlement",
    "smart",
    "traffic",
    "vehicle",
    "wallet",
]
