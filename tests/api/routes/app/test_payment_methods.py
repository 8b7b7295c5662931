"""Saved cards through HTTP: what the app sees, keys, and what it is told when a card cannot go."""

from tests.api.routes.app.conftest import App, Someone
from tests.fakes import FakeCards

CARDS, SETUPS = "/v1/payment-methods", "/v1/payment-method-setups"


def cards_at(app: App) -> FakeCards:
    """Return the fake that keeps the cards."""
    assert isinstance(app.ports.cards, FakeCards)
    return app.ports.cards


async def add(app: App, someone: Someone, *, key: str = "add-1", card: str = "pm_card_visa") -> str:
    """Let a driver add a card in the app and return its id."""
    begun = await someone.http.post(SETUPS, headers={"Idempotency-Key": key})
    assert begun.status_code == 201, begun.text
    cards_at(app).confirm_in_app(begun.json()["setup_intent_client_secret"].removesuffix("_secret"), card)
    seen = await someone.http.get(begun.json()["url"])
    assert seen.json()["status"] == "saved", seen.text
    return str(seen.json()["payment_method_id"])


async def test_a_driver_sees_their_cards(app: App, ada: Someone) -> None:
    """The card of before is there, and what is added comes first, with its wallet; the default does not move."""
    (first,) = (await ada.http.get(CARDS)).json()["payment_methods"]
    assert first.pop("id").startswith("crd_")
    assert first == {
        "kind": "card",
        "brand": "visa",
        "last4": "4242",
        "exp_month": 12,
        "exp_year": 2034,
        "expired": False,
        "wallet": None,
        "is_default": True,
        "added_at": "2026-03-02T09:00:00Z",
    }
    app.clock.advance(60)
    added = await add(app, ada, card="pm_sandbox_googlePay")
    listed = (await ada.http.get(CARDS)).json()
    assert [(one["id"] == added, one["wallet"], one["is_default"]) for one in listed["payment_methods"]] == [
        (True, "google_pay", False),
        (False, None, True),
    ]
    assert listed["default_id"] == listed["payment_methods"][1]["id"]


async def test_an_old_card_says_so(app: App, ada: Someone) -> None:
    """The app warns of a card whose month is over, by our clock."""
    app.clock.advance(9 * 366 * 86_400)
    await add(app, await _again(app, ada))
    assert [one["expired"] for one in (await ada.http.get(CARDS)).json()["payment_methods"]] == [True, True]


async def test_one_key_begins_one_setup(app: App, ada: Someone) -> None:
    """A repetition gets the very same secrets and says so; another key begins anew; none is refused."""
    first, again, other = [
        await ada.http.post(SETUPS, headers={"Idempotency-Key": key}) for key in ("one", "one", "two")
    ]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.headers["Location"] == first.json()["url"]
    assert other.json()["id"] != first.json()["id"]
    assert len(cards_at(app).calls_of("begin_setup")) == 2
    missing = await ada.http.post(SETUPS)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency-key-missing")


async def test_a_processor_that_is_away_can_be_asked_again(app: App, ada: Someone) -> None:
    """Without an answer the app is told to repeat with the same key, which resumes the very same setup."""
    cards_at(app).lose_answer("begin_setup")
    lost = await ada.http.post(SETUPS, headers={"Idempotency-Key": "one"})
    assert (lost.status_code, lost.json()["code"]) == (503, "processor-outcome-unknown")
    assert (lost.json()["retryable"], lost.json()["next_action"]) == (True, "retry")
    found = await ada.http.post(SETUPS, headers={"Idempotency-Key": "one"})
    assert found.status_code == 201
    assert len({call.idempotency_key for call in cards_at(app).calls_of("begin_setup")}) == 1


async def test_the_list_survives_an_outage(app: App, ada: Someone) -> None:
    """What we keep is shown while the processor is away."""
    cards_at(app).break_before("cards_of_customer")
    shown = await ada.http.get(CARDS)
    assert (shown.status_code, shown.json()["payment_methods"]) == (200, [])
    assert len((await ada.http.get(CARDS)).json()["payment_methods"]) == 1


async def test_a_driver_chooses_and_removes(app: App, ada: Someone, bob: Someone) -> None:
    """Choosing moves the default, removing the default leaves none, and strangers find nothing."""
    await ada.http.get(CARDS)
    added = await add(app, ada)
    chosen = await ada.http.put(f"{CARDS}/{added}/default")
    assert (chosen.status_code, chosen.json()["is_default"]) == (200, True)
    assert (await ada.http.get(CARDS)).json()["default_id"] == added
    for answer in (await bob.http.put(f"{CARDS}/{added}/default"), await bob.http.delete(f"{CARDS}/{added}")):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-card")
    assert [(await ada.http.delete(f"{CARDS}/{added}")).status_code for _ in range(2)] == [204, 204]
    left = (await ada.http.get(CARDS)).json()
    assert (len(left["payment_methods"]), left["default_id"]) == (1, None)
    assert (await ada.http.get("/v1/me")).json()["has_card"] is False
    gone = await ada.http.put(f"{CARDS}/{added}/default")
    assert gone.status_code == 404


async def test_a_card_in_use_stays(app: App, ada: Someone, places: dict[str, str]) -> None:
    """While a hold stands on it, the card stays, and the app is told which charge needs it."""
    card_id = (await ada.http.get(CARDS)).json()["default_id"]
    started = await ada.start(places["DE*ABC*E71*001"])
    assert started.status_code == 202, started.text
    kept = await ada.http.delete(f"{CARDS}/{card_id}")
    assert (kept.status_code, kept.json()["code"]) == (409, "card-in-use")
    assert kept.json()["facts"] == {"reason": "live_hold", "charging_session_id": started.json()["id"]}
    assert (await ada.http.get(CARDS)).json()["default_id"] == card_id


async def test_what_is_added_is_its_drivers_own(ada: Someone, bob: Someone) -> None:
    """Nobody looks at another driver's setup."""
    begun = await ada.http.post(SETUPS, headers={"Idempotency-Key": "one"})
    foreign = await bob.http.get(begun.json()["url"])
    assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown-card-setup")
    own = await ada.http.get(begun.json()["url"])
    assert own.json() == {
        "id": begun.json()["id"],
        "status": "needs_payment_method",
        "payment_method_id": None,
        "error_code": None,
    }


async def _again(app: App, someone: Someone) -> Someone:
    """Return the driver signed in anew: years later the old token is no good."""
    answer = await someone.http.post("/v1/sign-in", json={"email": "ada@example.com", "password": "correct horse"})
    someone.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    await someone.http.get(CARDS)
    return someone
