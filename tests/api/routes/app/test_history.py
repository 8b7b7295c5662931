"""The history over HTTP: what was paid and by whom, filters, a table for spreadsheets, ratings of one's own."""

import csv
import io
import json
from typing import Any

import pytest

from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST, SESSIONS
from tests.api.routes.app.test_papers import a_receipt
from tests.api.routes.app.test_problems import checked

OVER = "UPDATE charging_session SET status = 'settled', final_at = created_at, captured_minor = 1000 WHERE id = $1"


async def run(app: App, statement: str, *values: object) -> None:
    """Change what is stored."""
    async with app.work() as db:
        await (await db.connection()).exec_driver_sql(statement, values)


async def a_paid_charge(app: App, someone: Someone, places: dict[str, str]) -> str:
    """Return a charge over 10.00 that was paid, with its receipt."""
    charge = await a_receipt(app, someone, places)
    await run(app, OVER, charge)
    return charge


async def given_up(app: App, someone: Someone, places: dict[str, str], key: str) -> str:
    """Return a charge a second later that was given up."""
    app.clock.advance(1)
    started = (await someone.start(places[POST], key=key)).json()
    await someone.http.post(f"{started['url']}/cancel")
    return str(started["id"])


async def history(someone: Someone, **query: Any) -> list[str]:
    """Return the ids that the history shows."""
    answer = await someone.http.get(SESSIONS, params=query)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["charging_sessions"]]


