"""Every body we send is as the official document of its version has it, whatever our tokens and commands hold.

Bodies are made up by the hundred and checked against the OpenAPI components, which the tests skip without. What our
own strict shapes refuse is refused before it leaves the house, and never sent.
"""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.domain.ids import PartyId
from api.domain.roaming.command import (
    CancelReservationCommand,
    ReserveCommand,
    StartCommand,
    StopCommand,
    UnlockCommand,
)
from api.domain.roaming.partner import InterfaceRole, OurIdentity
from api.domain.roaming.token import Allowed, AuthorizationInfo, DriverToken, TokenType, Whitelist
from clients.ocpi.dialect import dialect_for
from tests.clients.ocpi.shared import assert_as_specified, unknown_fields

MODERN = pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
THOROUGH = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors]
)
PRINTABLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
IDS = st.text(PRINTABLE, min_size=1, max_size=36)
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=64)
MOMENTS = st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
TOKENS = st.builds(
    DriverToken,
    country_code=st.sampled_from(["NL", "de"]),
    party_id=st.sampled_from(["CHH", "c1x"]),
    uid=IDS,
    type=st.sampled_from(TokenType),
    contract_id=IDS,
    issuer=NAMES,
    valid=st.booleans(),
    whitelist=st.sampled_from(Whitelist),
    last_updated=MOMENTS,
    group_id=st.none() | IDS,
    visual_number=st.none() | NAMES,
    language=st.none() | st.sampled_from(["nl", "DE"]),
)
URLS = st.sampled_from(["https://us.example/ocpi/2.3.0/commands/START_SESSION/abc", "http://127.0.0.1:8000/x?y=z"])
OPTIONAL_ID = st.none() | IDS


def _check(written: dict[str, object], schema: str, version: str, document: str = "cpo") -> None:
    assert_as_specified(written, schema, document=document, version=version)
    assert unknown_fields(written, schema, document=document, version=version) == set()


@MODERN
@THOROUGH
@given(token=TOKENS)
def test_tokens(version: str, token: DriverToken) -> None:
    """A token of any kind is a Token; only 2.3.0 has a word for that of a car."""
    written = dialect_for(version).write_token(token)
    _check(written, "Token", version)
    if token.type is TokenType.EMAID:
        assert written["type"] == {"2.2.1": "OTHER", "2.3.0": "EMAID"}[version]
    else:
        assert written["type"] == token.type.upper()


@MODERN
@THOROUGH
@given(info=st.builds(AuthorizationInfo, st.sampled_from(Allowed), TOKENS, OPTIONAL_ID, st.none() | NAMES))
def test_authorizations(version: str, info: AuthorizationInfo) -> None:
    """Any answer to a real-time authorization is an AuthorizationInfo with the whole token."""
    written = dialect_for(version).write_authorization(info)
    _check(written, "AuthorizationInfo", version, "msp")
    assert written["token"] == dialect_for(version).write_token(info.token)


@MODERN
@THOROUGH
@given(command=st.builds(StartCommand, URLS, TOKENS, IDS, OPTIONAL_ID, OPTIONAL_ID, OPTIONAL_ID))
def test_starts(version: str, command: StartCommand) -> None:
    """START_SESSION carries the token as that version writes it."""
    written = dialect_for(version).write_start(command)
    _check(written, "StartSession", version)
    assert written["token"] == dialect_for(version).write_token(command.token)


@MODERN
@THOROUGH
@given(command=st.builds(ReserveCommand, URLS, TOKENS, MOMENTS, st.from_regex(r"[0-9]{1,9}", fullmatch=True), IDS, IDS))
def test_reservations(version: str, command: ReserveCommand) -> None:
    """RESERVE_NOW carries the token as that version writes it."""
    written = dialect_for(version).write_reserve(command)
    _check(written, "ReserveNow", version)
    assert written["token"] == dialect_for(version).write_token(command.token)


@MODERN
@THOROUGH
@given(url=URLS, one=IDS, two=IDS, three=IDS)
def test_other_commands(version: str, url: str, one: str, two: str, three: str) -> None:
    """So are the commands that carry no token."""
    dialect = dialect_for(version)
    _check(dialect.write_stop(StopCommand(url, one)), "StopSession", version)
    _check(dialect.write_cancel_reservation(CancelReservationCommand(url, one)), "CancelReservation", version)
    _check(dialect.write_unlock(UnlockCommand(url, one, two, three)), "UnlockConnector", version)


@MODERN
@pytest.mark.parametrize("website", [None, "https://us.example"])
@pytest.mark.parametrize("token", ["t", "x" * 64, "!~"])
def test_credentials(version: str, website: str | None, token: str) -> None:
    """Our credentials are as specified, and we are no hub."""
    ours = OurIdentity(PartyId("nl", "chh"), "Chargehand", website, "https://us.example/ocpi/versions")
    written = dialect_for(version).write_credentials(token, ours)
    _check(written, "Credentials", version)
    assert "hub_party_id" not in written


@MODERN
def test_version_details(version: str) -> None:
    """Every module we serve is listed under this version, on our side of it."""
    dialect = dialect_for(version)
    urls = {module: f"https://us.example/ocpi/{version}/{module}" for module, _ in dialect.served}
    written = dialect.write_version(urls)
    listed = [each for each in written["endpoints"] if each["identifier"] != "invoicereconciliation"]  # type: ignore[attr-defined]
    _check(
        {**written, "endpoints": listed}, "VersionDetails", version
    )  # the document knows it not, though its enum is open
    assert written["version"] == version
    assert {(each.module, each.role) for each in dialect.read_endpoints(written)} == set(dialect.served)
    assert ("tokens", InterfaceRole.SENDER) in dialect.served
