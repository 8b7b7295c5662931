"""What every settled charge must come to once nothing is under way, whatever staff, banks and drivers did beside it.

Money is counted at the stand-in (and in the wallet's account, which has no other witness); what is asked is the
model's. Only one share is taken from the product: how much of a refund made by hand was a gift, which depends on the
order in which it heard of things.
"""

from collections import Counter, defaultdict
from typing import Any

from api.services.finance.verify import verify_ledger
from tests.soak.model import Ledger, Moved, due, owed_back, still_owed
from tests.soak.town import Town

_CHARGES = """
SELECT c.id, c.payer_type, c.payin_ids, c.hold_intent, c.receivable, c.excess, c.gifts, c.waiting, c.from_wallet,
  c.papers, c.receipts FROM (
  SELECT c.id, c.payer_type,
    coalesce((c.state->'receivable'->>'minor')::bigint, 0) AS receivable,
    coalesce((c.state->'excess'->>'minor')::bigint, 0) AS excess,
    (SELECT payment_intent_id FROM hold h WHERE h.charging_session_id = c.id) AS hold_intent,
    (SELECT array_agg(p.payment_intent_id) FROM payin p WHERE p.charging_session_id = c.id
      AND p.payment_intent_id IS NOT NULL) AS payin_ids,
    (SELECT coalesce(sum(r.credited_minor), 0) FROM refund r WHERE r.charging_session_id = c.id
      AND r.origin = 'by_hand') AS gifts,
    (SELECT coalesce(sum(r.amount_minor), 0) FROM refund r WHERE r.charging_session_id = c.id
      AND r.state IN ('ordered', 'awaiting_approval')) AS waiting,
    (SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
      JOIN journal j ON j.id = e.journal_id WHERE a.name = 'prepaid' AND e.layer = 'posted'
      AND j.charging_session_id = c.id) AS from_wallet,
    (SELECT coalesce(sum(CASE r.kind WHEN 'receipt' THEN r.total_minor ELSE -r.total_minor END), 0) FROM receipt r
      WHERE r.charging_session_id = c.id AND r.kind IN ('receipt', 'credit_note')) AS papers,
    (SELECT count(*) FROM receipt r WHERE r.charging_session_id = c.id) AS receipts
  FROM charging_session c WHERE c.status = 'settled') c ORDER BY c.id
"""
_WALLETS = """
SELECT coalesce(-sum(e.amount_minor) FILTER (WHERE a.name = 'prepaid' AND e.layer = 'posted'), 0) AS holds,
  coalesce(sum(e.amount_minor) FILTER (WHERE a.name = 'prepaid' AND e.layer = 'posted'
    AND j.charging_session_id IS NOT NULL), 0) AS spent,
  coalesce(sum(e.amount_minor) FILTER (WHERE a.name = 'prepaid' AND e.layer = 'pending'), 0) AS reserved,
  (SELECT coalesce(sum(h.authorized_minor), 0) FROM hold h WHERE h.psp = 'wallet' AND h.status
    NOT IN ('captured', 'released', 'expired', 'declined')) AS promised
FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id JOIN journal j ON j.id = e.journal_id
"""
_TOP_UPS = "SELECT payment_intent_id FROM payin WHERE purpose = 'top_up' AND payment_intent_id IS NOT NULL"
NEVER = {
    "a refund was sent into a dispute that we knew of": """
        SELECT count(*) FROM payment_operation o JOIN refund r ON r.id = o.subject_id
        JOIN dispute d ON d.payment_intent_id = r.payment_intent_id WHERE o.kind = 'refund' AND o.attempts > 0
        AND o.replaces_id IS NULL AND o.outcome->>'code' IS DISTINCT FROM 'disputed'
        AND EXISTS (SELECT 1 FROM dispute_event e WHERE e.dispute_id = d.id AND e.at < o.created_at
          AND e.status IN ('needs_response', 'under_review'))
        AND NOT EXISTS (SELECT 1 FROM dispute_event e WHERE e.dispute_id = d.id AND e.at <= o.sent_at
          AND e.status IN ('won', 'lost'))""",
    "more was given back of a payment than was taken": """
        SELECT count(*) FROM (SELECT r.payment_intent_id, sum(r.amount_minor) AS back FROM refund r
        WHERE r.state IN ('pending', 'succeeded') AND r.payment_intent_id IS NOT NULL GROUP BY 1) x
        JOIN hold h ON h.payment_intent_id = x.payment_intent_id WHERE x.back > h.captured_minor""",
    "one person approved alone what two must": """
        SELECT count(*) FROM (SELECT charging_session_id FROM credit WHERE state = 'approved'
          AND decided_by = requested_by GROUP BY charging_session_id HAVING sum(amount_minor) > 5000
        UNION ALL SELECT charging_session_id FROM write_off WHERE state = 'approved' AND decided_by = requested_by
          GROUP BY charging_session_id HAVING sum(amount_minor) > 5000) x""",
    "one intent has two holds": """
        SELECT count(*) FROM (SELECT 1 FROM hold WHERE payment_intent_id IS NOT NULL GROUP BY payment_intent_id
        HAVING count(*) > 1) x""",
}
"""Counted after every step, beside those of ``invariants.py``."""


