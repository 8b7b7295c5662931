"""Reasons about partners' bills and sessions, in words for staff."""

from api.domain.finance.finding import Action
from api.domain.finance.finding_words import ReasonWords

_A = Action
_COMPARE = "Compare the lines below. If the bill is wrong, dispute it with the partner; if not, accept with a note."

BILL_REASONS: dict[str, ReasonWords] = {
    "cdr_missing": ReasonWords(
        "No bill yet",
        "The session is over and the partner has not sent a CDR. We have asked for it again.",
        "If the hold ends soon, capture the last known cost: a CDR that comes later is trued up.",
        (_A.CAPTURE, _A.DISPUTE_CDR, _A.RELEASE),
    ),
    "cdr_not_billed": ReasonWords(
        "A bill that was not worked off",
        "A CDR is stored and no settlement has looked at it for an hour.",
        "The sweep tries again by itself; if this stays, the log of jobs tells why.",
    ),
    "cdr_without_charge": ReasonWords(
        "A bill for no charge of ours",
        "The partner sent a CDR that fits no charge: neither its session nor its token is ours.",
        "Ask the partner what it is for, and do not pay it before that is known.",
        (_A.DISPUTE_CDR,),
    ),
    "cdr_conflict": ReasonWords(
        "The same bill with another content",
        "A CDR came again under a known id and says something else. The first one counts.",
        "OCPI corrects by a credit CDR and a new one: ask the partner for both.",
        (_A.DISPUTE_CDR,),
    ),
    "cdr_names_two_charges": ReasonWords(
        "A bill that names two charges",
        "Its session belongs to one charge and its token to another.",
        "Ask the partner which one it is for.",
        (_A.DISPUTE_CDR,),
    ),
    "cdr_after_hold_ended": ReasonWords(
        "The bill came after the hold had ended",
        "Nothing can be captured any more; what the bill asks for is a receivable.",
        "The driver is asked to pay. Write it off if nobody expects the money.",
        (_A.WRITE_OFF,),
    ),
    "cdr_changed_after_capture": ReasonWords(
        "The bill changed after the capture",
        "A later CDR, or a credit, makes another net than was captured.",
        "The difference goes back or is asked for by itself; look whether it did.",
        (_A.REFUND, _A.WRITE_OFF, _A.SEND_RECEIPT),
    ),
    "cdr_unpriceable": ReasonWords(
        "A bill that cannot become a price",
        "Its currency is not the hold's, or a credit came without what it credits: no rule may decide.",
        "Decide what the driver owes: capture it, or let the hold go.",
        (_A.CAPTURE, _A.RELEASE, _A.DISPUTE_CDR),
    ),
    "cdr_wrong_tariff": ReasonWords(
        "Billed under another tariff",
        "The bill is right under another tariff than the one that the driver accepted.",
        "The driver pays what they accepted. Dispute the rest with the partner.",
        (_A.DISPUTE_CDR,),
    ),
    "cdr_wrong_quantity": ReasonWords(
        "Other quantities than its own periods",
        "The total is right for other quantities than the bill's own charging periods hold.",
        _COMPARE,
        (_A.DISPUTE_CDR,),
    ),
    "cdr_idle_at_charging_rate": ReasonWords(
        "Parking billed as charging",
        "Time plugged in without charging was billed at the price of charging time.",
        _COMPARE,
        (_A.DISPUTE_CDR,),
    ),
    "cdr_energy_above_metered": ReasonWords(
        "More energy billed than metered",
        "The bill has more kilowatt-hours than the session's meter ended at.",
        _COMPARE,
        (_A.DISPUTE_CDR,),
    ),
    "cdr_tax_differs": ReasonWords(
        "Another tax than the tariff's",
        "The bill is right before tax and states another tax.",
        _COMPARE,
        (_A.DISPUTE_CDR,),
    ),
    "cdr_unpriced": ReasonWords(
        "A bill that could not be checked",
        "We could not compute it again: a tariff, a period or a tax is missing. See the notes.",
        "Check it by hand, and ask the partner for what is missing.",
        (_A.DISPUTE_CDR,),
    ),
    "cdr_unexplained": ReasonWords(
        "A bill that nothing explains",
        "It differs from what the accepted tariff makes of it, and no known mistake explains how.",
        _COMPARE,
        (_A.DISPUTE_CDR,),
    ),
    "session_of_no_charge": ReasonWords(
        "A session for no charge of ours",
        "A partner reports a session that nobody of ours started, or whose token we do not know.",
        "Ask the partner; a bill for it may follow.",
        (_A.DISPUTE_CDR,),
    ),
    "session_without_hold": ReasonWords(
        "A session without a hold",
        "The car charged though no hold stood: after a late start, or beside another session.",
        "The bill becomes a receivable. Stop the session if it still runs.",
        (_A.WRITE_OFF,),
    ),
    "charge_with_two_sessions": ReasonWords(
        "Two sessions for one charge",
        "The partner opened more than one session for the same start.",
        "Wait for the CDRs; if both are billed, dispute the one that delivered nothing.",
        (_A.DISPUTE_CDR, _A.REFUND),
    ),
    "session_too_long": ReasonWords(
        "A session that does not end",
        "It is open longer than any charge should be; a stop was sent.",
        "Ask the partner whether it still runs. Capture the last known cost before the hold ends.",
        (_A.CAPTURE, _A.RELEASE),
    ),
    "stop_failed": ReasonWords(
        "The charger did not stop",
        "Our stop was refused or got no answer, as often as we tried.",
        "Call the operator of the charger; the driver is told what to do.",
    ),
    "unreadable_object": ReasonWords(
        "Something of a partner that cannot be read",
        "An object in its answer breaks the specification, so it was left out.",
        "Send the partner the text below. It is read as soon as it is right.",
    ),
    "invoice_cdr_unknown": ReasonWords(
        "Invoiced without a CDR",
        "The operator's invoice lists a CDR that we never got.",
        "Ask for the CDR; do not pay the line before.",
    ),
    "invoice_cdr_foreign": ReasonWords(
        "Invoiced by somebody else",
        "The invoice lists a CDR of another party.",
        "Ask the operator to take the line off.",
    ),
    "invoice_cdr_repeated": ReasonWords(
        "Invoiced twice", "Another invoice lists the same CDR.", "Pay it once: ask the operator to credit the second."
    ),
    "invoice_cdr_credited": ReasonWords(
        "Invoiced though credited",
        "The CDR was taken back by a credit CDR that no invoice counts in.",
        "Ask the operator to invoice the credit too.",
    ),
    "invoice_currency_differs": ReasonWords(
        "Invoice in another currency", "The invoice and its CDRs are in different currencies.", "Ask for a new invoice."
    ),
    "invoice_sum_differs": ReasonWords(
        "Invoice and CDRs differ",
        "The sum of the listed CDRs is not what the invoice asks for.",
        "Pay what the CDRs say, or accept the difference with a note.",
    ),
    "invoice_report_conflict": ReasonWords(
        "The same invoice with another content",
        "A report came again under a known id and says something else. The first one counts.",
        "Ask the operator which one is right.",
    ),
}
