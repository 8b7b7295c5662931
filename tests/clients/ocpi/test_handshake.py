"""Tests of ``clients.ocpi.handshake``: the credentials exchange as we initiate it, over real HTTP."""

import base64
import json
from collections.abc import Callable, Mapping

import pytest
from starlette.responses import Response

from api.domain.ids import PartyId
from api.domain.roaming.partner import Endpoint, InterfaceRole, MarketRole, OurIdentity, PartyRole, Registration
from api.ports.roaming import RegistrationFailed
from clients.ocpi import handshake
from tests.clients.ocpi.peer import Seen, a_transport, enveloped, partner
from tests.clients.ocpi.shared import assert_as_specified

OURS = OurIdentity(PartyId("NL", "CHH"), "Chargehand", None, "https://us.example/ocpi/versions")
ROLE = {"role": "CPO", "party_id": "WPX", "country_code": "NL", "business_details": {"name": "Wegpunt"}}
Override = Callable[[Seen], Response]


def base_of(seen: Seen) -> str:
    """Return the URL under which a peer was called."""
    return f"http://{seen.headers['host']}"


def versions_of(seen: Seen, offered: tuple[str, ...] = ("2.2", "2.2.1", "9.9")) -> Response:
    """Answer with versions."""
    return enveloped([{"version": version, "url": f"{base_of(seen)}/{version}"} for version in offered])


def _details(seen: Seen) -> Response:
    modules = [("credentials", "SENDER"), ("locations", "SENDER"), ("commands", "RECEIVER"), ("Custom", "BOTH")]
    endpoints = [
        {"identifier": module, "role": role, "url": f"{base_of(seen)}/2.2.1/{module}"} for module, role in modules
    ]
    return enveloped({"version": "2.2.1", "endpoints": endpoints})


def _credentials(seen: Seen) -> Response:
    return enveloped({"token": "token-c", "url": f"{base_of(seen)}/all-versions", "roles": [ROLE]}, status=201)


def answering(**overrides: Override) -> Callable[[Seen], Response]:
    """Return a peer that answers as usual but for the given paths."""
    usual: Mapping[str, Override] = {"versions": versions_of, "2.2.1": _details, "credentials": _credentials}
    routes = {**usual, **overrides}
    return lambda seen: routes[seen.path.rsplit("/", 1)[1]](seen)


async def _register(
    answer: Callable[[Seen], Response], opener: str = "token-a"
) -> tuple[Registration, list[Seen], str]:
    with partner(answer) as served:
        transport = a_transport()
        try:
            found = await handshake.register(transport, f"{served.url}/versions", opener, ours=OURS, token_b="token-b")
        finally:
            await transport.aclose()
    return found, served.seen, served.url


async def test_a_registration_gives_all_we_need_to_call_the_peer() -> None:
    """The best version in common, their token, their roles and every endpoint we understand."""
    found, _, url = await _register(answering())
    assert found == Registration(
        version="2.2.1",
        their_token="token-c",
        versions_url=f"{url}/all-versions",
        endpoints=(
            Endpoint("credentials", InterfaceRole.SENDER, f"{url}/2.2.1/credentials"),
            Endpoint("locations", InterfaceRole.SENDER, f"{url}/2.2.1/locations"),
            Endpoint("commands", InterfaceRole.RECEIVER, f"{url}/2.2.1/commands"),
        ),
        roles=(PartyRole(MarketRole.CPO, PartyId("NL", "WPX"), "Wegpunt"),),
    )


