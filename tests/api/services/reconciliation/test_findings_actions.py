"""Acting on findings in place: what each action does to the money, by whom, above which limit, and twice at once."""

import asyncio
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.errors import AppError
from api.domain.finance.finding import Action, Actor, FindingState, RoleMissing
from api.domain.finance.finding_actions import ActionNotPossible
from api.ports.mail import MailRefused, MailUnavailable
from api.services.reconciliation.findings import finding_by_id
from api.services.reconciliation.findings_actions import possible_actions
from api.services.reconciliation.findings_ask import ProcessorAway, ask_processor
from api.services.reconciliation.findings_facts import gather
from api.services.reconciliation.findings_letters import draft_letter
from api.services.reconciliation.partner_letters import (
    PartnerAddressUnreadable,
    set_contact,
    sweep_letters_to_partners,
)
from tests.api.services.charging.given_back import books, euro, paid, refunds, state
from tests.api.services.reconciliation.findings_hands import (
    AUDITOR,
    CLERK,
    OTHER_CLERK,
    SUPPORT,
    a_finding,
    acts,
    kinds,
    log,
    of_charge,
    stored,
    waiting_for_finance,
)
from tests.bench import Bench
from tests.charges import a_charge
from tests.fakes import FakeMail


async def offered(bench: Bench, finding_id: str, by: Actor = CLERK) -> list[Action]:
    """Return what a person may do, what is suggested first."""
    async with bench.work() as db:
        row = await finding_by_id(db=db, finding_id=finding_id)
        about = await gather(db=db, finding=row)
        return [each.action for each in possible_actions(ports=bench.ports, finding=row, about=about, by=by)]


async def test_a_sum_is_captured_now(bench: Bench) -> None:
    """The bill could not become a price: a clerk decides 20.00, which is captured, and the rest of the hold goes."""
    charge, finding_id = await waiting_for_finance(bench)
    assert await offered(bench, finding_id) == [
        Action.CAPTURE,
        Action.RELEASE,
        Action.DISPUTE_CDR,
        Action.ASK_PROCESSOR,
    ]
    due = (await stored(bench, finding_id)).due_at
    assert due == (await bench.hold(charge)).capture_before

    await acts(bench, finding_id, Action.CAPTURE, amount_minor=3000, reason="bill_wrong")
    await bench.drain()

    assert (await bench.hold(charge)).captured_minor == 3000
    row = await stored(bench, finding_id)
    assert (row.state, row.resolution, row.resolved_by) == ("resolved", "booking", "Ada Clerk")
    assert await log(bench) == [
        ("Ada Clerk", "settlement_requested", "req_1"),
        ("Ada Clerk", "settlement_request_approved", "req_1"),
        ("Ada Clerk", "charge_settled", "req_1"),
    ]
    assert await offered(bench, finding_id) == []


async def test_a_hold_is_released(bench: Bench) -> None:
    """Nothing is owed by decision: the whole hold goes."""
    charge, finding_id = await waiting_for_finance(bench)
    await acts(bench, finding_id, Action.RELEASE, reason="not_charged")
    await bench.drain()
    assert (await bench.charge(charge)).hold_status == HoldStatus.RELEASED
    assert (await stored(bench, finding_id)).resolution == "booking"


async def test_a_hold_that_refused_the_capture_is_let_go_and_the_bill_stays(bench: Bench) -> None:
    """What is owed becomes a receivable, which a write-off then ends."""
    charge = await a_charge(bench, ChargingStatus.SETTLING)
    bench.payments.refuse("capture_hold", "card_declined")
    await bench.drain()
    assert (await bench.charge(charge)).hold_status == HoldStatus.CAPTURE_FAILED
    finding_id = await of_charge(bench, charge, "capture_failed")
    assert (await offered(bench, finding_id))[:2] == [Action.ASK_PROCESSOR, Action.RELEASE]

    await acts(bench, finding_id, Action.RELEASE, reason="hold_stuck")
    await bench.drain()

    owed = (await state(bench, charge)).receivable
    assert ((await bench.charge(charge)).hold_status, owed.minor > 0) == (HoldStatus.RELEASED, True)
    other = await a_finding(bench, "owed_above_hold", charge.id, charge=charge)
    await acts(bench, other, Action.WRITE_OFF)
    await bench.drain()
    assert (await state(bench, charge)).receivable == euro(0)


