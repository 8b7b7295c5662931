"""Quotes through HTTP: the price before the start as an app reads it, and every refusal as a problem."""

from decimal import Decimal
from typing import Any

import pytest

from api.domain.pricing.snapshot import tariff_to_json
from api.domain.pricing.tariff import ComponentType, PriceComponent, Restrictions, Tariff, TariffElement
from api.models.location import TariffRow
from api.services.drivers.ev_data import SOURCE, read_ev_data
from api.services.drivers.vehicles import import_vehicle_models
from api.services.roaming.keys import object_key
from tests.api.routes.app.conftest import PARTNER, App, Someone
from tests.api.routes.app.happenings import POST
from tests.api.services.drivers.cars import a_car, a_file

SILENT = "DE*ABC*E71*002"


@pytest.fixture
async def car(app: App, ada: Someone) -> str:
    """Store a made-up car and return its id as an app finds it."""
    cars = read_ev_data(a_file(a_car())).cars
    async with app.work() as db:
        await import_vehicle_models(db=db, now=app.clock.now(), source=SOURCE, cars=cars)
    listed = (await ada.http.get("/v1/vehicle-models", params={"q": "fjord"})).json()["vehicle_models"]
    return str(listed[0]["id"])


async def publish(app: App, *elements: TariffElement, **fields: object) -> None:
    """Replace what the operator publishes for its posts."""
    tariff = Tariff("T1", "EUR", elements, **fields)  # type: ignore[arg-type]  # whatever a test wants of it
    async with app.work() as db:
        row = await db.get_one(TariffRow, object_key(PARTNER, "DE", "ABC", "T1"))
        row.snapshot, row.currency = tariff_to_json(tariff), tariff.currency
        db.add(row)


def element(*prices: tuple[ComponentType, str], rules: Restrictions | None = None) -> TariffElement:
    """Return a tariff element of prices by type; the tax is the location's."""
    return TariffElement(tuple(PriceComponent(kind, Decimal(price), 1) for kind, price in prices), rules)


def euros(cents: int) -> dict[str, Any]:
    """Return an amount as it stands on the wire."""
    return {"amount_minor": cents, "currency": "EUR"}


LATE = Restrictions(min_duration_seconds=7200, min_kwh=Decimal("0.5"), days_of_week=frozenset({1, 2}))
PARKING = element((ComponentType.parking_time, "6"), rules=LATE)


