"""Commands written as 2.1.1 and their two replies read (mod_commands): both replies have the same few words."""

from typing import NoReturn

from api.domain.roaming.command import (
    AnswerKind,
    CancelReservationCommand,
    CommandAnswer,
    CommandResult,
    ReserveCommand,
    ResultKind,
    StartCommand,
    StopCommand,
    UnlockCommand,
)
from clients.ocpi.fields import Unwritable, read_as, write_as, write_instant
from clients.ocpi.not_in_version import NotInThisVersion
from clients.ocpi.plain import known_or_none
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_1_1.mapping.token import token_message
from clients.ocpi.v2_1_1.wire import command as wire

TIMEOUT_SECONDS = 30
"""How long to wait for a result: in this version the partner never says."""


def write_start(command: StartCommand) -> dict[str, object]:
    """Write START_SESSION, which names neither connector nor reference; raises Unwritable."""
    return write_as(
        wire.StartSession(
            response_url=command.response_url,
            token=token_message(command.token),
            location_id=command.location_id,
            evse_uid=command.evse_uid,
        )
    )


def write_stop(command: StopCommand) -> dict[str, object]:
    """Write STOP_SESSION; raises Unwritable."""
    return write_as(wire.StopSession(response_url=command.response_url, session_id=command.session_id))


def write_reserve(command: ReserveCommand) -> dict[str, object]:
    """Write RESERVE_NOW; raises Unwritable, also for an id that is no number."""
    if not (command.reservation_id.isascii() and command.reservation_id.isdecimal()):
        raise Unwritable("ocpi_unwritable", message="ReserveNow", reason="reservation_id: not a number")
    return write_as(
        wire.ReserveNow(
            response_url=command.response_url,
            token=token_message(command.token),
            expiry_date=write_instant(command.expires_at),
            reservation_id=int(command.reservation_id),
            location_id=command.location_id,
            evse_uid=command.evse_uid,
        )
    )


def write_cancel_reservation(command: CancelReservationCommand) -> NoReturn:  # noqa: ARG001 - the shape of the Dialect
    """Refuse: a reservation of this version ends by itself, or by another one under its id."""
    raise NotInThisVersion("ocpi_not_in_version", version="2.1.1", message="CANCEL_RESERVATION")


def write_unlock(command: UnlockCommand) -> dict[str, object]:
    """Write UNLOCK_CONNECTOR; raises Unwritable."""
    return write_as(
        wire.UnlockConnector(command.response_url, command.location_id, command.evse_uid, command.connector_id)
    )


def read_command_answer(raw: object) -> CommandAnswer:
    """Read the partner's answer; raises Unreadable for one that leaves open whether it acted, as TIMEOUT does."""
    sent = read_as(wire.CommandResponse, raw)
    kind = known_or_none(AnswerKind, sent.result)
    if kind is None:
        timed_out = known_or_none(ResultKind, sent.result) is ResultKind.TIMEOUT
        raise Unreadable("result: the charger did not answer in time" if timed_out else "result: not a value we know")
    return CommandAnswer(kind=kind, timeout_seconds=TIMEOUT_SECONDS)


def read_command_result(raw: object) -> CommandResult:
    """Read the charger's result; one we have no word for is a failure that says so, such as UNKNOWN_SESSION.

    Raises Unreadable.
    """
    sent = read_as(wire.CommandResponse, raw)
    kind = known_or_none(ResultKind, sent.result)
    if kind is None:
        return CommandResult(kind=ResultKind.FAILED, message=str(sent.result)[:100])
    return CommandResult(kind=kind)
