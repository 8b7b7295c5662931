"""What must hold after every story, whatever went wrong in it: one hold, at most one capture, nothing left behind.

The processor's stand-in is asked over its own API, so that a mistake in our books cannot agree with itself.
"""

from collections import Counter
from typing import Any

from api.services.calls import LONGEST_PAUSE
from tests.journeys.people import Charge
from tests.journeys.world import World

ENDED = ("captured", "released", "expired", "declined")

_ZERO = {
    "journals that do not balance": """
        SELECT count(*) FROM (SELECT journal_id FROM ledger_entry GROUP BY journal_id, layer, currency
        HAVING sum(amount_minor) <> 0) unbalanced""",
    "holds captured above what was authorized": "SELECT count(*) FROM hold WHERE captured_minor > authorized_minor",
    "ended holds that do not add up": """
        SELECT count(*) FROM hold WHERE status IN ('captured', 'released', 'expired')
        AND authorized_minor <> captured_minor + released_minor""",
    "holds open though the charge is over": """
        SELECT count(*) FROM charging_session c JOIN hold h ON h.charging_session_id = c.id
        WHERE c.final_at IS NOT NULL AND h.status NOT IN ('captured', 'released', 'expired', 'declined')""",
    "settled charges whose price was not taken or booked": """
        SELECT count(*) FROM charging_session c JOIN hold h ON h.charging_session_id = c.id
        WHERE c.status = 'settled' AND h.captured_minor + coalesce((c.state->'receivable'->>'minor')::bigint, 0)
          - coalesce((c.state->'excess'->>'minor')::bigint, 0)
          - coalesce((c.state->'ordered_back'->>'minor')::bigint, 0)
          + coalesce((c.state->'after'->'withheld'->>'minor')::bigint, 0)
          - coalesce((c.state->'after'->'repaid'->>'minor')::bigint, 0)
          - coalesce((c.state->'after'->'returned'->>'minor')::bigint, 0)
          + coalesce((c.state->'after'->'paid'->>'minor')::bigint, 0)
          + coalesce((c.state->'after'->'credited'->>'minor')::bigint, 0)
          + coalesce((c.state->'after'->'written_off'->>'minor')::bigint, 0)
          <> CASE WHEN c.owed_minor < 50 THEN 0 ELSE c.owed_minor END""",
    "operations without an end": """
        SELECT count(*) FROM payment_operation WHERE state IN ('pending', 'sent', 'unknown')""",
    "failed jobs": "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'",
    "jobs left": """
        SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name NOT LIKE 'sweep%'
        AND (task_name NOT IN ('fire_timer', 'watch_price') OR scheduled_at <= now())""",
    "events that nobody handled": "SELECT count(*) FROM processor_event WHERE handled_at IS NULL",
}
_OURS = """
SELECT lower(currency) AS currency, sum(authorized_minor) AS authorized, sum(captured_minor) AS captured,
       sum(released_minor) AS released,
       sum(CASE WHEN status IN ('captured', 'released', 'expired', 'declined') THEN 0 ELSE authorized_minor END) AS open
FROM hold GROUP BY currency
"""
_BALANCE = """
SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
WHERE a.name = $1 AND a.currency = $2
"""

_PAID_OUT = """
SELECT coalesce(sum(e.amount_minor), 0)::bigint FROM ledger_entry e JOIN journal j ON j.id = e.journal_id
WHERE j.kind IN ('payout', 'payout_failed') AND e.account_id = 'bank_transit::' || $1
"""


async def keeps_the_promise(world: World) -> None:
    """Assert the promise now and once more a day later, when everything that may still come has come."""
    await world.settles()
    while await world.connection.fetchval(_ZERO["operations without an end"]):
        await world.moves_on(until=world.now() + LONGEST_PAUSE)  # a call without an answer is repeated after a while
    await _holds_now(world)
    before = await _figures(world)
    await world.skips(hours=24)
    await _holds_now(world)
    assert await _figures(world) == before, "money moved after the story was over"
    world.promise_kept = True


async def _figures(world: World) -> list[dict[str, Any]]:
    return [dict(row) for row in await world.connection.fetch(_OURS)]


async def _holds_now(world: World) -> None:
    """Assert every part of the promise at this moment."""
    await world.settles()
    for what, query in _ZERO.items():
        assert await world.connection.fetchval(query) == 0, what
    await _nobody_met_an_error(world)
    await _processor_agrees(world)
    for driver in world.drivers:
        for charge in driver.charges:
            await _one_hold(charge)


async def _nobody_met_an_error(world: World) -> None:
    """Assert that partner and processor were never answered with a mistake of our own."""
    told = [(each["url"], each["http_status"]) for each in await world.cpo("GET", "sent")]
    told += [(each["type"], each["status"]) for each in (await world.processor("GET", "webhooks"))["deliveries"]]
    assert [each for each in told if (each[1] or 0) >= 500] == []


async def _processor_agrees(world: World) -> None:
    """Compare the stand-in's own totals with our holds and with the books, to the cent."""
    totals = await world.processor("GET", "totals")
    ours = {row["currency"]: row for row in await _figures(world)}
    for currency, theirs in totals.items():
        held = ours[currency]
        assert theirs["authorized"] == held["authorized"], "authorized"
        assert theirs["captured"] == held["captured"], "captured"
        assert theirs["released"] + theirs["expired"] == held["released"], "released"
        assert theirs["open_holds"] == held["open"], "open holds"
        books = {
            name: await world.connection.fetchval(_BALANCE, name, currency.upper())
            for name in ("psp_holds", "psp_clearing", "psp_fees")
        }
        books["psp_clearing"] += await world.connection.fetchval(_PAID_OUT, currency.upper())
        assert books == {
            "psp_holds": theirs["open_holds"],
            "psp_clearing": theirs["net"],
            "psp_fees": theirs["fees"],
        }, currency


async def _one_hold(charge: Charge) -> None:
    """Assert that the processor holds for this charge what we say, in one intent, captured at most once."""
    if (await charge.row())["hold_passed_to"] is not None:
        return  # the driver's next charge has the hold, and is looked at itself
    world, hold = charge.world, await charge.hold()
    intents = [each for each in await intents_of(world, hold["customer_id"]) if _is_for(each, hold["id"])]
    with_money = [each for each in intents if each["amount_capturable"] or each["amount_received"]]
    assert len(with_money) <= 1, f"{len(with_money)} holds for one charge"
    assert sum(each["amount_received"] for each in intents) == hold["captured_minor"]
    assert sum(each["amount_capturable"] for each in intents) == (
        0 if hold["status"] in ENDED else hold["authorized_minor"]
    )
    captures = Counter(
        entry["path"].split("/")[3]
        for entry in (await world.processor("GET", "requests"))["requests"]
        if entry["path"].endswith("/capture") and entry["status"] == 200 and not entry["replayed"]
    )
    assert all(captures[each["id"]] <= 1 for each in intents), "captured twice"


def _is_for(intent: dict[str, Any], hold_id: str) -> bool:
    return hold_id in intent["metadata"].values()


async def intents_of(world: World, customer_id: str) -> list[dict[str, Any]]:
    """Return the processor's intents of a customer, as the API lists them."""
    key = world.stack.settings.stripe_api_key.get_secret_value()
    answer = await world.http.get(
        f"{world.stack.stripe_url}/v1/payment_intents",
        params={"customer": customer_id, "limit": 100},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found
