"""What finance reads about findings on partners' sessions, bills and invoices."""

from api.domain.finance.reason_text import said
from api.domain.pricing.verdict import Verdict

BILLS = {
    "cdr_missing": said(
        "Bill missing",
        "The session ended and its CDR did not come.",
        "Pull the partner's CDRs; ask the partner before the hold lapses.",
    ),
    "estimate_captured": said(
        "Estimate captured",
        "The hold was about to lapse without a bill, so the last known price was captured.",
        "Ask the partner for the CDR; the difference settles itself when it comes.",
    ),
    "cdr_without_charge": said(
        "Bill of no charge",
        "A partner billed a session that is of no charge of ours.",
        "Find the charge by its token and times, or dispute the CDR with the partner.",
    ),
    "session_of_no_charge": said(
        "Session of no charge",
        "A partner told of a session that is of no charge of ours.",
        "Find out whose token it is; it will be billed.",
    ),
    "captured_differs": said(
        "Captured is not the bill",
        "What was taken, is still owed or was given up does not add up to the bill of the settled charge.",
        "Over: refund the difference. Under: ask for it or write it off. Then find out why.",
    ),
    "currency_differs": said(
        "Currency differs",
        "Hold, charge and CDR are not in one currency although money moved.",
        "Settle the charge by hand in the driver's currency; ask the partner for a corrected CDR.",
    ),
    "cdr_not_billed": said(
        "Bill not passed on",
        "A CDR is stored, and the charge was not, or not wholly, billed by it.",
        "Have the charge settled again; if that fails, look at what the CDR says.",
    ),
    "cdr_cost_differs": said(
        "Partner's cost booked wrong",
        "What is booked as the partner's cost is not what its CDR says.",
        "Reverse the journal and have the charge settled again.",
    ),
    "credit_without_original": said(
        "Credit without its bill",
        "A credit CDR names a CDR that we do not hold.",
        "Pull the partner's CDRs; ask which one it means.",
    ),
    "cdr_unpriceable": said(
        "Bill cannot be priced",
        "The CDRs of the charge tell no one story by rule.",
        "Decide what is owed, and sign it.",
    ),
    "cdr_conflict": said(
        "Two bills under one id",
        "A CDR came again with another content; the first one counts.",
        "Ask the partner for a credit and a new CDR.",
    ),
    "cdr_names_two_charges": said(
        "Bill names two charges",
        "Token and session of a CDR are of two charges.",
        "Ask the partner which one it means.",
    ),
    "complaint_given_back": said(
        "Given back on a complaint",
        "A driver got back what the operator billed wrongly; the operator's bill stands.",
        "Ask the partner for a credit CDR.",
    ),
    "charge_with_two_sessions": said(
        "Charge with two sessions",
        "The bills of one charge are of several sessions.",
        "Look whether the driver charged twice.",
    ),
    "cdr_after_hold_ended": said(
        "Bill after the hold's end",
        "The bill came when nothing could be captured.",
        "Let the driver pay, or write off.",
    ),
    "cdr_changed_after_capture": said(
        "Bill fell after capture",
        "More was taken than the bill asks for now.",
        "The refund goes out by itself; watch it.",
    ),
    "owed_above_hold": said(
        "Bill above the hold",
        "The hold did not cover the bill; the rest is a receivable.",
        "Let the driver pay the rest.",
    ),
    "below_minimum_waived": said(
        "Waived below the minimum",
        "The bill is less than can be charged and was waived.",
        "Nothing: it is told for the sums.",
    ),
    "unreadable_object": said(
        "Partner's object unreadable", "A session, CDR or invoice could not be read.", "Show it to the partner."
    ),
}

_BILLED = {
    Verdict.wrong_tariff: "The bill is right under another tariff than the accepted one.",
    Verdict.wrong_quantity: "The bill is right for other quantities than its own periods hold.",
    Verdict.idle_at_charging_rate: "Time plugged in without charging was billed at the price of charging time.",
    Verdict.energy_above_metered: "More energy was billed than the meter of the session ended at.",
    Verdict.tax_differs: "The bill is right before tax; its tax is another than the tariff's.",
    Verdict.unpriced: "The bill could not be computed again.",
    Verdict.unexplained: "The bill asks for another amount than its tariff gives, and no known cause explains it.",
}
AUDITS = {
    f"cdr_{verdict}": said(
        f"Bill: {verdict.replace('_', ' ')}", meaning, "Dispute the CDR with the partner, or accept the difference."
    )
    for verdict, meaning in _BILLED.items()
}

INVOICES = {
    "invoice_cdr_unknown": said(
        "Invoice: unknown CDR", "It lists a CDR that we do not hold.", "Pull CDRs, or dispute it."
    ),
    "invoice_cdr_foreign": said("Invoice: foreign CDR", "It lists another party's CDR.", "Dispute it."),
    "invoice_cdr_repeated": said("Invoice: CDR twice", "A CDR is invoiced more than once.", "Dispute the repetition."),
    "invoice_cdr_credited": said("Invoice: credited CDR", "It leaves out the credit of a CDR it lists.", "Dispute it."),
    "invoice_currency_differs": said(
        "Invoice: currency", "Its CDRs are in other currencies.", "Ask for a new invoice."
    ),
    "invoice_sum_differs": said(
        "Invoice: sum", "It asks for another sum than its CDRs give.", "Dispute the difference."
    ),
    "invoice_report_conflict": said(
        "Invoice: two contents", "Its record came with another content.", "Ask which counts."
    ),
}
