"""The tables, one family a file. SQLModel classes only: rules live in ``api/domain``, use cases in ``api/services``.

Importing this package registers every table, which is what migrations need.
"""

from api.models import charging, driver, finance, location, notice, partner, payment, retail, roaming, vehicle, wallet

__all__ = [
    "charging",
    "driver",
    "finance",
    "location",
    "notice",
    "partner",
    "payment",
    "retail",
    "roaming",
    "vehicle",
    "wallet",
]
