"""What must hold after every step, and what must hold once nothing is under way (payments.md 4.1).

Each query counts violations. The stand-in is asked over its API, so that a mistake in our books cannot agree with
itself; what a charge must come to is asked of ``model.py``, which knows no code of the product.
"""

from collections import Counter
from typing import Any

from tests.soak.model import FOR_A_PERSON, due
from tests.soak.money import NEVER, moved_money
from tests.soak.partner import PRICE
from tests.soak.town import Town

ALWAYS = {
    "a journal does not balance": """
        SELECT count(*) FROM (SELECT 1 FROM ledger_entry GROUP BY journal_id, layer, currency
        HAVING sum(amount_minor) <> 0) x""",
    "captured above authorized": "SELECT count(*) FROM hold WHERE captured_minor > authorized_minor",
    "a hold was captured twice": """
        SELECT count(*) FROM (SELECT 1 FROM hold_event WHERE kind = 'capture_succeeded' GROUP BY hold_id
        HAVING count(*) > 1) x""",
    "stored totals differ from the history": """
        SELECT count(*) FROM hold h LEFT JOIN LATERAL (SELECT
          coalesce(max(amount_minor) FILTER (WHERE kind IN ('place_succeeded', 'extend_succeeded')), 0) AS authorized,
          coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture_succeeded'), 0) AS captured
          FROM hold_event e WHERE e.hold_id = h.id) t ON true
        WHERE h.authorized_minor <> t.authorized OR h.captured_minor <> t.captured OR h.released_minor <>
          CASE WHEN h.status IN ('captured', 'released', 'expired') THEN t.authorized - t.captured ELSE 0 END""",
    "a CDR was booked twice": """
        SELECT count(*) FROM (SELECT 1 FROM journal WHERE kind = 'partner_cost' GROUP BY cause_id
        HAVING count(*) > 1) x""",
    "a final charge has an open hold": """
        SELECT count(*) FROM charging_session c JOIN hold h ON h.charging_session_id = c.id WHERE c.final_at IS NOT NULL
        AND h.status NOT IN ('captured', 'released', 'expired', 'declined')""",
    "a start was ordered twice": """
        SELECT count(*) FROM (SELECT 1 FROM command WHERE kind = 'start' GROUP BY charging_session_id
        HAVING count(*) > 1) x""",
}
QUIET = {
    "an operation has no end": "SELECT count(*) FROM payment_operation WHERE state IN ('pending', 'sent', 'unknown')",
    "a job is left": """
        SELECT count(*) FROM procrastinate_jobs j WHERE task_name NOT LIKE 'sweep%' AND NOT (status = 'todo'
        AND task_name IN ('fire_timer', 'watch_price'))""",
    "an event was not handled": "SELECT count(*) FROM processor_event WHERE handled_at IS NULL",
}
_BALANCES = """
SELECT a.name, sum(e.amount_minor) AS total FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
GROUP BY a.name
"""
_CHARGES = """
SELECT c.id, c.status, c.owed_minor, c.hold_minor, h.payment_intent_id, h.status AS hold, h.psp,
  h.authorized_minor, h.captured_minor, h.released_minor
FROM charging_session c LEFT JOIN hold h ON h.charging_session_id = c.id ORDER BY c.id
"""
OVER = ("settled", "declined", "abandoned", "start_failed")
KEYS = ("SELECT id FROM payment_operation", "SELECT id FROM payin_operation")
"""Where a key of a request that moves money must be on disk; a new kind of operation adds its table here."""
_SIGN_UP = (".customer", ".card.")


async def counted(town: Town, queries: dict[str, str]) -> list[str]:
    """Return which of these count anything, asked in one go."""
    names = list(queries)
    asked = ", ".join(f"({queries[name]}) AS n{number}" for number, name in enumerate(names))
    row = (await town.rows(f"SELECT {asked}"))[0]
    return [f"{name}: {row[f'n{number}']}" for number, name in enumerate(names) if row[f"n{number}"]]


async def violations(town: Town) -> list[str]:
    """Return what is wrong at this moment, whatever is under way."""
    found = await counted(town, ALWAYS | NEVER)
    found += await _calls(town)
    starts = Counter(start.charge_id for start in town.operator.starts)
    found += [f"{charge_id} was started {count} times" for charge_id, count in starts.items() if count > 1]
    taken = (await town.rows("SELECT coalesce(sum(captured_minor), 0) AS total FROM hold WHERE psp = 'stripe'"))[0][
        "total"
    ]
    totals = town.theatre.look("totals").get("eur", {})
    if taken > totals.get("captured", 0):
        found.append(f"we booked {taken} as captured, the processor captured {totals.get('captured', 0)}")
    if totals.get("refunded", 0) + totals.get("disputed", 0) > totals.get("captured", 0):
        found.append(f"more went back than was taken: {totals}")
    return found


