"""Our tokens written as 2.3.0 (chapter 12): as 2.2.1, but one of a car is called what it is, alone and in messages."""

from api.domain.roaming.command import ReserveCommand, StartCommand
from api.domain.roaming.token import AuthorizationInfo, DriverToken, TokenType
from clients.ocpi.v2_2_1.mapping import command as before_command
from clients.ocpi.v2_2_1.mapping import token as before


def write_token(token: DriverToken) -> dict[str, object]:
    """Write a Token; raises Unwritable."""
    written = before.write_token(token)
    return written | {"type": "EMAID"} if token.type is TokenType.EMAID else written


def write_authorization(info: AuthorizationInfo) -> dict[str, object]:
    """Write the answer to real-time authorization; raises Unwritable."""
    return before.write_authorization(info) | {"token": write_token(info.token)}


def write_start(command: StartCommand) -> dict[str, object]:
    """Write START_SESSION; raises Unwritable."""
    return before_command.write_start(command) | {"token": write_token(command.token)}


def write_reserve(command: ReserveCommand) -> dict[str, object]:
    """Write RESERVE_NOW; raises Unwritable."""
    return before_command.write_reserve(command) | {"token": write_token(command.token)}
