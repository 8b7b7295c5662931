"""What a driver wishes of a running charge, through HTTP."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.domain.roaming.smart import PreferencesAnswer
from api.models.roaming import PartnerSessionRow
from api.services.charging.preferences import send_preferences
from api.services.roaming.sealing import seal
from tests.api.routes.app.conftest import PARTNER, App, Someone
from tests.api.routes.app.happenings import POST, SESSIONS, charging
from tests.fakes import START, FakeSmartCharging

WISH: dict[str, Any] = {
    "profile_type": "green",
    "departure_at": "2026-03-02T14:30:00+01:00",
    "energy_need_kwh": "24.50",
    "discharge_allowed": True,
}


@pytest.fixture
async def where(app: App, ada: Someone, places: dict[str, str]) -> str:
    """Return the address of the wishes for a running charge of Ada's, at a charger that takes them."""
    await sql(app, "UPDATE evse SET capabilities = capabilities || '[\"charging_preferences_capable\"]'")
    await sql(
        app,
        "UPDATE partner SET version = '2.2.1', their_token_sealed = :sealed, country_code = 'DE', party_id = 'ABC'",
        sealed=_sealed(app),
    )
    started = str((await ada.start(places[POST])).json()["id"])
    await charging(app, started)
    async with app.work() as db:
        db.add(
            PartnerSessionRow(
                key=f"{PARTNER}/DE/ABC/SES1",
                partner_id=PARTNER,
                country_code="DE",
                party_id="ABC",
                id="SES1",
                token_uid="UID",
                evse_uid="EVSE1",
                status="active",
                kwh=Decimal(1),
                raw="{}",
                charging_session_id=started,
                last_updated=START,
                first_seen_at=START,
                updated_at=START,
            )
        )
    return f"{SESSIONS}/{started}/charging-preferences"


def _sealed(app: App) -> str:
    return seal(app.ports.policy.sealing_key, "their-token", owner=PARTNER)


async def sql(app: App, statement: str, **values: object) -> list[Any]:
    """Run a statement; return its rows, if it has any."""
    async with app.work() as db:
        found = await (await db.connection()).execute(text(statement), values)
        return list(found.all()) if found.returns_rows else []


async def answered(app: App, answer: PreferencesAnswer) -> None:
    """Let the job run and the operator answer."""
    assert isinstance(app.ports.smart_charging, FakeSmartCharging)
    app.ports.smart_charging.preferences_answers.append(answer)
    ((newest,),) = await sql(app, "SELECT id FROM charging_preferences ORDER BY number DESC LIMIT 1")
    await send_preferences(work=app.work, ports=app.ports, preferences_id=newest)


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def test_a_wish_is_taken_on_and_its_answer_shown(app: App, ada: Someone, where: str) -> None:
    """Moments in UTC, energy as exact text, the operator's word in the driver's language."""
    taken = await ada.http.put(where, json=WISH, headers={"Accept-Language": "de-AT"})
    assert (taken.status_code, taken.headers["content-language"]) == (202, "de")
    shown = taken.json()
    assert (shown["status"], shown["departure_at"], shown["energy_need_kwh"], shown["discharge_allowed"]) == (
        "sending",
        "2026-03-02T13:30:00Z",
        "24.5",
        True,
    )
    assert shown["text"] == "Wir geben Ihre Wünsche gerade an den Betreiber weiter."
    await answered(app, PreferencesAnswer.DEPARTURE_REQUIRED)
    offer = (await ada.http.get(where, headers={"Accept-Language": "sv"})).json()
    assert (offer["offered"], offer["not_offered_because"]) == (True, None)
    assert (offer["preferences"]["status"], offer["preferences"]["text"]) == (
        "departure_required",
        "Operatören behöver också veta när du åker.",
    )


async def test_nobody_reaches_anothers_wishes(app: App, ada: Someone, bob: Someone, where: str) -> None:
    """For another driver the charge does not exist."""
    assert problem(await bob.http.put(where, json=WISH)) == (404, "unknown-charging-session")
    assert problem(await bob.http.get(where)) == (404, "unknown-charging-session")
    assert await sql(app, "SELECT id FROM charging_preferences") == []
    assert (await ada.http.get(where)).json()["preferences"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"profile_type": "lazy"},
        {"profile_type": None},
        {"energy_need_kwh": "0"},
        {"energy_need_kwh": "-1"},
        {"energy_need_kwh": "1001"},
        {"energy_need_kwh": "1.2345"},
        {"energy_need_kwh": "NaN"},
        {"departure_at": "2026-03-02T14:30:00"},
        {"departure_at": "2026-03-02T08:00:00Z"},
        {"until": "later"},
    ],
)
async def test_what_makes_no_sense_is_refused(app: App, ada: Someone, where: str, change: dict[str, Any]) -> None:
    """As a problem with words, and nothing is stored."""
    answer = await ada.http.put(where, json=WISH | change)
    assert problem(answer)[0] == 422
    assert await sql(app, "SELECT id FROM charging_preferences") == []


async def test_a_wish_that_cannot_be_passed_on_is_refused_with_its_reason(app: App, ada: Someone, where: str) -> None:
    """An operator of 2.1.1 cannot be told; the offer says so before anybody wishes."""
    await sql(app, "UPDATE partner SET version = '2.1.1'")
    answer = await ada.http.put(where, json=WISH)
    assert problem(answer) == (409, "preferences-not-offered")
    assert answer.json()["facts"] == {"reason": "operator_version"}
    offer = (await ada.http.get(where)).json()
    assert (offer["offered"], offer["not_offered_because"]) == (False, "operator_version")


async def test_only_a_running_charge_takes_wishes(app: App, ada: Someone, where: str) -> None:
    """Once the partner's session is over there is nothing to steer."""
    await sql(app, "UPDATE partner_session SET status = 'completed'")
    assert problem(await ada.http.put(where, json=WISH)) == (409, "not-charging")