async def test_part_of_a_bill_goes_back(bench: Bench) -> None:
    """A clerk refunds 10.00 of 23.80 alone: the money goes back and the finding is mended."""
    charge = await paid(bench)
    finding_id = await a_finding(bench, "early_fraud_warning", charge.id, charge=charge)
    await acts(bench, finding_id, Action.REFUND, amount_minor=1000, reason="fraud")
    await bench.drain()
    assert [one.amount for one in refunds(bench).refunds] == [euro(1000)]
    assert (await stored(bench, finding_id)).resolution == "booking"
    assert await bench.rows("SELECT reason FROM mismatch WHERE state <> 'resolved'") == []


async def test_a_failed_refund_is_settled_by_transfer(bench: Bench) -> None:
    """The card was closed: the driver is paid from our bank, named by the transfer."""
    charge = await paid(bench)
    bench.ports.policy.refund_approval["EUR"] = 100_000
    refunds(bench).refuse("refund_payment", "expired_card")
    first = await a_finding(bench, "early_fraud_warning", charge.id, charge=charge)
    await acts(bench, first, Action.REFUND, reason="fraud")
    await bench.drain()
    failed = await of_charge(bench, charge, "refund_failed")
    assert (await offered(bench, failed))[0] == Action.SETTLE_OTHERWISE
    assert "refunds_unpaid" in await books(bench, charge)

    await acts(bench, failed, Action.SETTLE_OTHERWISE, text="SEPA 4711")

    assert "refunds_unpaid" not in await books(bench, charge)
    assert (await stored(bench, failed)).resolution == "booking"


async def test_a_receipt_is_sent_again(bench: Bench) -> None:
    """To the driver's address, once a request however often it is repeated; the finding stays open to work on."""
    charge = await paid(bench)
    finding_id = await a_finding(bench, "cdr_changed_after_capture", charge.id, charge=charge)
    for _ in range(2):
        await acts(bench, finding_id, Action.SEND_RECEIPT, SUPPORT)
    mails = await bench.rows("SELECT to_address FROM mail_outbox WHERE purpose LIKE 'resend:%'")
    assert [row.to_address for row in mails] == [
        await bench.value("SELECT email FROM driver WHERE id = :id", id=charge.driver_id)
    ]
    assert (await stored(bench, finding_id)).state == "acknowledged"
    assert ("Sam Support", "receipt_sent_again", "req_4") in await log(bench)


async def test_a_bill_is_disputed_with_the_partner(bench: Bench) -> None:
    """The letter names the bill and its lines, is kept as it was written, and the finding waits for the partner."""
    charge = await paid(bench)
    lines = [{"kind": "energy", "billed": "20.00", "computed": "12.00"}]
    finding_id = await a_finding(
        bench, subject="prt_1/DE/CPO/CDR1", charge=charge, detail={"lines": lines, "difference": "8.00"}
    )
    async with bench.work() as db:
        row = await finding_by_id(db=db, finding_id=finding_id)
        letter = draft_letter(row, await gather(db=db, finding=row))
    assert "CDR: CDR1" in letter
    assert "- energy: billed 20.00, computed 12.00" in letter

    await acts(bench, finding_id, Action.DISPUTE_CDR, text=letter)

    row = await stored(bench, finding_id)
    assert (row.state, row.waiting_for, row.assignee) == ("acknowledged", "partner", "Ada Clerk")
    assert await bench.value("SELECT after->>'letter' FROM staff_action") == letter.strip()


async def test_the_processor_is_asked(bench: Bench) -> None:
    """What it shows is believed at once and noted; while it is away nothing is."""
    charge = await a_charge(bench, ChargingStatus.SETTLING)
    finding_id = await a_finding(bench, "operation_without_end", charge.id, charge=charge)
    bench.payments.break_before("fetch_hold")
    with pytest.raises(ProcessorAway):
        await ask_processor(work=bench.work, ports=bench.ports, finding_id=finding_id, by=CLERK)
    outcome = await ask_processor(work=bench.work, ports=bench.ports, finding_id=finding_id, by=CLERK)
    assert outcome.facts == {"hold": "capturing"}
    assert (await kinds(bench, finding_id))[-1] == ("acted", "Ada Clerk")
    assert await log(bench) == [("Ada Clerk", "processor_asked", "req_1")]


