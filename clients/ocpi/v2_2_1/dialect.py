"""The 2.2.1 dialect: gathers the mappings beside this into one ``clients.ocpi.dialect.Dialect``."""

from api.domain.ids import PartyId
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.cdr import Cdr
from api.domain.roaming.location import Location
from api.domain.roaming.session import Session
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

    read_endpoints = staticmethod(details.read_endpoints)
    write_version = staticmethod(details.write_version)
    read_evse = staticmethod(location.read_evse)
    read_connector = staticmethod(location.read_connector)
    embedded_tariffs = staticmethod(embedded_tariffs)
    read_location_patch = staticmethod(location_patch.read_location_patch)
    read_evse_patch = staticmethod(location_patch.read_evse_patch)
    read_connector_patch = staticmethod(location_patch.read_connector_patch)
    read_session_patch = staticmethod(session.read_session_patch)
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

    @staticmethod
    def oddities(module: str, raw: object) -> tuple[str, ...]:
        """Say what is odd about an object of a module."""
        return oddities(raw, RULES.get(module, {}))

    @staticmethod
    def read_location(raw: object, owner: PartyId | None = None) -> Location:  # noqa: ARG004 - this version names it
        """Read a Location."""
        return location.read_location(raw)

    @staticmethod
    def read_session(raw: object, owner: PartyId | None = None) -> Session:  # noqa: ARG004 - this version names it
        """Read a Session."""
        return session.read_session(raw)

    @staticmethod
    def read_cdr(raw: object, owner: PartyId | None = None) -> Cdr:  # noqa: ARG004 - this version names it
        """Read a CDR."""
        return cdr.read_cdr(raw)

    @staticmethod
    def merge_tariff(held: object, patch: object) -> dict[str, object]:  # noqa: ARG004 - there is no such message
        """Refuse: a tariff is only ever put whole."""
        raise NotInThisVersion("ocpi_not_in_version", version="2.2.1", message="PATCH of a tariff")

    @staticmethod
    def read_tariff(raw: object, owner: PartyId | None = None) -> Tariff:
        """Read a Tariff, which names no owner where it came inside another object."""
        if owner is None:
            return tariff.read_tariff(raw)
        return tariff.read_tariff(raw, country_code=owner.country_code, party_id=owner.party_id)
