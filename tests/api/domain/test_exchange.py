"""What is kept of an exchange: nothing that opens a door or names a driver, in any place it turns up."""

import json
from datetime import UTC, datetime

import pytest

from api.domain.roaming.exchange import KEPT_TEXT, LOOKED_AT, Direction, Exchange, masked_bodies

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def exchange(request: object = None, response: object = None, **fields: object) -> Exchange:
    """Return an exchange with JSON bodies, or bytes as they are."""
    bodies = [each if isinstance(each, bytes | None) else json.dumps(each).encode() for each in (request, response)]
    values: dict[str, object] = {"http_status": 200, "ocpi_status": 1000} | fields
    return Exchange(
        "prt_1",
        AT,
        Direction.INBOUND,
        "PUT",
        "/x",
        request=bodies[0],
        response=bodies[1],
        **values,  # type: ignore[arg-type]  # one field each
    )


def test_secret_fields_are_masked_at_every_depth() -> None:
    """Tokens, uids, contracts and what 2.1.1 calls them; what is no secret stays readable."""
    body = {
        "id": "SES1",
        "auth_id": "C-2.1.1",
        "kwh": 1.5,
        "cdr_token": {"uid": "UID-SECRET", "contract_id": "DE-CHH-C1", "type": "RFID"},
        "list": [{"visual_number": "V-123"}, {"Token": "TOKEN-A"}],
        "response_url": "https://us/secret",
    }
    kept, answer = masked_bodies(exchange(body, {"data": {"token": "TOKEN-B"}}))
    assert answer == '{"data":{"token":"***"}}'
    assert kept is not None
    for secret in ("C-2.1.1", "UID-SECRET", "DE-CHH-C1", "V-123", "TOKEN-A", "https://us/secret"):
        assert secret not in kept
    assert json.loads(kept)["id"] == "SES1"
    assert json.loads(kept)["cdr_token"] == {"uid": "***", "contract_id": "***", "type": "RFID"}


def test_a_secret_is_masked_where_the_other_side_repeats_it() -> None:
    """An error message that quotes the uid of the request does not give it away; an object named token stays."""
    request = {"token": {"uid": "UID-SECRET", "type": "APP_USER"}}
    kept, answer = masked_bodies(exchange(request, {"status_message": "token UID-SECRET is unknown", "UID-SECRET": 1}))
    assert kept == '{"token":{"uid":"***","type":"APP_USER"}}'
    assert answer == '{"status_message":"token *** is unknown","***":"1"}'


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (None, None),
        (b"", None),
        (b"<html>secret</html>", "(not JSON, 19 bytes)"),
        (b"[" * 5000, "(not JSON, 5000 bytes)"),
        (b"\xff\xfe", "(not JSON, 2 bytes)"),
        (b'"' + b"x" * LOOKED_AT + b'"', f"({LOOKED_AT + 2} bytes)"),
        (b'{"a": "\\u0000\\ud800"}', '{"a":"??"}'),
    ],
)
def test_what_cannot_be_masked_is_not_kept(body: bytes | None, kept: str | None) -> None:
    """Of anything but JSON only the size is kept; NUL and half characters fit no database."""
    assert masked_bodies(exchange(body))[0] == kept


def test_what_is_kept_is_short() -> None:
    """A long body is cut."""
    kept, _ = masked_bodies(exchange({"a": "x" * 10_000}))
    assert kept is not None
    assert len(kept) == KEPT_TEXT


@pytest.mark.parametrize(
    ("fields", "failed"),
    [
        ({}, False),
        ({"ocpi_status": None}, False),
        ({"http_status": 404}, True),
        ({"http_status": None}, True),
        ({"ocpi_status": 2001}, True),
        ({"problem": "ReadTimeout"}, True),
    ],
)
def test_an_exchange_fails_by_http_by_ocpi_or_by_silence(fields: dict[str, object], failed: bool) -> None:
    """HTTP 200 alone proves nothing."""
    assert exchange(**fields).failed is failed