async def test_a_letter_to_a_partner_is_mailed_where_an_address_is_on_file(bench: Bench) -> None:
    """Once for a form that is sent twice, signed with whom to answer; the finding waits for the partner."""
    charge = await paid(bench)
    finding_id = await a_finding(bench, subject="prt_1/DE/CPO/CDR1", charge=charge)
    async with bench.work() as db:
        await set_contact(db=db, partner_id="prt_1", email=" billing@cpo.example ")
    outcomes = [await acts(bench, finding_id, Action.DISPUTE_CDR, text="Too much.\n") for _ in range(2)]
    assert outcomes[0] == outcomes[1]
    await bench.drain()
    mail = bench.ports.mail
    assert isinstance(mail, FakeMail)
    (sent,) = [each for each in mail.sent if each.to == "billing@cpo.example"]
    assert sent.subject.startswith("Chargehand: ")
    assert sent.subject.endswith(f"({finding_id})")
    assert sent.text == f"Too much.\n\nChargehand\n{bench.ports.policy.issuer.email}\n"
    assert (await stored(bench, finding_id)).waiting_for == "partner"
    assert await bench.rows("SELECT outcome, to_address FROM partner_letter") == [("sent", "billing@cpo.example")]
    assert await bench.value("SELECT after->>'to' FROM staff_action LIMIT 1") == "billing@cpo.example"
    with pytest.raises(PartnerAddressUnreadable):
        async with bench.work() as db:
            await set_contact(db=db, partner_id="prt_1", email="a@b\nBcc: c@d")


async def test_a_letter_that_does_not_arrive_keeps_nobody_waiting(bench: Bench) -> None:
    """A try that came to nothing is made again; a refusal stands in the history, and the finding waits no more."""
    mail = bench.ports.mail
    assert isinstance(mail, FakeMail)
    finding_id = await a_finding(bench, subject="prt_1/DE/CPO/CDR1", charge=await paid(bench))
    await bench.drain()
    async with bench.work() as db:
        await set_contact(db=db, partner_id="prt_1", email="gone@cpo.example")
    mail.answers.extend([MailUnavailable("x", answer="later"), MailRefused("x", answer="550 nobody here")])
    await acts(bench, finding_id, Action.DISPUTE_CDR, text="Too much.")
    await bench.drain()
    assert (await stored(bench, finding_id)).waiting_for == "partner"
    bench.clock.advance(61)
    assert await sweep_letters_to_partners(work=bench.work, now=bench.clock.now()) == 1
    await bench.drain()
    assert (await stored(bench, finding_id)).waiting_for is None
    said = "SELECT text FROM mismatch_event WHERE by = 'chargehand' AND kind = 'commented'"
    assert "gone@cpo.example did not arrive (refused: 550 nobody here)" in str(await bench.value(said))


@pytest.mark.parametrize(
    ("by", "action", "error"),
    [
        (AUDITOR, Action.REFUND, RoleMissing),
        (SUPPORT, Action.WRITE_OFF, RoleMissing),
        (CLERK, Action.CAPTURE, ActionNotPossible),
        (CLERK, Action.SETTLE_OTHERWISE, ActionNotPossible),
        (CLERK, Action.ASK_PROCESSOR, ActionNotPossible),
    ],
)
async def test_what_a_role_or_the_facts_forbid_is_refused(
    bench: Bench, by: Actor, action: Action, error: type[AppError]
) -> None:
    """Roles come first; of a settled charge no hold can be captured; asking has a way of its own."""
    charge = await paid(bench)
    finding_id = await a_finding(bench, "early_fraud_warning", charge.id, charge=charge)
    with pytest.raises(error):
        await acts(bench, finding_id, action, by, amount_minor=100, reason="fraud")
    assert await log(bench) == []


@pytest.mark.parametrize("action", [Action.REFUND, Action.CAPTURE])
async def test_two_people_do_the_same_at_once(bench: Bench, action: Action) -> None:
    """The money moves once: the second is told that the finding is resolved, and nothing of theirs remains."""
    if action is Action.REFUND:
        charge = await paid(bench)
        finding_id = await a_finding(bench, "early_fraud_warning", charge.id, charge=charge)
    else:
        charge, finding_id = await waiting_for_finance(bench)
    fields: dict[str, Any] = {"amount_minor": 500, "reason": "other"}
    answers = await asyncio.gather(
        acts(bench, finding_id, action, CLERK, **fields),
        acts(bench, finding_id, action, OTHER_CLERK, **fields),
        return_exceptions=True,
    )
    await bench.drain()

    assert sorted(isinstance(each, ActionNotPossible) for each in answers) == [False, True]
    assert (await stored(bench, finding_id)).state == FindingState.RESOLVED
    assert len({who for who, _, _ in await log(bench)}) == 1
    if action is Action.REFUND:
        assert [one.amount for one in refunds(bench).refunds] == [euro(500)]
    else:
        assert (await bench.hold(charge)).captured_minor == 500
