"""Bugs planted in what comes after the bill: refunds, disputes, credits, wallets, and holds that are used again."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from api.domain.charging import table_start
from api.domain.charging.state import HoldStatus
from api.domain.charging.table_coupling import pass_on
from api.jobs import notices
from api.models.payment import HoldRow
from api.services.charging import (
    afterwards,
    carry,
    refund_decisions,
    refund_news,
    refund_plan,
    refund_run,
    write_offs,
)
from api.services.charging import credits as staff_credits
from api.services.payments.perform_refund import Accepted, NothingThere, perform_refund
from api.services.wallet import keep


async def _nothing(*_args: Any, **_kwargs: Any) -> Any:
    """Do nothing where something had to be done."""


def a_refund_goes_twice(patch: pytest.MonkeyPatch) -> None:
    """What the processor answers to a refund is not understood: it is sent once more under a fresh key."""

    async def perform(*, ports: Any, operation: Any, refund: Any) -> Any:
        outcome = await perform_refund(ports=ports, operation=operation, refund=refund)
        first = operation.replaces_id is None and isinstance(outcome, Accepted)
        return NothingThere() if first else outcome

    patch.setattr(refund_run, "perform_refund", perform)


def a_refund_ignores_a_dispute(patch: pytest.MonkeyPatch) -> None:
    """Money is given back of a payment whose dispute is open."""

    async def never(**_kwargs: Any) -> bool:
        return False

    for module in (refund_plan, refund_run, refund_decisions):
        patch.setattr(module, "is_contested", never)
    patch.setattr(staff_credits, "CONTESTED", ())


def a_reservation_is_kept(patch: pytest.MonkeyPatch) -> None:
    """What a charge reserved of a wallet is never free again."""
    patch.setattr(keep, "_unreserve", _nothing)


def a_credit_counts_twice(patch: pytest.MonkeyPatch) -> None:
    """Staff waives something, and twice as much of the bill is gone."""
    once, twice = (
        "(SELECT coalesce(sum(amount_minor), 0) FROM credit",
        "(SELECT 2 * coalesce(sum(amount_minor), 0) FROM credit",
    )
    totals = str(afterwards._TOTALS)
    assert once in totals
    patch.setattr(afterwards, "_TOTALS", text(totals.replace(once, twice)))


def a_hold_that_was_passed_on_pays_for_both(patch: pytest.MonkeyPatch) -> None:
    """A failed start keeps believing in the hold that its driver's next charge took over."""

    def keeps(state: Any, to: str) -> Any:
        step = pass_on(state, to)
        return replace(step, state=replace(step.state, hold=HoldStatus.PLACED))

    async def hold_of(db: Any, charge: Any) -> Any:
        of = charge.hold_passed_to or charge.id
        query = select(HoldRow).where(HoldRow.charging_session_id == of).with_for_update()
        return (await db.exec(query.execution_options(populate_existing=True))).one()

    patch.setattr(table_start, "pass_on", keeps)
    patch.setattr(carry, "hold_of", hold_of)


def a_failed_refund_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A refund that came back still counts as given back."""
    patch.setattr(refund_news, "_ENDED_BADLY", frozenset())


def a_credit_has_no_paper(patch: pytest.MonkeyPatch) -> None:
    """What staff waives is not on any paper."""
    patch.setattr(notices, "issue_note_of_credit", _nothing)


def a_write_off_is_still_asked_for(patch: pytest.MonkeyPatch) -> None:
    """What was given up stays due."""
    patch.setattr(write_offs, "tell_afterwards", _nothing)


AFTERWARDS = (
    a_refund_goes_twice,
    a_refund_ignores_a_dispute,
    a_reservation_is_kept,
    a_credit_counts_twice,
    a_hold_that_was_passed_on_pays_for_both,
    a_failed_refund_is_forgotten,
    a_credit_has_no_paper,
    a_write_off_is_still_asked_for,
)
