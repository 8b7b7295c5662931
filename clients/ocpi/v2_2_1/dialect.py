"""The 2.2.1 dialect: gathers the mappings beside this into one ``clients.ocpi.dialect.Dialect``."""

from clients.ocpi.embedded import embedded_tariffs
from clients.ocpi.not_in_version import NotInThisVersion
from clients.ocpi.oddities import oddities
from clients.ocpi.v2_2_1.mapping import cdr, command, credentials, location, location_patch, session, tariff, token
from clients.ocpi.v2_2_1.mapping import version as details
from clients.ocpi.v2_2_1.rules import RULES


class Dialect221:
    """Reads and writes OCPI 2.2.1; every method is that of the mapping it names."""

    version = "2.2.1"
    served = details.SERVED
    rules = RULES

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
    read_session = staticmethod(session.read_session)
    read_session_patch = staticmethod(session.read_session_patch)
    read_cdr = staticmethod(cdr.read_cdr)
    read_command_result = staticmethod(command.read_command_result)
    read_command_answer = staticmethod(command.read_command_answer)
    read_credentials = staticmethod(credentials.read_credentials)
    read_token_types = staticmethod(token.read_token_types)
    read_location_references = staticmethod(token.read_location_references)
    write_start = staticmethod(command.write_start)
    write_stop = staticmethod(command.write_stop)
    write_reserve = staticmethod(command.write_reserve)
    write_cancel_reservation = staticmethod(command.write_cancel_reservation)
    write_unlock = staticmethod(command.write_unlock)
    write_token = staticmethod(token.write_token)
    write_authorization = staticmethod(token.write_authorization)
    write_credentials = staticmethod(credentials.write_credentials)

    def oddities(self, module: str, raw: object) -> tuple[str, ...]:
        """Say what is odd about an object of a module."""
        return oddities(raw, self.rules.get(module, {}))

    def merge_tariff(self, held: object, patch: object) -> dict[str, object]:  # noqa: ARG002 - there is no such message
        """Refuse: a tariff is only ever put whole."""
        raise NotInThisVersion("ocpi_not_in_version", version=self.version, message="PATCH of a tariff")
