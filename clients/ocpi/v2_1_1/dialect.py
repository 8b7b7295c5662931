"""The 2.1.1 dialect: gathers the mappings beside this into one ``clients.ocpi.dialect.Dialect``.

Ids of 2.1.1 are case-sensitive and up to 39 characters long. They are read and sent back as they came; that rows are
found without case is the rule of our keys (``services/roaming/keys.py``), and two objects of one party whose ids differ
in nothing but case would be taken for one.
"""

from clients.ocpi.embedded import embedded_tariffs
from clients.ocpi.oddities import oddities
from clients.ocpi.v2_1_1 import quirks
from clients.ocpi.v2_1_1.mapping import cdr, command, credentials, location, location_patch, session, tariff, token
from clients.ocpi.v2_1_1.mapping import version as details
from clients.ocpi.v2_1_1.rules import RULES

_WITH_A_PLACE = frozenset({"sessions", "cdrs"})


class Dialect211:
    """Reads and writes OCPI 2.1.1; every method is that of the mapping it names."""

    version = "2.1.1"
    served = details.SERVED

    read_endpoints = staticmethod(details.read_endpoints)
    write_version = staticmethod(details.write_version)
    read_location = staticmethod(location.read_location)
    read_location_text = staticmethod(location.read_location_text)
    read_evse = staticmethod(location.read_evse)
    read_connector = staticmethod(location.read_connector)
    embedded_tariffs = staticmethod(embedded_tariffs)
    read_location_patch = staticmethod(location_patch.read_location_patch)
    read_evse_patch = staticmethod(location_patch.read_evse_patch)
    read_connector_patch = staticmethod(location_patch.read_connector_patch)
    read_tariff = staticmethod(tariff.read_tariff)
    merge_tariff = staticmethod(tariff.merge_tariff)
    read_session = staticmethod(session.read_session)
    read_session_patch = staticmethod(session.read_session_patch)
    read_cdr = staticmethod(cdr.read_cdr)
    read_command_result = staticmethod(command.read_command_result)
    read_command_answer = staticmethod(command.read_command_answer)
    read_credentials = staticmethod(credentials.read_credentials)
    read_location_references = staticmethod(token.read_location_references)
    read_token_types = staticmethod(token.read_token_types)
    write_start = staticmethod(command.write_start)
    write_stop = staticmethod(command.write_stop)
    write_reserve = staticmethod(command.write_reserve)
    write_cancel_reservation = staticmethod(command.write_cancel_reservation)
    write_unlock = staticmethod(command.write_unlock)
    write_token = staticmethod(token.write_token)
    write_authorization = staticmethod(token.write_authorization)
    write_credentials = staticmethod(credentials.write_credentials)

    @staticmethod
    def oddities(module: str, raw: object) -> tuple[str, ...]:
        """Say what is odd about an object of a module, also that it does not say at which EVSE a charge was."""
        places = quirks.several_places(raw) if module in _WITH_A_PLACE else ()
        return places + oddities(raw, RULES.get(module, {}))
