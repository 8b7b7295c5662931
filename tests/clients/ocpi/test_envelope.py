"""Tests of ``clients.ocpi.envelope``."""

import json
import re
from datetime import UTC, datetime

import pytest

from api.ports.roaming import PartnerAnsweredBadly
from clients.ocpi.envelope import StatusCode, read_envelope, write_envelope
from tests.clients.ocpi.shared import shared_file

NOW = datetime(2025, 3, 3, 17, 5, 9, 120, tzinfo=UTC)


def test_the_codes_are_those_of_the_specification() -> None:
    """The table holds exactly the codes of 2.2.1 chapter 5, copied here by hand."""
    specified = {1000, 2000, 2001, 2002, 2003, 2004, 3000, 3001, 3002, 3003, 4000, 4001, 4002, 4003}
    assert {int(code) for code in StatusCode} == specified


def test_the_codes_that_the_field_notes_explain_are_in_the_table() -> None:
    """Every code our field notes give a meaning to is one we know."""
    notes = shared_file("ocpi.md").read_text()
    sentence = notes[notes.index("HTTP vs OCPI codes") : notes.index("Auth traps")]
    named = {int(code) for code in re.findall(r"\b([1-4]00\d)\b", sentence)}
    assert len(named) > 10
    assert named <= {int(code) for code in StatusCode}


def test_an_answer_is_read() -> None:
    """A code of 1xxx in HTTP 2xx is success; data comes out exact."""
    answer = read_envelope(b'{"data":{"kwh":0.10},"status_code":1000,"status_message":"fine"}', http_status=200)
    assert (answer.http_status, answer.message, str(answer.data)) == (200, "fine", "{'kwh': Decimal('0.10')}")


def test_custom_success_codes_and_absent_data_are_success() -> None:
    """Codes 1900 to 1999 are custom successes, and a write may answer without data."""
    assert read_envelope(b'{"status_code":1950}', http_status=201).data is None


@pytest.mark.parametrize("code", [999, 2000, 2004, 3000, 4002, 4901, -1])
def test_any_other_code_is_a_failure_even_in_http_200(code: int) -> None:
    """Hubs report their failures inside HTTP 200."""
    with pytest.raises(PartnerAnsweredBadly) as failure:
        read_envelope(b'{"status_code":%d,"status_message":"no"}' % code, http_status=200)
    assert failure.value.facts == {"http_status": 200, "ocpi_status": code, "message": "no"}


@pytest.mark.parametrize("http_status", [301, 400, 401, 404, 500])
def test_an_http_error_is_a_failure_whatever_the_code(http_status: int) -> None:
    """A success code does not mend an HTTP error, and a redirect is not followed."""
    with pytest.raises(PartnerAnsweredBadly) as failure:
        read_envelope(b'{"status_code":1000}', http_status=http_status)
    assert failure.value.facts["http_status"] == http_status


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"null", b'{"data":[]}', b'{"status_code":true}', b'{"status_code":1000', b""]
)
def test_nonsense_is_a_failure(body: bytes) -> None:
    """An answer without an envelope is never taken for success."""
    with pytest.raises(PartnerAnsweredBadly) as failure:
        read_envelope(body, http_status=200)
    assert failure.value.facts["ocpi_status"] is None


def test_our_answers_leave_absent_data_out() -> None:
    """Data that is None is not written; an empty list is data."""
    assert json.loads(write_envelope(now=NOW)) == {"status_code": 1000, "timestamp": "2025-03-03T17:05:09Z"}
    assert json.loads(write_envelope([], now=NOW))["data"] == []


def test_our_refusals_carry_code_and_message() -> None:
    """A refusal names its code and reason."""
    written = json.loads(write_envelope(now=NOW, status=StatusCode.INVALID_PARAMETERS, message="id: missing"))
    assert (written["status_code"], written["status_message"]) == (2001, "id: missing")
