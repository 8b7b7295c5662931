"""What we ask of chargers beside starting and stopping (OCPI 2.2.1 chapter 13).

Implemented by ``clients/ocpi/remote_control.py``. The errors are those of ``roaming.py``.
"""

from typing import Protocol

from api.domain.errors import Conflict
from api.domain.roaming.command import CancelReservationCommand, CommandAnswer, ReserveCommand, UnlockCommand
from api.domain.roaming.partner import Peer


class CommandNotInVersion(Conflict):
    """The partner's OCPI version has no such command, so nothing was sent. Facts: ``version``, ``message``."""


class RemoteControl(Protocol):
    """Sends commands, each once; raises PartnerUnreachable (outcome unknown), PartnerAnsweredBadly."""

    async def send_reserve(self, peer: Peer, command: ReserveCommand) -> CommandAnswer:
        """Send RESERVE_NOW once."""
        ...

    async def send_cancel_reservation(self, peer: Peer, command: CancelReservationCommand) -> CommandAnswer:
        """Send CANCEL_RESERVATION; raises CommandNotInVersion as well."""
        ...

    async def send_unlock(self, peer: Peer, command: UnlockCommand) -> CommandAnswer:
        """Send UNLOCK_CONNECTOR once."""
        ...
