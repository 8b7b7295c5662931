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
    def VERSION(self) -> str: ...  # noqa: N802, D102 - a constant of the module
    @property
    def ENCODED(self) -> bool: ...  # noqa: N802, D102 - whether tokens travel as base64
    @property
    def ROUTED(self) -> bool: ...  # noqa: N802, D102 - whether routing headers exist
    @property
    def REQUIRED(self) -> dict[str, tuple[str, ...]]: ...  # noqa: N802, D102 - fields we insist on
    @property
    def HAS_CREDIT(self) -> bool: ...  # noqa: N802, D102 - whether a CDR can credit another
    @property
    def PATCHES_TARIFFS(self) -> bool: ...  # noqa: N802, D102 - whether tariffs are told in parts
    def credentials(self, token: str, versions_url: str, identity: Identity) -> Json: ...  # noqa: D102
    def party(self, credentials: Json) -> tuple[str, str] | None: ...  # noqa: D102
    def version_details(self, base: str, *, hub: bool) -> Json: ...  # noqa: D102
    def endpoints(self, details: Json) -> dict[tuple[str, str], str]: ...  # noqa: D102
    def location(self, source: Json, states: dict[str, EvseState]) -> Json: ...  # noqa: D102
    def evse(self, source: Json, state: EvseState) -> Json: ...  # noqa: D102
    def evse_patch(self, state: EvseState) -> Json: ...  # noqa: D102
    def connector(self, source: Json) -> Json: ...  # noqa: D102
    def tariff(self, source: Json) -> Json: ...  # noqa: D102
    def billable(self, source: Json) -> Json: ...  # noqa: D102
    def session(self, live: LiveSession, slices: list[Slice], bill: Bill | None) -> Json: ...  # noqa: D102
    def session_patch(  # noqa: D102
        self, live: LiveSession, slices: list[Slice], new: list[Slice], bill: Bill | None, /
    ) -> Json: ...
    def cdr(  # noqa: D102
        self, live: LiveSession, cdr_id: str, slices: list[Slice], bill: Bill, created: float, tariff: Json | None
    ) -> Json: ...
    def more_expensive(self, cdr: Json) -> Json: ...  # noqa: D102
    def credit(self, cdr: Json, credit_id: str, created: float) -> Json: ...  # noqa: D102
    def command_response(self, result: str, timeout: int, message: str | None = None) -> Json: ...  # noqa: D102
    def command_result(self, result: str, message: str | None = None) -> Json: ...  # noqa: D102


WIRES: dict[str, Wire] = {"2.1.1": wire_2_1_1, "2.2.1": wire_2_2_1, "2.3.0": wire_2_3_0}
VERSIONS = tuple(WIRES)


def wire_of(version: str) -> Wire:
    """Return a version's shapes. Raises `KeyError` for a version we do not speak."""
    return WIRES[version]
