"""Joining over the app's API: activation by link or code, the mail again, a wrong address, and no word to strangers."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text

from tests.api.routes.app.conftest import PASSWORD, App, Someone
from tests.api.routes.app.happenings import POST
from tests.api.routes.app.test_problems import checked
from tests.mailbox import code_in, new_mails, path_in, token_in

EMAIL = "grace@example.com"
BODY: dict[str, Any] = {"email": EMAIL, "name": "Grace", "password": PASSWORD}
HOUR = 3600


async def joined(app: App, anyone: httpx.AsyncClient, **changes: Any) -> str:
    """Sign up and return the token in the mail."""
    answer = await anyone.post("/v1/accounts", json=BODY | changes)
    assert answer.status_code == 202, answer.text
    (mail,) = await new_mails(app.work, app.ports)
    assert mail.to == (BODY | changes)["email"]
    return token_in(mail)


async def activation(anyone: httpx.AsyncClient, **body: str) -> httpx.Response:
    """Send a token, or an address with a code."""
    return await anyone.post("/v1/account-activations", json=body)


async def sign_in(anyone: httpx.AsyncClient, email: str = EMAIL, password: str = PASSWORD) -> httpx.Response:
    """Sign in."""
    return await anyone.post("/v1/sign-in", json={"email": email, "password": password})


async def value(app: App, query: str) -> Any:
    """Return the one value of a query."""
    async with app.work() as db:
        return (await (await db.connection()).execute(text(query))).scalar()


@pytest.mark.capability("CK06", "CK07")
async def test_an_account_is_active_once_its_address_is_confirmed(app: App, anyone: httpx.AsyncClient) -> None:
    """Before, signing in tells why not and what helps; after the link the same sign-in works."""
    token = await joined(app, anyone)
    body = checked(await sign_in(anyone), 403, "account-not-activated")
    assert body["facts"] == {"hint": "check_spam", "resend_url": "/v1/activation-mails"}
    assert "spam" in body["detail"]
    assert body["next_action"] == "activate_account"
    checked(await sign_in(anyone, password="wrong password"), 401, "sign-in-refused")
    assert (await activation(anyone, token=token)).json() == {"email": EMAIL}
    assert (await sign_in(anyone)).status_code == 200


@pytest.mark.capability("CK06")
async def test_a_link_works_once(app: App, anyone: httpx.AsyncClient) -> None:
    """The second use is 410 and says that it was used; the table holds a hash of the token, never the token."""
    token = await joined(app, anyone)
    stored = await value(
        app, "SELECT row_to_json(account_link)::text || row_to_json(letter)::text FROM account_link, letter"
    )
    assert token not in stored
    assert token.partition(".")[2] not in stored
    assert (await activation(anyone, token=token)).status_code == 200
    again = checked(await activation(anyone, token=token), 410, "link-gone")
    assert again["facts"] == {"reason": "used"}


@pytest.mark.capability("CK06")
async def test_a_link_expires(app: App, anyone: httpx.AsyncClient) -> None:
    """After a day it is 410; a moment before it works."""
    token = await joined(app, anyone)
    app.clock.advance(24 * HOUR)
    assert checked(await activation(anyone, token=token), 410, "link-gone")["facts"] == {"reason": "expired"}
    app.clock.advance(-1)
    assert (await activation(anyone, token=token)).status_code == 200


@pytest.mark.capability("CK06")
async def test_the_code_of_the_mail_does_the_same(app: App, anyone: httpx.AsyncClient) -> None:
    """Typed with or without the blank, once; a wrong one and one of another address are not known."""
    await anyone.post("/v1/accounts", json=BODY)
    (mail,) = await new_mails(app.work, app.ports)
    code = code_in(mail)
    wrong = f"{(int(code.replace(' ', '')) + 1) % 10**8:08d}"
    checked(await activation(anyone, email=EMAIL, code=wrong), 404, "unknown-link")
    checked(await activation(anyone, email="other@example.com", code=code), 404, "unknown-link")
    assert (await activation(anyone, email=EMAIL.upper(), code=code.replace(" ", ""))).status_code == 200
    checked(await activation(anyone, email=EMAIL, code=code), 410, "link-gone")
    checked(await activation(anyone, token=token_in(mail)), 410, "link-gone")


async def test_codes_are_not_guessed(app: App, anyone: httpx.AsyncClient) -> None:
    """After ten tries even the right code is not looked at."""
    await anyone.post("/v1/accounts", json=BODY)
    (mail,) = await new_mails(app.work, app.ports)
    for number in range(10):
        checked(await activation(anyone, email=EMAIL, code=f"{number:08d}"), 404, "unknown-link")
    refused = await activation(anyone, email=EMAIL, code=code_in(mail))
    checked(refused, 429, "too-many-attempts")
    assert int(refused.headers["retry-after"]) == 900


@pytest.mark.capability("CK06")
async def test_of_two_clicks_at_once_one_counts(app: App, anyone: httpx.AsyncClient) -> None:
    """Five at the same moment, on two links of one account: one activation, the others are told that it is done."""
    first = await joined(app, anyone)
    await anyone.post("/v1/activation-mails", json={"email": EMAIL})
    (mail,) = await new_mails(app.work, app.ports)
    tokens = [first, token_in(mail), first, token_in(mail), first]
    answers = await asyncio.gather(*(activation(anyone, token=each) for each in tokens))
    assert sorted(each.status_code for each in answers) == [200, 410, 410, 410, 410]
    assert await value(app, "SELECT count(*) FROM driver WHERE status = 'active'") == 1


@pytest.mark.capability("CK08")
async def test_the_mail_comes_again_and_not_without_end(app: App, anyone: httpx.AsyncClient) -> None:
    """Without signing in; four mails an hour to one address, then 429 with Retry-After, for any address alike."""
    for email in (EMAIL, "nobody@example.com"):
        if email == EMAIL:
            await joined(app, anyone)
        for _ in range(3 if email == EMAIL else 4):
            answer = await anyone.post("/v1/activation-mails", json={"email": email})
            assert (answer.status_code, answer.json()) == (202, {"mail_within_s": 60})
        refused = await anyone.post("/v1/activation-mails", json={"email": email})
        checked(refused, 429, "too-many-attempts")
        assert int(refused.headers["retry-after"]) == HOUR
    mails = await new_mails(app.work, app.ports)
    assert [each.to for each in mails] == [EMAIL] * 3
    assert (await activation(anyone, token=token_in(mails[0]))).status_code == 200


@pytest.mark.capability("CK08")
@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/activation-mails", "/v1/password-resets"])
async def test_nobody_learns_who_has_an_account(app: App, ada: Someone, anyone: httpx.AsyncClient, path: str) -> None:
    """For known, waiting and unknown addresses the answer is the same, made by the same statements: no time tells."""
    await joined(app, anyone, email="pending@example.com")
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(app.engine.sync_engine, "before_cursor_execute", note)
    seen = []
    for email in ("ada@example.com", "pending@example.com", "nobody@example.com"):
        statements.clear()
        body = BODY | {"email": email} if path == "/v1/accounts" else {"email": email}
        answer = await anyone.post(path, json=body)
        own = {"x-request-id", "ratelimit"}  # the latter counts this caller's requests, whatever address they name
        headers = {name: each for name, each in answer.headers.items() if name not in own}
        seen.append((answer.status_code, answer.text, headers, list(statements)))
    event.remove(app.engine.sync_engine, "before_cursor_execute", note)
    assert seen[0][0] == 202
    assert seen[0] == seen[1] == seen[2]


async def test_whose_address_it_is_learns_of_it(app: App, ada: Someone, anyone: httpx.AsyncClient) -> None:
    """A sign-up with a taken address writes to its owner, without a link, and leaves no account that waits."""
    await anyone.post("/v1/accounts", json=BODY | {"email": "Ada@Example.com", "name": "Mallory http://evil.test"})
    (mail,) = await new_mails(app.work, app.ports)
    assert mail.to == "ada@example.com"
    assert "has one already" in mail.text
    assert "Mallory" not in mail.text
    assert "/account/" not in mail.text
    assert await value(app, "SELECT count(*) FROM driver WHERE status = 'pending'") == 0
    assert (await sign_in(anyone, "ada@example.com")).status_code == 200


async def test_a_stranger_cannot_choose_the_password_beforehand(app: App, anyone: httpx.AsyncClient) -> None:
    """Of two sign-ups for one address the one counts whose link is followed; the other is forgotten with its links."""
    strangers = await joined(app, anyone, password="chosen by a stranger", name="Mallory")
    own = await joined(app, anyone)
    assert (await activation(anyone, token=own)).status_code == 200
    gone = checked(await activation(anyone, token=strangers), 410, "link-gone")
    assert gone["facts"] == {"reason": "replaced"}
    checked(await sign_in(anyone, password="chosen by a stranger"), 401, "sign-in-refused")
    assert (await sign_in(anyone)).status_code == 200
    assert await value(app, "SELECT count(*) FROM driver WHERE name = 'Mallory'") == 0


async def test_the_mail_again_is_no_strangers(app: App, anyone: httpx.AsyncClient) -> None:
    """Where a stranger waits for the same address, the mail that comes again activates nobody with their password."""
    await joined(app, anyone)
    await joined(app, anyone, password="chosen by a stranger", name="Mallory")
    await anyone.post("/v1/activation-mails", json={"email": EMAIL})
    (mail,) = await new_mails(app.work, app.ports)
    if "/account/activate/" in mail.text:
        await activation(anyone, token=token_in(mail))
    else:
        body = {"token": token_in(mail), "new_password": "the owner chooses this"}
        assert (await anyone.post("/v1/password-resets/complete", json=body)).status_code == 204
        assert (await sign_in(anyone, password="the owner chooses this")).status_code == 200
        assert await value(app, "SELECT count(*) FROM driver WHERE status = 'pending'") == 0
    assert (await sign_in(anyone, password="chosen by a stranger")).status_code == 401


async def test_two_accounts_of_one_address_are_never_active(app: App, anyone: httpx.AsyncClient) -> None:
    """Links of two sign-ups for one address, followed at the same moment: one account comes of it."""
    tokens = [await joined(app, anyone, name="One"), await joined(app, anyone, name="Two")]
    answers = await asyncio.gather(*(activation(anyone, token=each) for each in tokens))
    assert sorted(each.status_code for each in answers) == [200, 410]
    assert await value(app, "SELECT count(*) FROM driver WHERE email = 'grace@example.com'") == 1


@pytest.mark.capability("CK09")
async def test_a_wrong_address_is_put_right(app: App, anyone: httpx.AsyncClient) -> None:
    """With the password the account that waits gets another address; the old link is void, the new one works."""
    typo = "grace@exmaple.com"
    old = await joined(app, anyone, email=typo)
    body = {"email": typo, "password": PASSWORD, "new_email": EMAIL}
    wrong = await anyone.post("/v1/address-corrections", json=body | {"password": "wrong password"})
    checked(wrong, 401, "sign-in-refused")
    assert (await anyone.post("/v1/address-corrections", json=body)).status_code == 202
    (mail,) = await new_mails(app.work, app.ports)
    assert mail.to == EMAIL
    assert checked(await activation(anyone, token=old), 410, "link-gone")["facts"] == {"reason": "replaced"}
    assert (await activation(anyone, token=token_in(mail))).json() == {"email": EMAIL}
    checked(await sign_in(anyone, typo), 401, "sign-in-refused")
    assert (await sign_in(anyone)).status_code == 200


@pytest.mark.capability("CK09")
async def test_an_active_account_is_not_moved_that_way(app: App, ada: Someone, anyone: httpx.AsyncClient) -> None:
    """Who has the password of an active account is told to sign in; who has not learns nothing."""
    body = {"email": "ada@example.com", "password": PASSWORD, "new_email": "x@example.com"}
    checked(await anyone.post("/v1/address-corrections", json=body), 409, "already-activated")
    wrong = await anyone.post("/v1/address-corrections", json=body | {"password": "wrong password"})
    checked(wrong, 401, "sign-in-refused")


@pytest.mark.parametrize(
    ("password", "reason"),
    [("tiny", "short"), ("aaaaaaaaaaaa", "monotonous"), ("Grace@Example.com", "address")],
)
async def test_weak_passwords_are_refused(anyone: httpx.AsyncClient, password: str, reason: str) -> None:
    """Too short, too few different characters, or the address itself."""
    body = checked(await anyone.post("/v1/accounts", json=BODY | {"password": password}), 422, "weak-password")
    assert body["facts"] == {"reason": reason, "least": 10}
    assert password not in str(body)


@pytest.mark.parametrize(
    ("language", "header", "subject"),
    [
        ("de", None, "Bestätigen Sie Ihre Adresse"),
        (None, "fr-CH,de;q=0.5", "Confirmez votre adresse"),
        ("no", "fr", "Bekreft adressen din"),
        ("sv-SE", None, "Bekräfta din adress"),
        (None, None, "Confirm your address"),
    ],
)
@pytest.mark.capability("CN31")
async def test_the_mail_speaks_the_drivers_language(
    app: App, anyone: httpx.AsyncClient, language: str | None, header: str | None, subject: str
) -> None:
    """The one named at the sign-up, or else the one that the app asks for; it stays the account's."""
    headers = {"Accept-Language": header} if header else {"Accept-Language": ""}
    await anyone.post("/v1/accounts", json=BODY | {"language": language}, headers=headers)
    (mail,) = await new_mails(app.work, app.ports)
    assert mail.subject.startswith(subject)
    assert path_in(mail).startswith("/account/activate/")


async def test_whoever_waits_may_look_around_where_that_is_wanted(
    app: App, anyone: httpx.AsyncClient, places: dict[str, str]
) -> None:
    """With the setting an account that waits signs in and sees prices, and no charge starts before its activation."""
    object.__setattr__(app.ports.policy, "sign_in_while_pending", True)
    await joined(app, anyone)
    tokens = (await sign_in(anyone)).json()
    phone = Someone(await _driver(app), anyone, tokens)
    anyone.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    assert (await anyone.get("/v1/me")).json()["status"] == "pending"
    checked(await phone.start(places[POST]), 403, "account-not-activated")
    assert await value(app, "SELECT count(*) FROM charging_session") == 0


async def _driver(app: App) -> Any:
    from sqlmodel import select

    from api.models.driver import Driver

    async with app.work() as db:
        return (await db.exec(select(Driver).where(Driver.email == EMAIL))).one()
