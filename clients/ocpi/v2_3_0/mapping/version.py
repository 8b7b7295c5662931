"""Version details of 2.3.0: what we serve beyond 2.2.1."""

from api.domain.roaming.partner import InterfaceRole
from clients.ocpi.v2_2_1.mapping.version import SERVED as SERVED_BEFORE

SERVED_SINCE = (("invoicereconciliation", InterfaceRole.RECEIVER),)
"""The modules that 2.3.0 added and we serve, with our side of each."""

SERVED = (*SERVED_BEFORE, *SERVED_SINCE)
"""The modules we serve and our side of each."""
