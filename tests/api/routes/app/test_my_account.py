"""A driver's own account: settings under If-Match, password, address with a way back, devices, stolen tokens."""

import httpx
import pytest
from sqlalchemy import text

from api.domain.account_number import parse_account_number
from tests.api.routes.app.conftest import PASSWORD, App, Someone
from tests.api.routes.app.happenings import POST
from tests.api.routes.app.test_problems import checked
from tests.mailbox import new_mails, path_in, token_in

ADA, NEW = "ada@example.com", "ada@example.org"
NEXT = "another long sentence"


async def sign_in(app: App, *, email: str = ADA, password: str = PASSWORD, name: str | None = None) -> Someone:
    """Sign in on one more device."""
    http = app.http
    answer = await http.post("/v1/sign-in", json={"email": email, "password": password, "device_name": name})
    assert answer.status_code == 200, answer.text
    http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return Someone(None, http, answer.json())  # type: ignore[arg-type]  # the row is not needed


async def refreshes(who: Someone) -> bool:
    """Say whether a device gets new tokens, and keep them."""
    body = {"refresh_token": who.tokens["refresh_token"]}
    answer = await who.http.post("/v1/token-refreshes", json=body)
    if answer.status_code == 200:
        who.tokens.update(answer.json())
    return answer.status_code == 200


@pytest.mark.capability("EP11")
async def test_the_account_number_is_in_the_profile(app: App, ada: Someone, bob: Someone) -> None:
    """Each has one of their own, whose check digit holds."""
    mine, theirs = [(await each.http.get("/v1/me")).json()["account_number"] for each in (ada, bob)]
    assert mine != theirs
    assert parse_account_number(mine.replace("-", " ")) == mine


@pytest.mark.capability("A16", "CN31")
async def test_settings_are_changed_by_whoever_read_them_last(ada: Someone) -> None:
    """Two devices read; the second to change is told that it is out of date, reads again and succeeds."""
    first, second = await ada.http.get("/v1/me"), await ada.http.get("/v1/me")
    assert first.headers["etag"] == second.headers["etag"]
    seen = {"If-Match": first.headers["etag"]}
    changed = await ada.http.patch("/v1/me", json={"language": "de", "units": "imperial"}, headers=seen)
    assert changed.status_code == 200
    assert (changed.json()["language"], changed.json()["units"]) == ("de", "imperial")
    late = await ada.http.patch("/v1/me", json={"time_zone": "Europe/Oslo"}, headers=seen)
    checked(late, 412, "precondition-failed")
    assert (await ada.http.get("/v1/me")).json()["time_zone"] is None
    fresh = {"If-Match": changed.headers["etag"]}
    assert (await ada.http.patch("/v1/me", json={"time_zone": "Europe/Oslo"}, headers=fresh)).status_code == 200
    assert (await ada.http.get("/v1/me")).json()["time_zone"] == "Europe/Oslo"


@pytest.mark.capability("A16")
async def test_a_change_without_if_match_is_refused(ada: Someone) -> None:
    """It might undo what another device changed: 428."""
    checked(await ada.http.patch("/v1/me", json={"language": "de"}), 428, "precondition-missing")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"time_zone": "Mars/Olympus"}, "unknown-time-zone"),
        ({"time_zone": "../../etc/passwd"}, "invalid-request"),
        ({"language": "xx"}, "invalid-request"),
        ({"language": None}, "invalid-request"),
        ({"name": ""}, "invalid-request"),
        ({"email": "x@example.com"}, "invalid-request"),
        ({"account_number": "1"}, "invalid-request"),
    ],
)
async def test_settings_that_are_none(ada: Someone, body: dict[str, object], code: str) -> None:
    """Unknown zones and languages, and what is no setting."""
    checked(await ada.http.patch("/v1/me", json=body, headers={"If-Match": "*"}), 422, code)


async def test_the_etag_is_of_the_account_alone(app: App, ada: Someone) -> None:
    """Another device with another token sees the same ETag, and 304 when it has it (A11)."""
    etag = (await ada.http.get("/v1/me")).headers["etag"]
    other = await sign_in(app)
    assert (await other.http.get("/v1/me", headers={"If-None-Match": etag})).status_code == 304


@pytest.mark.capability("CN31")
async def test_what_we_write_follows_the_language(app: App, ada: Someone) -> None:
    """After the change the next letter is in the new language."""
    await ada.http.patch("/v1/me", json={"language": "nb"}, headers={"If-Match": "*"})
    await ada.http.post("/v1/me/password", json={"password": PASSWORD, "new_password": NEXT})
    (mail,) = await new_mails(app.work, app.ports)
    assert (mail.subject, mail.language) == ("Passordet ditt er endret", "nb")


