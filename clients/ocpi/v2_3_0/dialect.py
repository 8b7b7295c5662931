"""The 2.3.0 dialect: that of 2.2.1, and the list of what changed since.

Not on the list, because 2.2.1 reads it already: prices with taxes (``clients/ocpi/prices.py``), ``help_phone``, and
values that are not on any list of the specification, which 2.3.0 allows where it says OpenEnum.
"""

from clients.ocpi.v2_2_1.dialect import Dialect221
from clients.ocpi.v2_3_0.mapping import cdr, credentials, location, tariff, token
from clients.ocpi.v2_3_0.mapping import version as details
from clients.ocpi.v2_3_0.rules import RULES


class Dialect230(Dialect221):
    """Reads and writes OCPI 2.3.0; every method is that of the mapping it names."""

    version = "2.3.0"
    served = details.SERVED
    rules = RULES

    write_version = staticmethod(details.write_version)
    read_location = staticmethod(location.read_location)
    read_location_text = staticmethod(location.read_location_text)
    read_evse = staticmethod(location.read_evse)
    read_connector = staticmethod(location.read_connector)
    read_location_patch = staticmethod(location.read_location_patch)
    read_evse_patch = staticmethod(location.read_evse_patch)
    read_connector_patch = staticmethod(location.read_connector_patch)
    read_tariff = staticmethod(tariff.read_tariff)
    read_cdr = staticmethod(cdr.read_cdr)
    read_credentials = staticmethod(credentials.read_credentials)
    write_start = staticmethod(token.write_start)
    write_reserve = staticmethod(token.write_reserve)
    write_token = staticmethod(token.write_token)
    write_authorization = staticmethod(token.write_authorization)
