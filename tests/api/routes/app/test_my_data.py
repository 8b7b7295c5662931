"""A copy of one's data and leaving: one's own and nobody else's, for a day; refused while something is open (L7)."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from api.domain.finance.accounts import Account, JournalKind
from api.domain.finance.ledger import Posting
from api.domain.money import Money
from api.services.accounts.erase import sweep_erasures
from api.services.accounts.export_data import LEFT_OUT, WITHHELD, condition_of
from api.services.accounts.sweep import sweep_accounts
from api.services.deferral import Job
from api.services.payments.ledger import book
from tests.api.routes.app.conftest import PASSWORD, App, Someone
from tests.api.routes.app.happenings import POST
from tests.api.routes.app.test_problems import checked
from tests.bench import run_jobs
from tests.mailbox import new_mails, path_in

HOUR = 3600


async def rows(app: App, query: str, **values: object) -> list[Any]:
    """Return the rows of a query."""
    async with app.work() as db:
        return list((await (await db.connection()).execute(text(query), values)).all())


async def copied(app: App, who: Someone) -> tuple[dict[str, Any], zipfile.ZipFile]:
    """Have a copy made; return how it is shown and the file."""
    asked = await who.http.post("/v1/me/exports")
    assert asked.status_code == 202, asked.text
    assert asked.json()["status"] == "making"
    await new_mails(app.work, app.ports)
    shown = (await who.http.get(asked.headers["location"])).json()
    answer = await app.http.get(urlsplit(shown["download_url"]).path)
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == shown["sha256"]
    return shown, zipfile.ZipFile(io.BytesIO(answer.content))


@pytest.mark.capability("L7")
async def test_a_copy_has_everything_of_one_driver(
    app: App, ada: Someone, bob: Someone, places: dict[str, str]
) -> None:
    """The charge, the card, the devices, as JSON and as CSV that agree, and not a word of another driver."""
    mine = (await ada.start(places[POST])).json()["id"]
    await run_jobs(app.work, app.ports, only=[Job.PLACE_HOLD])
    theirs = await bob.quote(places[POST])
    _, file = await copied(app, ada)
    data = json.loads(file.read("data.json"))
    assert [each["email"] for each in data["driver"]] == ["ada@example.com"]
    assert [each["id"] for each in data["charging_session"]] == [mine]
    assert data["hold"][0]["driver_id"] == ada.driver.id
    assert len(data["hold_event"]) >= 1
    assert {each["charging_session_id"] for each in data["charging_event"]} == {mine}
    everything = "".join(file.read(each).decode() for each in file.namelist())
    assert bob.driver.id not in everything
    assert "bob@example.com" not in everything
    assert theirs.json()["id"] not in everything
    table = list(csv.DictReader(io.StringIO(file.read("csv/charging_session.csv").decode())))
    assert [(each["id"], each["status"]) for each in table] == [(mine, data["charging_session"][0]["status"])]


@pytest.mark.capability("L7")
async def test_a_copy_has_no_secrets(app: App, ada: Someone) -> None:
    """Neither what signs somebody in, nor what only looks like nothing: hashes, client secrets, tokens."""
    _, file = await copied(app, ada)
    everything = "".join(file.read(each).decode() for each in file.namelist())
    assert "$argon2id$" not in everything
    assert ada.tokens["refresh_token"] not in everything
    hashes = await rows(app, "SELECT token_hash FROM refresh_token")
    assert all(each[0] not in everything for each in hashes)
    data = json.loads(file.read("data.json"))
    assert not [name for each in data.values() for row in each for name in row if WITHHELD.search(name)]


@pytest.mark.capability("L7")
def test_every_table_about_drivers_is_copied_or_named_with_a_reason() -> None:
    """A table that refers to a driver or a charge, at whatever distance, is in the copy, or left out for a reason."""
    tables = SQLModel.metadata.tables
    about = {"driver", "charging_session"}
    staffs_and_partners = {"partner", "fleet_account", "ledger_account", "account_link"}
    for _ in range(5):
        about |= {
            name
            for name, table in tables.items()
            if {key.column.table.name for key in table.foreign_keys} & (about - staffs_and_partners)
        }
    missing = {name for name in about if condition_of(tables[name]) is None and name not in LEFT_OUT}
    assert missing == set()
    assert set(LEFT_OUT) <= set(tables)


@pytest.mark.capability("L7")
async def test_a_copy_is_told_of_and_gone_after_a_day(app: App, ada: Someone, anyone: httpx.AsyncClient) -> None:
    """A notice and a mail tell, without the link; asked again it is the same copy; its bytes are deleted in a day."""
    asked = (await ada.http.post("/v1/me/exports")).json()
    (mail,) = await new_mails(app.work, app.ports)
    assert (mail.to, "/account/" in mail.text) == ("ada@example.com", False)
    (notice,) = (await ada.http.get("/v1/notices")).json()["notices"]
    assert (notice["message"], notice["detail"]) == ("data_export_ready", {"export_id": asked["id"]})
    assert (await ada.http.post("/v1/me/exports")).json()["id"] == asked["id"]
    shown = (await ada.http.get(asked["url"])).json()
    path = urlsplit(shown["download_url"]).path
    app.clock.advance(HOUR)
    assert (await anyone.get(path)).status_code == 410
    app.clock.advance(23 * HOUR)
    await sweep_accounts(work=app.work, ports=app.ports)
    assert await rows(app, "SELECT content FROM data_export") == [(None,)]
    await _again(app, ada)
    late = (await ada.http.get(asked["url"])).json()
    assert (late["status"], late["download_url"]) == ("expired", None)
    assert (await ada.http.post("/v1/me/exports")).json()["id"] != asked["id"]


async def _again(app: App, who: Someone) -> None:
    """Get a fresh access token after a long while."""
    body = {"refresh_token": who.tokens["refresh_token"]}
    tokens = (await who.http.post("/v1/token-refreshes", json=body)).json()
    who.tokens.update(tokens)
    who.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"


@pytest.mark.capability("L7")
async def test_another_drivers_copy_is_out_of_reach(app: App, ada: Someone, bob: Someone) -> None:
    """By its id it is unknown; a link made for another copy, another time or by another key opens nothing."""
    shown, _ = await copied(app, ada)
    theirs, _ = await copied(app, bob)
    checked(await bob.http.get(shown["url"]), 404, "unknown-export")
    export_id, until, signature = urlsplit(shown["download_url"]).path.rpartition("/")[2].split(".")
    signed_for_bob = urlsplit(theirs["download_url"]).path.rpartition(".")[2]
    forged = [
        f"{export_id}.{until}.{signed_for_bob}",
        f"{export_id}.{int(until) + 9999}.{signature}",
        f"{theirs['id']}.{until}.{signature}",
        f"{export_id}.{until}.{'0' * 64}",
        f"{export_id}.{until}",
        export_id,
        f"{export_id}.99999999999999999999.{signature}",
    ]
    for token in forged:
        assert (await bob.http.get(f"/account/exports/{token}")).status_code == 404, token


@pytest.mark.capability("L7")
async def test_an_account_is_erased_after_its_grace(app: App, ada: Someone, anyone: httpx.AsyncClient) -> None:
    """Fourteen days later nothing names the driver; a last letter goes out and is then forgotten itself."""
    asked = await ada.http.post("/v1/me/erasure", json={"password": PASSWORD})
    assert asked.json() == {"erased_at": "2026-03-16T09:00:00Z"}
    (told,) = await new_mails(app.work, app.ports)
    assert "2026-03-16" in told.subject
    app.clock.advance(timedelta(days=14).total_seconds() - 1)
    assert await sweep_erasures(work=app.work, ports=app.ports) == 0
    app.clock.advance(1)
    assert await sweep_erasures(work=app.work, ports=app.ports) == 1
    (last,) = await new_mails(app.work, app.ports)
    assert (last.to, last.subject) == ("ada@example.com", "Your account was deleted")
    await sweep_accounts(work=app.work, ports=app.ports)
    for name, table in SQLModel.metadata.tables.items():
        stored = await rows(app, f'SELECT row_to_json(t)::text FROM "{name}" t')  # noqa: S608 - our own tables
        assert not [each for each in stored if "ada@example.com" in each[0] or "Ada" in each[0]], table
    refused = await anyone.post("/v1/sign-in", json={"email": "ada@example.com", "password": PASSWORD})
    checked(refused, 401, "sign-in-refused")
    refreshed = await anyone.post("/v1/token-refreshes", json={"refresh_token": ada.tokens["refresh_token"]})
    checked(refreshed, 401, "refresh-refused")
    again = {"email": "ada@example.com", "name": "Ada", "password": "another long sentence"}
    assert (await anyone.post("/v1/accounts", json=again)).status_code == 202
    (welcome,) = await new_mails(app.work, app.ports)
    assert path_in(welcome).startswith("/account/activate/")


@pytest.mark.capability("L7")
async def test_the_mailed_link_keeps_the_account(app: App, ada: Someone, anyone: httpx.AsyncClient) -> None:
    """Until its day; afterwards nothing brings the account back."""
    await ada.http.post("/v1/me/erasure", json={"password": PASSWORD})
    (mail,) = await new_mails(app.work, app.ports)
    assert (await anyone.post(path_in(mail))).status_code == 200
    app.clock.advance(timedelta(days=15).total_seconds())
    assert await sweep_erasures(work=app.work, ports=app.ports) == 0
    await _again(app, ada)
    assert (await ada.http.get("/v1/me")).json()["closing_at"] is None


@pytest.mark.capability("L7")
async def test_a_running_charge_keeps_the_account(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Refused with the reasons while the charge runs and its hold stands."""
    assert (await ada.start(places[POST])).status_code == 202
    body = checked(await ada.http.post("/v1/me/erasure", json={"password": PASSWORD}), 409, "erasure-refused")
    assert {"charge_live", "hold_open"} <= set(body["facts"]["reasons"])