@pytest.mark.capability("A17")
async def test_devices_are_listed_and_signed_out_one_by_one(app: App, ada: Someone, bob: Someone) -> None:
    """Each with its name and when it was last seen; one that is signed out gets no tokens, nor can others' be ended."""
    phone = await sign_in(app, name="Ada's phone")
    app.clock.advance(60)
    assert await refreshes(phone)
    shown = (await ada.http.get("/v1/me/devices")).json()["devices"]
    assert [(each["name"], each["last_seen_at"], each["current"]) for each in shown] == [
        ("Ada's phone", "2026-03-02T09:01:00Z", False),
        (None, "2026-03-02T09:00:00Z", True),
    ]
    path = f"/v1/me/devices/{shown[0]['id']}"
    checked(await bob.http.delete(path), 404, "unknown-device")
    assert await refreshes(phone)
    assert (await ada.http.delete(path)).status_code == 204
    assert not await refreshes(phone)
    checked(await ada.http.delete(path), 404, "unknown-device")
    assert len((await ada.http.get("/v1/me/devices")).json()["devices"]) == 1
    assert await refreshes(ada)


@pytest.mark.capability("A17")
async def test_all_devices_are_signed_out_at_once(app: App, ada: Someone, bob: Someone) -> None:
    """All others, or this one too; another driver's stay."""
    phones = [await sign_in(app), await sign_in(app)]
    assert (await ada.http.delete("/v1/me/devices")).status_code == 204
    assert [await refreshes(each) for each in (*phones, ada, bob)] == [False, False, True, True]
    assert (await ada.http.delete("/v1/me/devices?keep_current=false")).status_code == 204
    assert [await refreshes(each) for each in (ada, bob)] == [False, True]


@pytest.mark.capability("A17")
async def test_a_stolen_refresh_token_ends_its_device(app: App, ada: Someone) -> None:
    """Thief and owner use the same token: both are out, and the device is gone from the list."""
    phone = await sign_in(app)
    stolen = dict(phone.tokens)
    assert await refreshes(phone)
    thief = Someone(ada.driver, app.http, stolen)
    assert not await refreshes(thief)
    assert not await refreshes(phone)
    assert len((await ada.http.get("/v1/me/devices")).json()["devices"]) == 1


@pytest.mark.capability("A17")
async def test_an_access_token_lives_a_quarter_of_an_hour(app: App, ada: Someone) -> None:
    """A device that was signed out sees nothing after 15 minutes at the most."""
    phone = await sign_in(app)
    await ada.http.delete("/v1/me/devices")
    app.clock.advance(899)
    assert (await phone.http.get("/v1/me")).status_code == 200
    app.clock.advance(2)
    checked(await phone.http.get("/v1/me"), 401, "access-token-expired")


async def test_the_password_is_changed_by_who_knows_it(app: App, ada: Someone) -> None:
    """The present one is asked for; other devices are signed out, this one stays, the address is told."""
    phone = await sign_in(app)
    body = {"password": "not the password", "new_password": NEXT}
    checked(await ada.http.post("/v1/me/password", json=body), 403, "password-wrong")
    weak = await ada.http.post("/v1/me/password", json={"password": PASSWORD, "new_password": "weak"})
    checked(weak, 422, "weak-password")
    assert (await ada.http.post("/v1/me/password", json=body | {"password": PASSWORD})).status_code == 204
    assert [await refreshes(each) for each in (phone, ada)] == [False, True]
    (mail,) = await new_mails(app.work, app.ports)
    assert (mail.to, mail.subject) == (ADA, "Your password was changed")
    await sign_in(app, password=NEXT)


async def test_the_own_password_is_not_guessed_on_a_stolen_device(ada: Someone) -> None:
    """Ten wrong ones, over all operations that ask for it, then none is looked at."""
    asks = [
        ("/v1/me/password", {"password": "not the password", "new_password": NEXT}),
        ("/v1/me/email", {"password": "not the password", "new_email": NEW}),
        ("/v1/me/erasure", {"password": "not the password"}),
    ]
    for number in range(10):
        path, body = asks[number % 3]
        checked(await ada.http.post(path, json=body), 403, "password-wrong")
    checked(await ada.http.post("/v1/me/erasure", json={"password": PASSWORD}), 429, "too-many-attempts")


async def test_a_forgotten_password_is_reset_by_mail(app: App, ada: Someone, anyone: httpx.AsyncClient) -> None:
    """The link works once and for an hour, signs every device out, and is told to the address."""
    for _ in range(2):
        assert (await anyone.post("/v1/password-resets", json={"email": ADA})).status_code == 202
    first, second = [token_in(each) for each in await new_mails(app.work, app.ports)]
    body = {"token": second, "new_password": NEXT}
    assert (await anyone.post("/v1/password-resets/complete", json=body)).status_code == 204
    assert not await refreshes(ada)
    await sign_in(app, password=NEXT)
    for token, reason in ((second, "used"), (first, "replaced")):
        late = await anyone.post("/v1/password-resets/complete", json=body | {"token": token})
        assert checked(late, 410, "link-gone")["facts"] == {"reason": reason}
    (mail,) = await new_mails(app.work, app.ports)
    assert mail.subject == "Your password was changed"
    await anyone.post("/v1/password-resets", json={"email": ADA})
    (mail,) = await new_mails(app.work, app.ports)
    app.clock.advance(3600)
    expired = await anyone.post("/v1/password-resets/complete", json=body | {"token": token_in(mail)})
    assert checked(expired, 410, "link-gone")["facts"] == {"reason": "expired"}


