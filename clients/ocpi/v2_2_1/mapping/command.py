"""Commands written as 2.2.1 and their two replies read (chapter 13)."""

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
from clients.ocpi.fields import read_as, write_as, write_instant
from clients.ocpi.plain import known_or_none
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.mapping.token import token_message
from clients.ocpi.v2_2_1.wire import command as wire

DEFAULT_TIMEOUT_SECONDS = 30
"""How long to wait for a result when the partner does not say."""


def write_start(command: StartCommand) -> dict[str, object]:
    """Write START_SESSION; raises Unwritable."""
    return write_as(
        wire.StartSession(
            response_url=command.response_url,
            token=token_message(command.token),
            location_id=command.location_id,
            evse_uid=command.evse_uid,
            connector_id=command.connector_id,
            authorization_reference=command.authorization_reference,
        )
    )


def write_stop(command: StopCommand) -> dict[str, object]:
    """Write STOP_SESSION; raises Unwritable."""
    return write_as(wire.StopSession(response_url=command.response_url, session_id=command.session_id))


def write_reserve(command: ReserveCommand) -> dict[str, object]:
    """Write RESERVE_NOW; raises Unwritable."""
    return write_as(
        wire.ReserveNow(
            response_url=command.response_url,
            token=token_message(command.token),
            expiry_date=write_instant(command.expires_at),
            reservation_id=command.reservation_id,
            location_id=command.location_id,
            evse_uid=command.evse_uid,
            authorization_reference=command.authorization_reference,
        )
    )


def write_cancel_reservation(command: CancelReservationCommand) -> dict[str, object]:
    """Write CANCEL_RESERVATION; raises Unwritable."""
    return write_as(wire.CancelReservation(command.response_url, command.reservation_id))


def write_unlock(command: UnlockCommand) -> dict[str, object]:
    """Write UNLOCK_CONNECTOR; raises Unwritable."""
    return write_as(
        wire.UnlockConnector(command.response_url, command.location_id, command.evse_uid, command.connector_id)
    )


def read_command_answer(raw: object) -> CommandAnswer:
    """Read the partner's answer; raises Unreadable for a result we do not know: it may or may not have acted."""
    sent = read_as(wire.CommandResponse, raw)
    kind = known_or_none(AnswerKind, sent.result)
    if kind is None:
        raise Unreadable("result: not a value we know")
    timeout = DEFAULT_TIMEOUT_SECONDS if sent.timeout is None else max(0, int(sent.timeout))
    return CommandAnswer(kind=kind, timeout_seconds=timeout, message=_message(sent.message))


def read_command_result(raw: object) -> CommandResult:
    """Read the charger's result; one we do not know is a failure that says so. Raises Unreadable."""
    sent = read_as(wire.CommandResult, raw)
    kind = known_or_none(ResultKind, sent.result)
    if kind is None:
        return CommandResult(kind=ResultKind.FAILED, message=_message(sent.message) or str(sent.result)[:100])
    return CommandResult(kind=kind, message=_message(sent.message))


def _message(sent: object) -> str | None:
    """Return the first text for people, whether it came as texts with languages, as one of them, or bare."""
    first = sent[0] if isinstance(sent, list) and sent else sent
    text = first.get("text") if isinstance(first, dict) else first
    return text.strip()[:512] or None if isinstance(text, str) else None
