"""What must hold after every failure: our books, our holds and the processor agree to the cent, and nothing is left."""

from typing import Any

from api.services.finance.proof import prove
from tests.failures.stage import Stage

_OURS = """
SELECT lower(currency) AS currency, sum(authorized) AS authorized, sum(captured) AS captured, sum(released) AS released
FROM (
  SELECT currency, authorized_minor AS authorized, captured_minor AS captured, released_minor AS released FROM hold
    WHERE psp = 'stripe'
  UNION ALL SELECT currency, received_minor, received_minor, 0 FROM payin
    WHERE method <> 'wallet' AND received_minor > 0
) moved GROUP BY currency
"""
_BALANCE = """
SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
WHERE a.name = :name AND a.currency = :currency
"""
_UNBALANCED = """
SELECT count(*) FROM (SELECT journal_id FROM ledger_entry GROUP BY journal_id, layer, currency
HAVING sum(amount_minor) <> 0) unbalanced
"""
_WITHOUT_ROW = """SELECT (SELECT count(*) FROM payment_operation WHERE id = :key)
    + (SELECT count(*) FROM payin_operation WHERE id = :key) + (SELECT count(*) FROM wallet_payout WHERE id = :key)"""


async def agree(stage: Stage, *, open_minor: int = 0) -> None:
    """Assert that books, holds and processor agree; ``open_minor`` is what may still be held."""
    await stage.settles()
    assert await stage.value(_UNBALANCED) == 0
    ours = {row.currency: row for row in await stage.rows(_OURS)}
    for currency, theirs in _totals(stage).items():
        assert theirs["open_holds"] == open_minor, "held at the processor"
        held = ours[currency]
        assert theirs["authorized"] == held.authorized, "authorized"
        assert theirs["captured"] == held.captured, "captured"
        assert theirs["released"] + theirs["expired"] == held.released, "released"
        named = {"psp_holds": theirs["open_holds"], "psp_clearing": theirs["net"], "psp_fees": theirs["fees"]}
        for name, expected in named.items():
            assert await stage.value(_BALANCE, name=name, currency=currency.upper()) == expected, name
    await _every_write_was_planned(stage)


async def nothing_is_left(stage: Stage) -> None:
    """Assert that books and processor agree and the promise holds: every hold ended, every operation too."""
    await agree(stage)
    async with stage.work() as db:
        proofs = await prove(db=db)
    assert [proof for proof in proofs if not proof.holds_true] == []


async def balance(stage: Stage, name: str, currency: str = "EUR") -> int:
    """Return an account's balance in cents, debit positive."""
    return int(await stage.value(_BALANCE, name=name, currency=currency))


def _totals(stage: Stage) -> dict[str, Any]:
    return dict(stage.wire.all_totals())


async def _every_write_was_planned(stage: Stage) -> None:
    """Assert that no request that moves money left without its operation on disk."""
    for each in stage.wire.requests():
        moves = each["method"] == "POST" and each["path"].startswith(("/v1/payment_intents", "/v1/refunds"))
        key = each["idempotency_key"]
        if moves and not str(key).endswith(("-close", "-stray")):
            assert await stage.value(_WITHOUT_ROW, key=key) == 1, f"{each['path']} without an operation"