async def test_an_address_is_changed_at_the_new_one_and_told_to_the_old(app: App, ada: Someone) -> None:
    """Nothing changes before the new address confirms; then the old one hears of it, and signing in follows."""
    asked = await ada.http.post("/v1/me/email", json={"password": PASSWORD, "new_email": NEW})
    assert asked.status_code == 202
    (mail,) = await new_mails(app.work, app.ports)
    assert mail.to == NEW
    assert (await ada.http.get("/v1/me")).json()["email"] == ADA
    assert (await ada.http.post(path_in(mail))).status_code == 200
    assert (await ada.http.get("/v1/me")).json()["email"] == NEW
    (told,) = await new_mails(app.work, app.ports)
    assert told.to == ADA
    assert path_in(told).startswith("/account/undo-email/")
    await sign_in(app, email=NEW)


async def test_whoever_lost_their_address_gets_it_back(app: App, ada: Someone, anyone: httpx.AsyncClient) -> None:
    """A thief moves the account twice and asks for its erasure; the first address' link undoes it all.

    The thief is signed out and cannot win with the way back that the second move mailed to them.
    """
    thief, thiefs = await sign_in(app), "mallory@example.com"
    undo: list[str] = []
    for address in (thiefs, "mallory2@example.com"):
        await thief.http.post("/v1/me/email", json={"password": PASSWORD, "new_email": address})
        (mail,) = await new_mails(app.work, app.ports)
        await anyone.post(path_in(mail))
        undo += [path_in(each) for each in await new_mails(app.work, app.ports)]
        app.clock.advance(10)
    assert (await thief.http.post("/v1/me/erasure", json={"password": PASSWORD})).status_code == 202
    await new_mails(app.work, app.ports)
    assert (await anyone.post(undo[0])).status_code == 200
    assert (await anyone.post(undo[1])).status_code == 410
    assert not await refreshes(thief)
    refused = await anyone.post("/v1/sign-in", json={"email": ADA, "password": PASSWORD})
    checked(refused, 401, "sign-in-refused")
    (mail,) = await new_mails(app.work, app.ports)
    assert mail.to == ADA
    assert (await anyone.post(path_in(mail), data={"password": NEXT})).status_code == 200
    owner = await sign_in(app, password=NEXT)
    me = (await owner.http.get("/v1/me")).json()
    assert (me["email"], me["closing_at"]) == (ADA, None)


async def test_a_taken_address_is_not_given_twice(app: App, ada: Someone, bob: Someone) -> None:
    """Asking for another driver's address answers as ever; its owner hears of it, and nobody gets a link."""
    asked = await ada.http.post("/v1/me/email", json={"password": PASSWORD, "new_email": "bob@example.com"})
    assert (asked.status_code, asked.json()) == (202, {"mail_within_s": 60})
    (mail,) = await new_mails(app.work, app.ports)
    assert mail.to == "bob@example.com"
    assert "/account/" not in mail.text


async def test_an_address_taken_meanwhile_stays_its_owners(app: App, ada: Someone, bob: Someone) -> None:
    """Two accounts want one address; who confirms first has it, the other link says that it is taken."""
    paths = []
    for who in (ada, bob):
        await who.http.post("/v1/me/email", json={"password": PASSWORD, "new_email": NEW})
        (mail,) = await new_mails(app.work, app.ports)
        paths.append(path_in(mail))
    assert (await ada.http.post(paths[0])).status_code == 200
    late = await bob.http.post(paths[1])
    assert (late.status_code, "belongs to an account already" in late.text) == (410, True)
    assert (await bob.http.get("/v1/me")).json()["email"] == "bob@example.com"


async def test_a_guest_neither_signs_in_nor_resets(app: App, ada: Someone, anyone: httpx.AsyncClient) -> None:
    """A guest's address opens nothing: no sign-in, no link, no mail."""
    async with app.work() as db:
        change = "UPDATE driver SET kind = 'guest', email = 'guest@example.com' WHERE email = 'ada@example.com'"
        await (await db.connection()).execute(text(change))
    refused = await anyone.post("/v1/sign-in", json={"email": "guest@example.com", "password": PASSWORD})
    checked(refused, 401, "sign-in-refused")
    for path in ("/v1/password-resets", "/v1/activation-mails"):
        assert (await anyone.post(path, json={"email": "guest@example.com"})).status_code == 202
    assert await new_mails(app.work, app.ports) == []


async def test_a_closing_account_starts_nothing(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Until it is erased it may look and come back, and charges no more; kept, it charges again."""
    assert (await ada.http.post("/v1/me/erasure", json={"password": PASSWORD})).status_code == 202
    checked(await ada.start(places[POST]), 409, "account-closing")
    assert (await ada.http.delete("/v1/me/erasure")).status_code == 204
    assert (await ada.start(places[POST], key="key-2")).status_code == 202