@pytest.mark.capability("DC3")
async def test_the_newest_version_in_common_is_chosen() -> None:
    """A peer that speaks 2.3.0 too is spoken to in 2.3.0, and the hub it is behind is known from then on."""

    def details(seen: Seen) -> Response:
        endpoint = {"identifier": "credentials", "role": "SENDER", "url": f"{base_of(seen)}/2.3.0/credentials"}
        return enveloped({"version": "2.3.0", "endpoints": [endpoint]})

    def credentials(seen: Seen) -> Response:
        said = {"token": "token-c", "url": f"{base_of(seen)}/versions", "hub_party_id": "NLHUB", "roles": [ROLE]}
        return enveloped(said)

    def versions(seen: Seen) -> Response:
        return versions_of(seen, ("2.2.1", "2.3.0", "9.9"))

    found, requests, _ = await _register(
        answering(**{"versions": versions, "2.3.0": details, "credentials": credentials})
    )
    assert (found.version, found.hub, found.their_token) == ("2.3.0", PartyId("NL", "HUB"), "token-c")
    assert [seen.path for seen in requests] == ["/versions", "/2.3.0", "/2.3.0/credentials"]
    assert_as_specified(json.loads(requests[2].body), "Credentials", version="2.3.0")


async def test_the_one_time_token_opens_and_ours_is_handed_out() -> None:
    """Every request carries token A; the credentials we post carry token B and are as specified; nothing is routed."""
    _, requests, _ = await _register(answering())
    shown = f"Token {base64.b64encode(b'token-a').decode()}"
    assert [(seen.method, seen.path) for seen in requests] == [
        ("GET", "/versions"),
        ("GET", "/2.2.1"),
        ("POST", "/2.2.1/credentials"),
    ]
    assert {seen.headers["authorization"] for seen in requests} == {shown}
    assert not any(header.startswith("ocpi-") for seen in requests for header in seen.headers)
    posted = json.loads(requests[2].body)
    assert (posted["token"], posted["url"]) == ("token-b", OURS.versions_url)
    assert_as_specified(posted, "Credentials")


async def test_a_peer_that_wants_the_raw_token_gets_it() -> None:
    """When Base64 is answered with 401 the raw token is tried once, and kept for the rest."""

    def strict(answer: Override) -> Override:
        return lambda seen: (
            answer(seen) if seen.headers["authorization"] == "Token token-a" else enveloped(status=401, code=2000)
        )

    found, requests, _ = await _register(
        answering(**{"versions": strict(versions_of), "2.2.1": strict(_details), "credentials": strict(_credentials)})
    )
    assert found.raw_token_header is True
    assert len(requests) == 4


@pytest.mark.parametrize(
    ("http_status", "code"), [(400, 2001), (401, 2000), (403, 2000), (422, 2001), (500, 3000), (200, 3000)]
)
@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
async def test_every_step_may_want_its_token_another_way(version: str, http_status: int, code: int) -> None:
    """Some peers decode the token for their versions and not below, and refuse another one in any words."""
    encoded = f"Token {base64.b64encode(b'token-a').decode()}"

    def answer(seen: Seen) -> Response:
        step = seen.path.rsplit("/", 1)[1]
        shown = seen.headers["authorization"]
        if shown != (encoded if step == "versions" else "Token token-a"):
            return enveloped(status=http_status, code=code)
        if step == "versions":
            return versions_of(seen, (version,))
        if step == "credentials":
            url = f"{base_of(seen)}/versions"
            return enveloped(
                {"token": "token-c", "url": url, "roles": [ROLE], "business_details": {"name": "W"}, **ROLE}
            )
        endpoint = {"identifier": "credentials", "role": "RECEIVER", "url": f"{base_of(seen)}/credentials"}
        return enveloped({"version": version, "endpoints": [endpoint]})

    found, requests, _ = await _register(answer)
    assert (found.version, found.raw_token_header) == (version, True)
    assert [seen.method for seen in requests].count("POST") == 1


async def test_credentials_that_were_denied_are_sent_the_other_way() -> None:
    """Where versions are open to everybody, only the credentials endpoint tells how the token is wanted."""

    def picky(seen: Seen) -> Response:
        return (
            _credentials(seen) if seen.headers["authorization"] == "Token token-a" else enveloped(status=403, code=2000)
        )

    found, requests, _ = await _register(answering(credentials=picky))
    assert found.raw_token_header is True
    assert [seen.method for seen in requests] == ["GET", "GET", "POST", "POST"]


