"""Tests of the 2.2.1 mapping of commands, their answers and their results."""

from dataclasses import replace

import pytest

from api.domain.roaming.command import AnswerKind, CommandAnswer, CommandResult, ResultKind, StartCommand, StopCommand
from clients.ocpi.dialect import Unreadable, dialect_for
from clients.ocpi.fields import Unwritable
from tests.clients.ocpi.shared import assert_as_specified
from tests.clients.ocpi.v2_2_1.mapping.test_token import TOKEN, WRITTEN

DIALECT = dialect_for("2.2.1")
START = StartCommand(
    response_url="https://us.example/ocpi/2.2.1/commands/START_SESSION/abc",
    token=TOKEN,
    location_id="garage-1",
    evse_uid="evse-7",
    connector_id="2",
    authorization_reference="chs_1",
)
STOP = StopCommand(response_url="https://us.example/ocpi/2.2.1/commands/STOP_SESSION/abc", session_id="s-88")


def test_a_start_is_written_with_the_whole_token() -> None:
    """The partner need not know the token: it is all in the command."""
    assert DIALECT.write_start(START) == {
        "response_url": "https://us.example/ocpi/2.2.1/commands/START_SESSION/abc",
        "token": WRITTEN,
        "location_id": "garage-1",
        "evse_uid": "evse-7",
        "connector_id": "2",
        "authorization_reference": "chs_1",
    }


def test_commands_are_as_specified() -> None:
    """The official schema accepts them, with and without what is optional."""
    assert_as_specified(DIALECT.write_start(START), "StartSession")
    bare = replace(START, evse_uid=None, connector_id=None, authorization_reference=None)
    assert set(DIALECT.write_start(bare)) == {"response_url", "token", "location_id"}
    assert_as_specified(DIALECT.write_start(bare), "StartSession")
    assert_as_specified(DIALECT.write_stop(STOP), "StopSession")


def test_a_stop_is_written() -> None:
    """It names the partner's session."""
    assert DIALECT.write_stop(STOP) == {"response_url": STOP.response_url, "session_id": "s-88"}


def test_ids_that_partners_gave_us_are_echoed_at_any_length() -> None:
    """We accepted an over-long id, so we send it back as it came."""
    assert DIALECT.write_stop(replace(STOP, session_id="s" * 50))["session_id"] == "s" * 50


@pytest.mark.parametrize("url", ["", "ftp://x", "https://us.example/" + "a" * 250, "https://us.example/a b"])
def test_a_response_url_must_be_one(url: str) -> None:
    """A URL that partners cannot call is our mistake."""
    with pytest.raises(Unwritable):
        DIALECT.write_stop(replace(STOP, response_url=url))


@pytest.mark.parametrize("kind", list(AnswerKind))
def test_answers_are_read(kind: AnswerKind) -> None:
    """Each answer of the specification has its word."""
    raw = {"result": kind.value.upper(), "timeout": 45, "message": [{"language": "en", "text": "as you wish"}]}
    assert DIALECT.read_command_answer(raw) == CommandAnswer(kind, 45, "as you wish")


def test_an_answer_without_a_timeout_has_the_usual_one() -> None:
    """Thirty seconds when absent; never negative."""
    assert DIALECT.read_command_answer({"result": "ACCEPTED"}).timeout_seconds == 30
    assert DIALECT.read_command_answer({"result": "ACCEPTED", "timeout": -5}).timeout_seconds == 0


@pytest.mark.parametrize(
    "raw", [{}, {"result": "MAYBE"}, {"result": None}, [], None, {"result": "ACCEPTED", "timeout": "x"}]
)
def test_an_answer_we_do_not_know_is_no_answer(raw: object) -> None:
    """It is neither taken for yes nor for no."""
    with pytest.raises(Unreadable):
        DIALECT.read_command_answer(raw)


@pytest.mark.parametrize("kind", list(ResultKind))
def test_results_are_read(kind: ResultKind) -> None:
    """Each result of the specification has its word."""
    assert DIALECT.read_command_result({"result": kind.value.upper()}) == CommandResult(kind)


def test_a_result_we_do_not_know_is_a_failure_that_says_so() -> None:
    """The unknown word is kept as the message."""
    assert DIALECT.read_command_result({"result": "CABLE_MISSING"}) == CommandResult(ResultKind.FAILED, "CABLE_MISSING")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ([{"text": "a"}, {"text": "b"}], "a"),
        ({"text": "a"}, "a"),
        ("a", "a"),
        ([], None),
        ([7], None),
        (7, None),
        ("", None),
    ],
)
def test_messages_never_spoil_a_reply(sent: object, read: str | None) -> None:
    """A message for people is read in any shape or not at all."""
    assert DIALECT.read_command_result({"result": "FAILED", "message": sent}).message == read
