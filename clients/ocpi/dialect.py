"""What a version dialect can do: read that version's JSON into our one model, and write our messages in its shape.

Lives here: the ``Dialect`` protocol and the choice of a version. Does not live here: any wire shape (``v*/wire``), any
mapping (``v*/mapping``), any transport. ``raw`` is always a decoded JSON value as ``exact_json.parse`` returns it, with
``Decimal`` for every number that is not a whole number. Each ``read_*`` raises ``Unreadable`` and nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from api.domain.errors import NotFound
from api.domain.ids import PartyId
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.cdr import Cdr
from api.domain.roaming.command import (
    CancelReservationCommand,
    CommandAnswer,
    CommandResult,
    ReserveCommand,
    StartCommand,
    StopCommand,
    UnlockCommand,
)
from api.domain.roaming.location import Connector, Evse, Location
from api.domain.roaming.partner import Endpoint, InterfaceRole, OurIdentity, PeerCredentials
from api.domain.roaming.session import Session, SessionPatch
from api.domain.roaming.token import AuthorizationInfo, DriverToken, LocationReferences, TokenType
from clients.ocpi.not_in_version import NotInThisVersion
from clients.ocpi.unreadable import NotJson, Unreadable

__all__ = ["SUPPORTED", "Dialect", "NotInThisVersion", "NotJson", "UnknownVersion", "Unreadable", "dialect_for"]

SUPPORTED = ("2.1.1", "2.2.1", "2.3.0")
"""The versions we speak, oldest first: the best common version is the last that a peer offers too."""


class UnknownVersion(NotFound):
    """We do not speak this OCPI version. Fact: ``version``."""


class Dialect(Protocol):
    """One OCPI version, as the rest of the house uses it."""

    @property
    def version(self) -> str:
        """The version number as it stands in URLs, for example ``2.2.1``."""
        ...

    @property
    def served(self) -> Sequence[tuple[str, InterfaceRole]]:
        """The modules of this version that we serve as an eMSP, with our side of each."""
        ...

    def oddities(self, module: str, raw: object) -> tuple[str, ...]:
        """Say what is not as the specification has it in an object of ``module`` (``oddities.py``), for the record."""
        ...

    def read_endpoints(self, raw: object) -> tuple[Endpoint, ...]:
        """Read the endpoints of a peer's version details (chapter 6), leaving out what we have no use for."""
        ...

    def write_version(self, urls: Mapping[str, str]) -> dict[str, object]:
        """Write our version details; ``urls`` says where each module of ``served`` is."""
        ...

    def read_location(self, raw: object, owner: PartyId | None = None) -> Location:
        """Read a Location (chapter 8); ``owner`` is the one to assume where the object names none, as in 2.1.1."""
        ...

    def read_location_text(self, text: str, owner: PartyId | None = None) -> Location:
        """Read a Location that is still JSON text: the same as parsing it and ``read_location``, but may be faster."""
        ...

    def read_evse(self, raw: object) -> Evse:
        """Read an EVSE pushed on its own (chapter 8)."""
        ...

    def read_connector(self, raw: object) -> Connector:
        """Read a Connector pushed on its own (chapter 8)."""
        ...

    def read_location_patch(self, raw: object) -> Mapping[str, object]:
        """Read the changes to a Location: our field names to new values, None clears an optional field."""
        ...

    def read_evse_patch(self, raw: object) -> Mapping[str, object]:
        """Read the changes to an EVSE: our field names to new values, None clears an optional field."""
        ...

    def read_connector_patch(self, raw: object) -> Mapping[str, object]:
        """Read the changes to a Connector: our field names to new values, None clears an optional field."""
        ...

    def read_tariff(self, raw: object, owner: PartyId | None = None) -> Tariff:
        """Read a Tariff (chapter 11); ``owner`` as for a Location."""
        ...

    def embedded_tariffs(self, raw: object) -> tuple[dict[str, object], ...]:
        """Return the raw tariffs that some feeds put inside a Location, for ``read_tariff``; usually there are none."""
        ...

    def merge_tariff(self, held: object, patch: object) -> dict[str, object]:
        """Return a raw tariff with a PATCH of it merged, for ``read_tariff``; raises NotInThisVersion after 2.1.1."""
        ...

    def read_session(self, raw: object, owner: PartyId | None = None) -> Session:
        """Read a Session (chapter 9); energy volumes sent in Wh are brought to kWh; ``owner`` as for a Location."""
        ...

    def read_session_patch(self, raw: object) -> SessionPatch:
        """Read the changes to a Session (chapter 9)."""
        ...

    def read_cdr(self, raw: object, owner: PartyId | None = None) -> Cdr:
        """Read a CDR (chapter 10); ``owner`` as for a Location."""
        ...

    def read_command_result(self, raw: object) -> CommandResult:
        """Read the asynchronous result a partner posts to our response URL (chapter 13)."""
        ...

    def read_command_answer(self, raw: object) -> CommandAnswer:
        """Read the synchronous answer to a command (chapter 13)."""
        ...

    def read_credentials(self, raw: object) -> PeerCredentials:
        """Read a Credentials object (chapter 7)."""
        ...

    def read_location_references(self, raw: object) -> LocationReferences:
        """Read the body of a real-time authorization request (chapter 12); the body itself is optional."""
        ...

    def read_token_types(self, query: Mapping[str, str]) -> frozenset[TokenType]:
        """Read which kinds of ours a real-time authorization may mean, by its query parameters (chapter 12)."""
        ...

    def write_start(self, command: StartCommand) -> dict[str, object]:
        """Write START_SESSION."""
        ...

    def write_stop(self, command: StopCommand) -> dict[str, object]:
        """Write STOP_SESSION."""
        ...

    def write_reserve(self, command: ReserveCommand) -> dict[str, object]:
        """Write RESERVE_NOW."""
        ...

    def write_cancel_reservation(self, command: CancelReservationCommand) -> dict[str, object]:
        """Write CANCEL_RESERVATION; raises NotInThisVersion where the version has no such command."""
        ...

    def write_unlock(self, command: UnlockCommand) -> dict[str, object]:
        """Write UNLOCK_CONNECTOR."""
        ...

    def write_token(self, token: DriverToken) -> dict[str, object]:
        """Write a Token."""
        ...

    def write_authorization(self, info: AuthorizationInfo) -> dict[str, object]:
        """Write the answer to real-time authorization."""
        ...

    def write_credentials(self, our_token: str, ours: OurIdentity) -> dict[str, object]:
        """Write our Credentials, handing out ``our_token``."""
        ...


def dialect_for(version: str) -> Dialect:
    """Return the dialect of ``version``; raises UnknownVersion for one we do not speak (see ``SUPPORTED``)."""
    if version == "2.1.1":
        from clients.ocpi.v2_1_1.dialect import Dialect211  # a version is imported only when it is spoken

        return Dialect211()
    if version == "2.2.1":
        from clients.ocpi.v2_2_1.dialect import Dialect221

        return Dialect221()
    if version == "2.3.0":
        from clients.ocpi.v2_3_0.dialect import Dialect230

        return Dialect230()
    raise UnknownVersion("ocpi_version_unknown", version=version)