async def moved_money(town: Town, *, told: bool, at_the_end: bool) -> list[str]:
    """Return what does not add up once everything was repaired and done."""
    intents = {each["id"]: each["amount_received"] for each in town.theatre.listed("payment_intents")}
    back, disputed = _back(town), _disputed(town)
    found = []
    for charge in await town.rows(_CHARGES):
        ledger = town.ledgers[charge["id"]]
        if not isinstance(ledger.owed, int):
            continue
        paid_by = [charge["hold_intent"], *(charge["payin_ids"] or [])]
        moved = Moved(
            taken=sum(intents.get(each, 0) for each in paid_by) + int(charge["from_wallet"]),
            back=sum(back[each] for each in paid_by) + ledger.by_bank,
            disputed=sum(disputed[each] for each in paid_by),
            waiting=int(charge["waiting"]),
        )
        found += _one(charge, ledger, ledger.owed, moved)
    return found + await _wallets(town, intents) + await _recomputed(town, told=told, at_the_end=at_the_end)


def _back(town: Town) -> dict[str, int]:
    back: dict[str, int] = defaultdict(int)
    for refund in town.theatre.listed("refunds"):
        back[refund["payment_intent"]] += refund["amount"] if refund["status"] in ("succeeded", "pending") else 0
    return back


def _disputed(town: Town) -> dict[str, int]:
    disputed: dict[str, int] = defaultdict(int)
    for dispute in town.theatre.listed("disputes"):
        disputed[dispute["payment_intent"]] += -sum(each["amount"] for each in dispute["balance_transactions"])
    return disputed


def _one(charge: Any, ledger: Ledger, owed: int, moved: Moved) -> list[str]:
    """Compare a charge with what the model says must be left on either side."""
    gifts = int(charge["gifts"])
    asked = max(due(owed) - ledger.credited - gifts, 0)
    told = f"{owed} owed, {ledger.credited} waived, {ledger.given_up} given up"
    story = f"{told}, {gifts} of {ledger.by_hand} a gift, {moved}"
    found = [] if 0 <= gifts <= ledger.by_hand else [f"{charge['id']}: more given by hand than was: {story}"]
    if charge["receivable"] != still_owed(ledger, moved, asked):
        found.append(
            f"{charge['id']}: {charge['receivable']} receivable, not {still_owed(ledger, moved, asked)}: {story}"
        )
    if charge["excess"] != owed_back(moved, asked):
        found.append(f"{charge['id']}: {charge['excess']} to give back, not {owed_back(moved, asked)}: {story}")
    if charge["receipts"] and charge["papers"] != max(owed - ledger.credited, 0):
        found.append(f"{charge['id']}: its papers say {charge['papers']}: {story}")
    return found


async def _wallets(town: Town, intents: dict[str, int]) -> list[str]:
    """Compare wallets with what came in at the stand-in, and what they reserve with the charges that go on."""
    row = {name: int(value) for name, value in (await town.rows(_WALLETS))[0].items()}
    came = sum(intents.get(each["payment_intent_id"], 0) for each in await town.rows(_TOP_UPS))
    found = []
    if row["holds"] != came - row["spent"]:
        found.append(f"wallets hold {row['holds']}: {came} came in, {row['spent']} were spent")
    if row["reserved"] != row["promised"]:
        found.append(f"wallets reserve {row['reserved']}, {row['promised']} are promised")
    return found


async def _recomputed(town: Town, *, told: bool, at_the_end: bool) -> list[str]:
    """Return what the verification of the books finds; clocks that still run are left only at the end."""
    entries = await town.ports.settlement.balance_entries() if told else None  # payouts are told by events
    async with town.work() as db:
        verdicts = await verify_ledger(db=db, at_processor=entries)
    wrong = [each for each in verdicts if each.differing and (at_the_end or each.name != "nothing_left")]
    return [f"verify: {each.name}: {each.first}" for each in wrong]


def tallied(town: Town) -> Counter[str]:
    """Return what staff, banks and drivers did beside holds, for the report."""
    ledgers = town.ledgers.values()
    counts = Counter({name: sum(bool(getattr(each, name)) for each in ledgers) for name in
                      ("credited", "given_up", "by_hand", "by_bank")})  # fmt: skip
    counts["disputes"] = len(town.theatre.listed("disputes"))
    counts["refunds"] = len(town.theatre.listed("refunds"))
    return +counts