async def table(someone: Someone, **query: Any) -> list[dict[str, str]]:
    """Return the history as a table."""
    answer = await someone.http.get(f"{SESSIONS}/export.csv", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.capability("CK27", "CK32")
async def test_the_history_tells_what_was_paid_and_where_the_receipt_is(
    app: App, ada: Someone, bob: Someone, places: dict[str, str]
) -> None:
    """Amount, payer, channel, place and receipt of a settled charge, in the driver's language; nobody else sees it."""
    charge = await a_paid_charge(app, ada, places)
    answer = await ada.http.get(SESSIONS, headers={"Accept-Language": "de"})
    (shown,) = answer.json()["charging_sessions"]
    assert shown["payment"] == {
        "paid": {"amount_minor": 1000, "currency": "EUR"},
        "refunded": {"amount_minor": 0, "currency": "EUR"},
        "paid_by": "driver",
        "employer": None,
        "text": "Von Ihnen mit Karte bezahlt",
    }
    assert (shown["auth_channel"], shown["payer_type"], shown["network_id"]) == ("app", "card", "net_DE-ABC")
    assert shown["receipt"]["number"] == "CHH-2026-000001"
    assert (await ada.http.get(shown["receipt"]["url"])).json()["id"] == shown["receipt"]["id"]
    assert (await ada.http.get(shown["receipt"]["pdf_url"])).headers["content-type"] == "application/pdf"
    assert (await ada.http.get(answer.json()["statements_url"])).json()["receipts"] == []
    assert shown["id"] == charge
    assert await history(bob) == []
    again = await ada.http.get(SESSIONS, headers={"If-None-Match": answer.headers["etag"], "Accept-Language": "de"})
    assert (again.status_code, again.content) == (304, b"")


async def test_nothing_is_called_paid_before_it_is(app: App, ada: Someone, places: dict[str, str]) -> None:
    """A charge that is starting was not paid, one that was given up had nothing to pay."""
    url = (await ada.start(places[POST])).json()["url"]
    (shown,) = (await ada.http.get(SESSIONS)).json()["charging_sessions"]
    assert (shown["payment"]["paid"], shown["payment"]["text"]) == (None, "Nothing has been paid yet")
    assert shown["receipt"] is None
    await ada.http.post(f"{url}/cancel")
    await run(app, "UPDATE charging_session SET final_at = created_at")
    (shown,) = (await ada.http.get(SESSIONS)).json()["charging_sessions"]
    assert (shown["payment"]["paid"]["amount_minor"], shown["payment"]["text"]) == (0, "Nothing to pay")


@pytest.mark.capability("A36")
async def test_filters_narrow_list_and_table_alike(app: App, ada: Someone, places: dict[str, str]) -> None:
    """By date, status, network and payer; the link to the next page keeps them; what is unknown is refused."""
    paid = await a_paid_charge(app, ada, places)
    first = app.clock.now().isoformat()
    given = [await given_up(app, ada, places, f"k{number}") for number in range(3)]
    newest_first = given[::-1]
    await run(app, "UPDATE charging_session SET payer_type = 'wallet', party_id = 'xyz' WHERE id = $1", given[0])
    for query, expected in (
        ({}, [*newest_first, paid]),
        ({"status": "settled"}, [paid]),
        ({"status": ["settled", "abandoned"]}, [*newest_first, paid]),
        ({"until": app.clock.now().isoformat()}, [given[1], given[0], paid]),
        ({"from": app.clock.now().isoformat()}, [given[2]]),
        ({"until": first}, []),
        ({"payer_type": "wallet"}, [given[0]]),
        ({"network_id": "net_DE-XYZ"}, [given[0]]),
        ({"network_id": "net_DE-ABC", "payer_type": "card"}, [given[2], given[1], paid]),
    ):
        assert await history(ada, **query) == expected, query
        assert [row["charging_session_id"] for row in await table(ada, **query)] == expected, query
    page = await ada.http.get(SESSIONS, params={"status": "abandoned", "limit": 2})
    following = page.headers["link"].removeprefix("<").partition(">")[0]
    assert [each["id"] for each in (await ada.http.get(SESSIONS + following)).json()["charging_sessions"]] == [given[0]]
    for path in (SESSIONS, f"{SESSIONS}/export.csv"):
        checked(await ada.http.get(path, params={"state": "settled"}), 400, "unknown-query-parameter")
        for bad in ({"status": "paid"}, {"from": "2026-03-02"}, {"from": "0001-01-01T00:00:00+14:00"}):
            checked(await ada.http.get(path, params=bad), 422, "invalid-request")


async def test_the_table_is_safe_and_whole(
    app: App, ada: Someone, bob: Someone, places: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Formulas are quoted, commas and line ends stay in their cell, money is decimal; read in many parts as in one."""
    charge = await a_paid_charge(app, ada, places)
    name = '=HYPERLINK("http://x.test","a")\n, b'
    await run(app, "UPDATE charging_session SET place = place || jsonb_build_object('name', $1::text)", name)
    given = [await given_up(app, ada, places, f"k{number}") for number in range(4)]
    monkeypatch.setattr("api.services.history.export.AT_ONCE", 2)
    rows = await table(ada)
    assert [each["charging_session_id"] for each in rows] == [*given[::-1], charge]
    row = rows[-1]
    assert row["place"] == f"'{name}"
    assert (row["price"], row["paid"], row["currency"]) == ("10.00", "10.00", "EUR")
    assert row["created_at"].endswith("+00:00")
    assert row["receipt_number"] == "CHH-2026-000001"
    assert await table(bob) == []


@pytest.mark.capability("CM28")
async def test_a_charge_is_rated_once_and_changed_for_a_while(
    app: App, ada: Someone, bob: Someone, places: dict[str, str]
) -> None:
    """Not while it goes on; then one rating, which replaces itself, for 30 days; never by somebody else."""
    started = (await ada.start(places[POST])).json()
    url = f"{started['url']}/rating"
    checked(await ada.http.put(url, json={"score": 5}), 409, "rating-too-early")
    await ada.http.post(f"{started['url']}/cancel")
    await run(app, "UPDATE charging_session SET final_at = created_at")
    checked(await ada.http.get(url), 404, "unknown-rating")
    for bad in ({"score": 0}, {"score": 6}, {"score": 4, "comment": "x" * 1001}, {"score": 4, "comment": "\x00"}, {}):
        checked(await ada.http.put(url, json=bad), 422, "invalid-request")
    first = await ada.http.put(url, json={"score": 5, "comment": "  Easy.  "})
    assert (first.status_code, first.json()["score"], first.json()["comment"]) == (200, 5, "Easy.")
    app.clock.advance(60)
    changed = (await ada.http.put(url, json={"score": 2, "comment": " "})).json()
    assert (changed["score"], changed["comment"]) == (2, None)
    assert changed["created_at"] == first.json()["created_at"] < changed["updated_at"]
    shown = await ada.http.get(url)
    assert shown.json() == changed
    assert (await ada.http.get(url, headers={"If-None-Match": shown.headers["etag"]})).status_code == 304
    for answer in (await bob.http.put(url, json={"score": 1}), await bob.http.get(url)):
        checked(answer, 404, "unknown-charging-session")
    await run(app, "UPDATE rating SET created_at = created_at - interval '30 days'")
    closed = checked(await ada.http.put(url, json={"score": 4}), 409, "rating-closed")
    assert closed["facts"] == {"days": 30}
    assert (await ada.http.get(url)).json()["score"] == 2


@pytest.mark.capability("CM28")
async def test_one_rating_is_no_average(app: App, ada: Someone, places: dict[str, str]) -> None:
    """What one driver thinks is not told of charger and network; places that do not exist are 404."""
    charge = await given_up(app, ada, places, "k")
    await run(app, "UPDATE charging_session SET final_at = created_at")
    assert (await ada.http.put(f"{SESSIONS}/{charge}/rating", json={"score": 1})).status_code == 200
    for path in (f"/v1/connectors/{places[POST]}", "/v1/networks/net_DE-ABC"):
        assert (await ada.http.get(f"{path}/rating")).json() == {"average": None, "count": None}
    checked(await ada.http.get("/v1/connectors/con_none/rating"), 404, "unknown-connector")
    checked(await ada.http.get("/v1/networks/net_XX-XXX/rating"), 404, "unknown-network")


async def test_the_paper_lists_what_the_list_does(
    app: App, ada: Someone, places: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same filters and the reader's language; one's own charges only; too many for a paper are refused."""
    await a_paid_charge(app, ada, places)
    await given_up(app, ada, places, "k")

    async def paper(language: str = "sv", **query: Any) -> list[Any]:
        headers = {"Accept-Language": language}
        answer = await ada.http.get(f"{SESSIONS}/export.pdf", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        assert (answer.headers["content-type"], answer.headers["content-language"]) == ("application/pdf", language)
        told: list[Any] = json.loads(answer.content.removeprefix(b"%PDF-fake\n"))
        return told

    language, narrowed, lines, total = await paper()
    assert (language, narrowed, lines) == ("sv", False, 2)
    assert "currency='EUR', count=2" in total
    assert "paid_minor=1000, by_employer_minor=0, refunded_minor=0" in total
    assert (await paper("de", status="settled"))[:3] == ["de", True, 1]
    assert (await paper("en", **{"from": app.clock.now().isoformat()}))[:3] == ["en", False, 1]
    assert (await paper("en", payer_type="wallet"))[2:] == [0]
    monkeypatch.setattr("api.services.history.paper.MOST_LINES", 1)
    refused = checked(await ada.http.get(f"{SESSIONS}/export.pdf"), 422, "history-too-long")
    assert refused["facts"] == {"most": 1}