async def test_one_object_may_come_as_a_list_of_it() -> None:
    """Version details and credentials wrapped in a list of one are read as what they are."""

    def wrapped(answer: Override) -> Override:
        return lambda seen: enveloped([json.loads(bytes(answer(seen).body))["data"]])

    found, _, _ = await _register(answering(**{"2.2.1": wrapped(_details), "credentials": wrapped(_credentials)}))
    assert (found.their_token, len(found.endpoints)) == ("token-c", 3)


def _said(data: object = None, *, status: int = 200, code: int = 1000) -> Override:
    return lambda seen: enveloped(data, status=status, code=code)


@pytest.mark.parametrize(
    ("route", "answer", "step"),
    [
        ("versions", _said(status=401, code=2000), "versions"),
        ("versions", _said(status=500), "versions"),
        ("versions", _said({"version": "2.2.1"}), "versions"),
        ("versions", lambda seen: Response(b'{"data":[', media_type="application/json"), "versions"),
        ("versions", _said([{"version": "2.0", "url": "http://127.0.0.1/"}, {"x": 1}, 7]), "version"),
        ("versions", _said([{"version": "2.2.1", "url": "http://169.254.169.254/"}]), "details"),
        ("2.2.1", _said(code=3000), "details"),
        ("2.2.1", _said({"endpoints": "none"}), "details"),
        ("2.2.1", _said({"endpoints": [7]}), "details"),
        ("2.2.1", _said({"endpoints": [{"identifier": "x", "role": "SENDER", "url": "file:///x"}]}), "details"),
        ("2.2.1", _said({"endpoints": []}), "endpoints"),
        (
            "2.2.1",
            _said({"endpoints": [{"identifier": "x", "role": "SENDER", "url": "http://127.0.0.1/"}]}),
            "endpoints",
        ),
        ("credentials", _said(status=405, code=2000), "credentials"),
        ("credentials", _said(code=3001), "credentials"),
        ("credentials", _said(), "credentials"),
        ("credentials", _said({"token": "a b", "url": "http://127.0.0.1/", "roles": [ROLE]}), "credentials"),
        ("credentials", _said({"token": "c", "url": "http://10.0.0.1/", "roles": [ROLE]}), "credentials"),
        ("credentials", _said({"token": "c", "url": "http://127.0.0.1/", "roles": []}), "credentials"),
    ],
)
async def test_any_failure_breaks_off_and_names_its_step(route: str, answer: Override, step: str) -> None:
    """Errors, nonsense and addresses we do not call end in RegistrationFailed and nothing else."""
    with pytest.raises(RegistrationFailed) as failure:
        await _register(answering(**{route: answer}))
    assert failure.value.facts["step"] == step


async def test_credentials_are_posted_once() -> None:
    """A credentials exchange whose outcome is unknown is not repeated: the one-time token may be used up."""
    posts: list[Seen] = []

    def silent(seen: Seen) -> Response:
        posts.append(seen)
        return Response(status_code=504)

    with pytest.raises(RegistrationFailed):
        await _register(answering(credentials=silent))
    assert len(posts) == 1


@pytest.mark.parametrize("token", ["", "two words", "naïve", "line\nbreak"])
async def test_a_token_no_header_can_carry_is_not_tried(token: str) -> None:
    """A mistyped token is found before anything is called."""
    with pytest.raises(RegistrationFailed):
        await _register(answering(), opener=token)


async def test_a_peer_that_registers_at_us_is_read() -> None:
    """With its own token its versions and endpoints are read; nothing is posted, its roles came with its request."""
    with partner(answering()) as served:
        transport = a_transport()
        found = await handshake.complete(transport, f"{served.url}/versions", "token-b", version="2.2.1")
        await transport.aclose()
    assert (found.version, found.their_token, found.roles) == ("2.2.1", "token-b", ())
    assert {endpoint.module for endpoint in found.endpoints} == {"credentials", "locations", "commands"}
    assert {seen.method for seen in served.seen} == {"GET"}
