"""What we ask of partners over OCPI, in our words, and what can go wrong with it.

Implemented by ``clients/ocpi/gateway.py``. What partners ask of us comes in through ``api/routes/ocpi``.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from api.domain.errors import Upstream
from api.domain.roaming.cdr import Cdr
from api.domain.roaming.command import CommandAnswer, StartCommand, StopCommand
from api.domain.roaming.partner import OurIdentity, Peer, Registration
from api.domain.roaming.session import Session

T_co = TypeVar("T_co", covariant=True)


class PartnerUnreachable(Upstream):
    """The partner did not answer in time or the connection broke: whether it acted is unknown."""


class PartnerAnsweredBadly(Upstream):
    """The partner answered with an error or nonsense. Facts: ``http_status``, ``ocpi_status``, ``message``."""


class RegistrationFailed(Upstream):
    """The credentials exchange broke off; nothing was kept on our side. Facts: ``step``."""


@dataclass(frozen=True, slots=True)
class PulledObject(Generic[T_co]):
    """One object of a pulled list: what we read of it and the JSON it came as (text, exactly re-serializable)."""

    value: T_co
    raw: str


@dataclass(frozen=True, slots=True)
class UnreadableObject:
    """One object of a pulled list that could not be read; the rest of the page is not lost."""

    reason: str
    raw: str


class Roaming(Protocol):
    """Calls a partner. Every call has a time-out; only reads are retried."""

    async def register(self, versions_url: str, token: str, *, ours: OurIdentity, our_token: str) -> Registration:
        """Run the credentials exchange as initiator with the one-time ``token``, handing out ``our_token``.

        Raises RegistrationFailed.
        """
        ...

    async def complete_registration(self, versions_url: str, token: str, *, version: str) -> Registration:
        """Read the endpoints of a peer that is registering at us in ``version`` (its token in its credentials).

        Raises RegistrationFailed.
        """
        ...

    async def rotate(self, peer: Peer, *, ours: OurIdentity, our_token: str) -> Registration:
        """Hand out a new token to a registered peer, which answers with a new one for us; raises RegistrationFailed."""
        ...

    async def end_registration(self, peer: Peer) -> None:
        """Tell a peer that we end the connection; raises RegistrationFailed."""
        ...

    async def send_start(self, peer: Peer, command: StartCommand) -> CommandAnswer:
        """Send START_SESSION once; raises PartnerUnreachable (outcome unknown), PartnerAnsweredBadly."""
        ...

    async def send_stop(self, peer: Peer, command: StopCommand) -> CommandAnswer:
        """Send STOP_SESSION; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...

    def pull_sessions(
        self, peer: Peer, *, changed_since: datetime
    ) -> AsyncIterator[PulledObject[Session] | UnreadableObject]:
        """Yield the partner's sessions changed since; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...

    def pull_cdrs(self, peer: Peer, *, changed_since: datetime) -> AsyncIterator[PulledObject[Cdr] | UnreadableObject]:
        """Yield the partner's CDRs changed since; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...