async def _calls(town: Town) -> list[str]:
    """Hold every request that moves money to an operation on disk, and every intent to one capture."""
    known = {row["id"] for query in KEYS for row in await town.rows(query)}
    events = {row["id"] for row in await town.rows("SELECT id FROM processor_event")}
    found, captures = [], Counter[str]()
    for call in town.theatre.look("requests")["requests"]:
        if call["method"] != "POST":
            continue
        key = str(call["idempotency_key"])
        if not any(mark in key for mark in _SIGN_UP) and not _on_disk(key, known, events):
            found.append(f"{call['path']} was called with {key}, which is on no row")
        if call["path"].endswith("/capture") and call["status"] == 200 and not call["replayed"]:
            captures[call["path"]] += 1
    return found + [f"{path} succeeded {count} times" for path, count in captures.items() if count > 1]


def _on_disk(key: str, operations: set[str], events: set[str]) -> bool:
    """Say whether a key is a row's: an operation's, the closing of a declined one, or a stray's that an event told."""
    return key in operations or key.removesuffix("-close") in operations or key.removesuffix("-stray") in events


# --- once nothing is under way ----------------------------------------------------------------------------------------


async def unrest(town: Town, *, told: bool, at_the_end: bool = False) -> list[str]:
    """Return what is wrong once everything was repaired and done; ``told``: every event reached us."""
    found = await violations(town) + await counted(town, QUIET)
    charges = await town.rows(_CHARGES)
    intents = {each["id"]: each for each in town.theatre.listed("payment_intents")}
    for charge in charges:
        found += _charge_at_processor(charge, intents)
        found += _charge_in_books(town, charge, intents)
    ours = {charge["payment_intent_id"] for charge in charges}
    ours |= {row["payment_intent_id"] for row in await town.rows("SELECT payment_intent_id FROM payin")}
    strays = [each for key, each in intents.items() if key not in ours]
    found += [f"stray {each['id']} took money" for each in strays if each["amount_received"]]
    if told:
        found += [f"stray {each['id']} is still held" for each in strays if each["amount_capturable"]]
    return found + await _books(town) + await moved_money(town, told=told, at_the_end=at_the_end)


def _charge_at_processor(charge: Any, intents: dict[str, Any]) -> list[str]:
    """Compare a hold of ours with its intent; a failed start may have passed its hold on to the next one."""
    if charge["hold"] is None or charge["psp"] != "stripe":
        return []
    intent = intents.get(charge["payment_intent_id"] or "")
    if intent is None:
        return [f"{charge['id']} has money and no intent"] if charge["authorized_minor"] else []
    pair = (charge["captured_minor"], intent["amount_received"])
    found = [f"{charge['id']}: {pair[0]} captured by us, {pair[1]} at the processor"] if pair[0] != pair[1] else []
    over = charge["status"] in OVER
    if over and intent["amount_capturable"]:
        found.append(f"{charge['id']} is {charge['status']} and {intent['amount_capturable']} are still held")
    if over and charge["hold"] not in ("captured", "released", "expired", "declined"):
        found.append(f"{charge['id']} is {charge['status']} and its hold {charge['hold']}")
    return found


def _charge_in_books(town: Town, charge: Any, intents: dict[str, Any]) -> list[str]:
    """Compare a charge with what the model says it must come to."""
    ledger = town.ledgers[charge["id"]]
    owed = ledger.owed
    if owed == FOR_A_PERSON:
        return [] if charge["status"] == "needs_finance" else [f"{charge['id']} needs a person, is {charge['status']}"]
    if owed is None or charge["status"] == "needs_finance":
        return []
    assert isinstance(owed, int)
    found = []
    if charge["owed_minor"] != owed:
        found.append(f"{charge['id']} owes {charge['owed_minor']}, the model says {owed}")
    taken = intents.get(charge["payment_intent_id"] or "", {}).get("amount_received", 0)
    if charge["psp"] == "wallet":
        taken = charge["captured_minor"]
    wanted = min(due(owed), charge["hold_minor"])
    if charge["id"] not in town.troubled and len(ledger.bills) == 1 and taken != wanted:
        found.append(f"{charge['id']}: nothing was in the way of taking {wanted}, {taken} were taken")
    return found


async def _books(town: Town) -> list[str]:
    """Compare the accounts with the stand-in's balance and with what the partner billed."""
    balances = Counter({row["name"]: int(row["total"]) for row in await town.rows(_BALANCES)})
    totals = Counter(town.theatre.look("totals").get("eur", {}))
    held = await town.rows(
        "SELECT coalesce(sum(authorized_minor - captured_minor - released_minor), 0) AS open FROM hold"
        " WHERE status <> 'declined' AND psp = 'stripe'"
    )
    bills = [bill for ledger in town.ledgers.values() for bill in ledger.bills.values()]
    billed = sum(int(bill["total_energy"] * PRICE * 100) * (-1 if bill.get("credit") else 1) for bill in bills)
    wanted = {
        "psp_clearing": totals["net"] - balances["bank_transit"],  # what was paid out is on its way to the bank
        "psp_fees": totals["fees"],
        "psp_holds": int(held[0]["open"]),
        "cpo_payable": -billed,
    }
    return [f"{name} is {balances[name]}, not {sum_}" for name, sum_ in wanted.items() if balances[name] != sum_]
