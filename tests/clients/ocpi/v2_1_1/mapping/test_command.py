"""Tests of the 2.1.1 mapping of commands, their answers and their results."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

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
from clients.ocpi.dialect import NotInThisVersion, Unreadable, dialect_for
from clients.ocpi.fields import Unwritable
from tests.clients.ocpi.v2_1_1.mapping.test_token import TOKEN, WRITTEN

DIALECT = dialect_for("2.1.1")
URL = "https://us.example/ocpi/2.1.1/emsp/commands"
START = StartCommand(f"{URL}/START_SESSION/abc", TOKEN, "Kaj-4", "Uttag-21", "A", authorization_reference="chs_1")
STOP = StopCommand(f"{URL}/STOP_SESSION/abc", "pass-Ab7")
RESERVE = ReserveCommand(
    response_url=f"{URL}/RESERVE_NOW/abc",
    token=TOKEN,
    expires_at=datetime(2025, 4, 5, 9, tzinfo=UTC),
    reservation_id="4711",
    location_id="Kaj-4",
    evse_uid="Uttag-21",
    authorization_reference="chs_1",
)


def test_a_start_names_neither_connector_nor_reference() -> None:
    """The whole token goes along; of the place only location and EVSE."""
    assert DIALECT.write_start(START) == {
        "response_url": f"{URL}/START_SESSION/abc",
        "token": WRITTEN,
        "location_id": "Kaj-4",
        "evse_uid": "Uttag-21",
    }
    assert set(DIALECT.write_start(replace(START, evse_uid=None))) == {"response_url", "token", "location_id"}


def test_a_stop_names_the_session_as_the_partner_spells_it() -> None:
    """Ids that partners gave us are echoed at any length and in their case."""
    assert DIALECT.write_stop(STOP) == {"response_url": STOP.response_url, "session_id": "pass-Ab7"}
    assert DIALECT.write_stop(replace(STOP, session_id="aB" * 30))["session_id"] == "aB" * 30


def test_a_reservation_has_a_number() -> None:
    """The id of a reservation is a whole number in 2.1.1; anything else is our mistake."""
    written = DIALECT.write_reserve(RESERVE)
    assert written == {
        "response_url": RESERVE.response_url,
        "token": WRITTEN,
        "expiry_date": "2025-04-05T09:00:00Z",
        "reservation_id": 4711,
        "location_id": "Kaj-4",
        "evse_uid": "Uttag-21",
    }
    assert "evse_uid" not in DIALECT.write_reserve(replace(RESERVE, evse_uid=None))
    for wrong in ("", "rsv_1", "-1", "1.5", "٣"):
        with pytest.raises(Unwritable):
            DIALECT.write_reserve(replace(RESERVE, reservation_id=wrong))


def test_a_reservation_cannot_be_canceled() -> None:
    """2.1.1 has no such command, and nothing is sent in its place."""
    with pytest.raises(NotInThisVersion):
        DIALECT.write_cancel_reservation(CancelReservationCommand(f"{URL}/CANCEL_RESERVATION/abc", "4711"))


def test_an_unlock_is_written() -> None:
    """It names the connector."""
    assert DIALECT.write_unlock(UnlockCommand(f"{URL}/UNLOCK_CONNECTOR/abc", "Kaj-4", "Uttag-21", "A")) == {
        "response_url": f"{URL}/UNLOCK_CONNECTOR/abc",
        "location_id": "Kaj-4",
        "evse_uid": "Uttag-21",
        "connector_id": "A",
    }


@pytest.mark.parametrize("url", ["", "ftp://x", "https://us.example/" + "a" * 250, "https://us.example/a b"])
def test_a_response_url_must_be_one(url: str) -> None:
    """A URL that partners cannot call is our mistake."""
    with pytest.raises(Unwritable):
        DIALECT.write_stop(replace(STOP, response_url=url))


@pytest.mark.parametrize("kind", list(AnswerKind))
def test_answers_are_read(kind: AnswerKind) -> None:
    """Each answer that decides something has its word; how long to wait is ours to know."""
    assert DIALECT.read_command_answer({"result": kind.value.upper()}) == CommandAnswer(kind, 30)


@pytest.mark.parametrize("raw", [{"result": "TIMEOUT"}, {"result": "MAYBE"}, {"result": None}, {}, [], None])
def test_an_answer_that_decides_nothing_is_no_answer(raw: object) -> None:
    """After a TIMEOUT the charger may or may not have acted, just as after a word we do not know."""
    with pytest.raises(Unreadable):
        DIALECT.read_command_answer(raw)


@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("ACCEPTED", CommandResult(ResultKind.ACCEPTED)),
        ("REJECTED", CommandResult(ResultKind.REJECTED)),
        ("NOT_SUPPORTED", CommandResult(ResultKind.NOT_SUPPORTED)),
        ("TIMEOUT", CommandResult(ResultKind.TIMEOUT)),
        ("UNKNOWN_SESSION", CommandResult(ResultKind.FAILED, "UNKNOWN_SESSION")),
        ("CABLE_MISSING", CommandResult(ResultKind.FAILED, "CABLE_MISSING")),
        ("EVSE_OCCUPIED", CommandResult(ResultKind.EVSE_OCCUPIED)),
    ],
)
def test_results_are_read(word: str, result: CommandResult) -> None:
    """Each of the five words has its meaning as a result; a later version's is understood, an unknown one says so."""
    assert DIALECT.read_command_result({"result": word}) == result


@pytest.mark.parametrize("raw", [{}, {"result": None}, [], None])
def test_a_result_that_is_none_is_unreadable(raw: object) -> None:
    """A reply without a result says nothing."""
    with pytest.raises(Unreadable):
        DIALECT.read_command_result(raw)
