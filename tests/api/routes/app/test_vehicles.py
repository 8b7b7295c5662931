"""The catalogue of cars through HTTP: search, bounds, and the poll that tells nothing new."""

import pytest

from api.services.drivers.ev_data import SOURCE, read_ev_data
from api.services.drivers.vehicles import import_vehicle_models
from tests.api.routes.app.conftest import App, Someone
from tests.api.services.drivers.cars import a_car, a_file, a_hybrid

PATH = "/v1/vehicle-models"


@pytest.fixture
async def catalogue(app: App) -> None:
    """Store three made-up cars."""
    cars = read_ev_data(a_file(a_car(), a_hybrid(), a_car(3, variant=""))).cars
    async with app.work() as db:
        await import_vehicle_models(db=db, now=app.clock.now(), source=SOURCE, cars=cars)


async def test_a_driver_finds_their_car(ada: Someone, catalogue: None) -> None:
    """Whole watts and watt-hours; no DC is null, and so is a variant that has no name."""
    answer = await ada.http.get(PATH, params={"q": "mura"})
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["vehicle_models"]
    assert found.pop("id").startswith("vhm_")
    assert found == {
        "brand": "Škola",
        "model": "Můra",
        "variant": None,
        "release_year": 2024,
        "kind": "phev",
        "usable_wh": 10500,
        "ac_power_w": 3600,
        "dc_power_w": None,
    }
    fjord = (await ada.http.get(PATH, params={"q": "fjord long"})).json()["vehicle_models"]
    assert [each["dc_power_w"] for each in fjord] == [175500]


async def test_a_cut_list_says_so(ada: Someone, catalogue: None) -> None:
    """Without words the first cars come, and the list tells that there are more."""
    one = (await ada.http.get(PATH, params={"limit": 1})).json()
    everything = (await ada.http.get(PATH)).json()
    assert (len(one["vehicle_models"]), one["truncated"]) == (1, True)
    assert (len(everything["vehicle_models"]), everything["truncated"]) == (3, False)


async def test_the_same_list_need_not_be_sent_again(app: App, ada: Someone, catalogue: None) -> None:
    """The ETag of a list stands for its content: 304 while it is the same, the whole list once it is not."""
    first = await ada.http.get(PATH, params={"q": "fjord"})
    headers = {"If-None-Match": first.headers["ETag"]}
    again = await ada.http.get(PATH, params={"q": "fjord"}, headers=headers)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert (await ada.http.get(PATH, params={"q": "mura"}, headers=headers)).status_code == 200
    async with app.work() as db:
        changed = read_ev_data(a_file(a_car(usable_battery_size=80))).cars
        await import_vehicle_models(db=db, now=app.clock.now(), source=SOURCE, cars=changed)
    assert (await ada.http.get(PATH, params={"q": "fjord"}, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("params", "status"),
    [({"limit": 0}, 422), ({"limit": 101}, 422), ({"q": "x" * 201}, 422), ({"q": "\x00"}, 422), ({"words": "x"}, 400)],
)
async def test_questions_out_of_bounds(ada: Someone, params: dict[str, str | int], status: int) -> None:
    """Each is a problem document, never a server error."""
    answer = await ada.http.get(PATH, params=params)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
