"""``api.ports.remote_control.RemoteControl`` over real HTTP: reservations and unlocking (2.2.1 chapter 13)."""

from api.domain.roaming.command import CancelReservationCommand, CommandAnswer, ReserveCommand, UnlockCommand
from api.domain.roaming.partner import Peer
from api.ports.remote_control import CommandNotInVersion
from clients.ocpi.dialect import NotInThisVersion, dialect_for
from clients.ocpi.gateway import post_command
from clients.ocpi.transport import Transport


class OcpiRemoteControl:
    """Sends commands, each once; implements ``RemoteControl``."""

    def __init__(self, transport: Transport) -> None:
        """Call over ``transport``."""
        self._transport = transport

    async def send_reserve(self, peer: Peer, command: ReserveCommand) -> CommandAnswer:
        """Send RESERVE_NOW once."""
        return await post_command(
            self._transport, peer, "RESERVE_NOW", dialect_for(peer.version).write_reserve(command)
        )

    async def send_cancel_reservation(self, peer: Peer, command: CancelReservationCommand) -> CommandAnswer:
        """Send CANCEL_RESERVATION; raises CommandNotInVersion where the version has none."""
        try:
            message = dialect_for(peer.version).write_cancel_reservation(command)
        except NotInThisVersion as missing:
            facts = {"version": peer.version, "message": "CANCEL_RESERVATION"}
            raise CommandNotInVersion("command_not_in_version", **facts) from missing
        return await post_command(self._transport, peer, "CANCEL_RESERVATION", message)

    async def send_unlock(self, peer: Peer, command: UnlockCommand) -> CommandAnswer:
        """Send UNLOCK_CONNECTOR once."""
        return await post_command(
            self._transport, peer, "UNLOCK_CONNECTOR", dialect_for(peer.version).write_unlock(command)
        )
