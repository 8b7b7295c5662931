"""Which versions of OCPI the virtual CPO speaks, and what each of their files must offer.

A version is a module of functions, written by hand from its own edition of the specification; a peer is spoken to in
the version it registered with, a URL is answered in the version it names.
"""

from typing import Any, Protocol

from sandbox.cpo import wire_2_1_1, wire_2_2_1, wire_2_3_0
from sandbox.cpo.bill import Bill
from sandbox.cpo.model import EvseState, LiveSession
from sandbox.cpo.parties import Identity
from sandbox.cpo.periods import Slice

Json = dict[str, Any]


class Wire(Protocol):
    """One version's shapes; the docstrings of the modules say what is particular about each."""

    @property
    def VERSION(self) -> str:  # noqa: N802 - a constant of the module
        """Name of the version."""
        ...

    @property
    def ENCODED(self) -> bool:  # noqa: N802 - a constant of the module
        """Whether tokens travel as base64."""
        ...

    @property
    def ROUTED(self) -> bool:  # noqa: N802 - a constant of the module
        """Whether there are routing headers."""
        ...

    @property
    def REQUIRED(self) -> dict[str, tuple[str, ...]]:  # noqa: N802 - a constant of the module
        """Fields that we insist on, by command and object."""
        ...

    @property
    def HAS_CREDIT(self) -> bool:  # noqa: N802 - a constant of the module
        """Whether a CDR can credit another."""
        ...

    @property
    def PATCHES_TARIFFS(self) -> bool:  # noqa: N802 - a constant of the module
        """Whether a change of a tariff is told in part."""
        ...

    def credentials(self, token: str, versions_url: str, identity: Identity) -> Json:
        """Credentials object of ours."""
        ...

    def party(self, credentials: Json) -> tuple[str, str] | None:
        """Read whose credentials these are."""
        ...

    def version_details(self, base: str, *, hub: bool) -> Json:
        """VersionDetails of ours."""
        ...

    def endpoints(self, details: Json) -> dict[tuple[str, str], str]:
        """Read a peer's endpoints by module and role."""
        ...

    def location(self, source: Json, states: dict[str, EvseState]) -> Json:
        """Location with live statuses."""
        ...

    def evse(self, source: Json, state: EvseState) -> Json:
        """EVSE with its live status."""
        ...

    def evse_patch(self, state: EvseState) -> Json:
        """What a change of status sends."""
        ...

    def connector(self, source: Json) -> Json:
        """Connector."""
        ...

    def tariff(self, source: Json) -> Json:
        """Tariff."""
        ...

    def billable(self, source: Json) -> Json:
        """Return the part of a tariff that the version can say."""
        ...

    def session(self, live: LiveSession, slices: list[Slice], bill: Bill | None) -> Json:
        """Session as a whole."""
        ...

    def session_patch(self, live: LiveSession, slices: list[Slice], new: list[Slice], bill: Bill | None, /) -> Json:
        """What changed in a session, out of all its slices and the new ones."""
        ...

    def cdr(
        self, live: LiveSession, cdr_id: str, slices: list[Slice], bill: Bill, created: float, tariff: Json | None
    ) -> Json:
        """CDR of a completed session."""
        ...

    def more_expensive(self, cdr: Json) -> Json:
        """Return the CDR with one currency unit more."""
        ...

    def credit(self, cdr: Json, credit_id: str, created: float) -> Json:
        """CDR that takes another back."""
        ...

    def command_response(self, result: str, timeout: int, message: str | None = None) -> Json:
        """CommandResponse: the CPO's own answer."""
        ...

    def command_result(self, result: str, message: str | None = None) -> Json:
        """What the charge point said later."""
        ...


WIRES: dict[str, Wire] = {"2.1.1": wire_2_1_1, "2.2.1": wire_2_2_1, "2.3.0": wire_2_3_0}
VERSIONS = tuple(WIRES)


def wire_of(version: str) -> Wire:
    """Return a version's shapes. Raises `KeyError` for a version we do not speak."""
    return WIRES[version]