@pytest.mark.capability("L1")
async def test_every_price_is_shown_with_when_it_applies(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Energy before parking, each as stated and as paid, by the minute too, with its restrictions as fields (L1)."""
    await publish(app, PARKING, element((ComponentType.energy, "0.5")))
    energy, idle = (await ada.quote(places[POST])).json()["price"]["components"]

    assert (energy["type"], energy["price"], energy["per"]) == ("energy", "0.5", "kWh")
    assert energy["driver_price"] == {"net": "0.5", "gross": "0.595"}
    assert (idle["per"], idle["driver_price_per_minute"]) == ("hour", {"net": "0.1", "gross": "0.119"})
    rules = {name: value for name, value in idle["restrictions"].items() if value not in (None, [])}
    assert rules == {"min_duration_s": 7200, "min_wh": 500, "days_of_week": [1, 2]}


async def test_the_quote_for_ones_own_car(app: App, ada: Someone, places: dict[str, str], car: str) -> None:
    """From 20 to 40 % at 11 kW are 15.48 kWh for 9.21; at 12:24 local another 24 minutes of parking, together 12.12."""
    await publish(app, PARKING, element((ComponentType.energy, "0.5")))
    wish = {"vehicle_model_id": car, "from_percent": "20", "to_percent": "40", "idle_minutes": 60}
    quote = (await ada.quote(places[POST], **wish)).json()
    estimate, stay = quote["price"]["estimate"], quote["price"]["stay"]

    assert (estimate["basis"], estimate["energy_wh"], estimate["minutes"]) == ("vehicle", 15480, 84)
    assert (estimate["charging_ends_at"], estimate["total"]) == ("2026-03-02T10:24:26.181818Z", euros(1212))
    assert estimate["parts"] == {"cpo": euros(1019), "roaming": euros(0), "fee": euros(0), "vat": euros(193)}
    assert [line["kind"] for line in estimate["lines"]] == ["energy", "parking_time"]
    assert stay["text"] == "free until 12:00, 7.14 EUR/h after"
    assert [each["total"] for each in stay["entries"]] == [stay["total_now"], None] == [euros(921), None]
    assert (quote["hold"], quote["hold_reason"]) == (euros(1500), "estimate")
    assert quote["hold_details"]["estimate"] == euros(1212)
    assert quote["time_zone"] == "Europe/Berlin"
    assert [note["code"] for note in quote["price"]["notes"]] == ["not_priced"]  # parking in the first two hours


async def test_a_quote_without_any_wish(ada: Someone, places: dict[str, str]) -> None:
    """A usual charge is assumed and called so, and the hold is the rule's."""
    quote = (await ada.quote(places[POST])).json()

    assert (quote["price"]["estimate"]["basis"], quote["price"]["estimate"]["energy_wh"]) == ("assumed", 30000)
    assert (quote["hold"], quote["hold_reason"]) == (euros(5000), "rule")
    expected = {"reason": "rule", "estimate": None, "margin_percent": None, "cap": None, "reuses_hold": None}
    assert quote["hold_details"] == expected


@pytest.mark.capability("P10")
async def test_the_list_shows_the_price_that_the_quote_estimates_with(
    app: App, ada: Someone, places: dict[str, str]
) -> None:
    """The kWh price of the map is the one of the estimate's first line, with markup and tax (P10)."""
    fast = element((ComponentType.energy, "0.79"), rules=Restrictions(min_power=Decimal(20)))
    await publish(app, fast, element((ComponentType.energy, "0.5")))
    found = await ada.http.get("/v1/connectors/resolve", params={"visual_id": POST})
    listed = found.json()["connector"]["energy_price"]
    (line,) = (await ada.quote(places[POST])).json()["price"]["estimate"]["lines"]

    assert (listed["per_kwh"], listed["varies"]) == ("0.9401", True)
    assert Decimal(line["gross"]) == Decimal(listed["per_kwh"]) * 30


@pytest.mark.capability("P13")
async def test_an_unknown_price_is_null_with_its_reason(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Not published, or told in words only: null and a reason, the words beside it, and no estimate (P13)."""
    silent = (await ada.quote(places[SILENT], energy_kwh="10")).json()
    await publish(app, texts=(("en", "Ask at the counter"),), url="https://harbor.test/prices")
    words = (await ada.quote(places[POST])).json()["price"]

    assert (silent["price"]["known"], silent["price"]["unknown_because"]) == (False, "operator_published_no_price")
    assert (silent["hold"], silent["hold_reason"]) == (euros(5000), "price_unknown")
    assert (words["known"], words["unknown_because"], words["estimate"]) == (False, "price_only_in_words", None)
    assert words["texts"] == [{"language": "en", "text": "Ask at the counter"}]
    assert words["url"] == "https://harbor.test/prices"


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"vehicle_model_id": "vhm_none"}, 404, "unknown-vehicle-model"),
        ({"from_percent": "80", "to_percent": "20"}, 422, "percent-invalid"),
        ({"hold_cap_minor": 100}, 422, "driver-cap-too-low"),
        ({"from_percent": "101"}, 422, "invalid-request"),
        ({"idle_minutes": -1}, 422, "invalid-request"),
        ({"hold_cap_minor": 0}, 422, "invalid-request"),
        ({"energy_kwh": "0"}, 422, "invalid-request"),
    ],
)
async def test_wishes_that_are_refused(
    ada: Someone, places: dict[str, str], car: str, wish: dict[str, object], status: int, code: str
) -> None:
    """Each is a problem document with its own code and what to do next."""
    answer = await ada.quote(places[POST], **({"vehicle_model_id": car} | wish))

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["next_action"] == "change_request"


async def test_a_refused_cap_says_how_much_it_takes(ada: Someone, places: dict[str, str]) -> None:
    """The numbers behind the refusal are money like everywhere."""
    facts = (await ada.quote(places[POST], hold_cap_minor=100)).json()["facts"]

    assert facts == {"cap": euros(100), "least": euros(200)}


async def test_a_currency_that_we_cannot_hold_is_refused(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Nobody said how much fifty of it are, so another charger is the advice."""
    tariff = Tariff("T1", "KES", (element((ComponentType.energy, "50")),))
    async with app.work() as db:
        row = await db.get_one(TariffRow, object_key(PARTNER, "DE", "ABC", "T1"))
        row.snapshot, row.currency = tariff_to_json(tariff), tariff.currency
        db.add(row)
    answer = await ada.quote(places[POST])

    assert (answer.status_code, answer.json()["code"]) == (422, "no-hold-for-currency")
    assert answer.json()["next_action"] == "choose_another_connector"