@pytest.mark.capability("L7")
async def test_an_open_receivable_keeps_the_account(app: App, ada: Someone) -> None:
    """Money that is owed, asked before and on the day: the erasure is refused, or waits from day to day."""
    assert (await ada.http.post("/v1/me/erasure", json={"password": PASSWORD})).status_code == 202
    await _owe(app, ada, 250)
    app.clock.advance(timedelta(days=14).total_seconds())
    assert await sweep_erasures(work=app.work, ports=app.ports) == 0
    await _again(app, ada)
    me = (await ada.http.get("/v1/me")).json()
    assert (me["email"], me["closing_at"]) == ("ada@example.com", "2026-03-17T09:00:00Z")
    await ada.http.delete("/v1/me/erasure")
    body = checked(await ada.http.post("/v1/me/erasure", json={"password": PASSWORD}), 409, "erasure-refused")
    assert body["facts"] == {"reasons": ["money_open"]}
    await _owe(app, ada, -250)
    assert (await ada.http.post("/v1/me/erasure", json={"password": PASSWORD})).status_code == 202


async def _owe(app: App, who: Someone, minor: int) -> None:
    """Book what a driver owes, against suspense."""
    change = Money(minor, "EUR")
    postings = (Posting(Account.RECEIVABLE, change, owner=who.driver.id), Posting(Account.SUSPENSE, -change))
    async with app.work() as db:
        kind, cause = JournalKind.RECEIVABLE_RAISED, ("test", str(minor))
        await book(db=db, ports=app.ports, now=app.clock.now(), kind=kind, cause=cause, postings=postings)
