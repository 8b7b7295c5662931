"""Reasons about holds, refunds, disputes and payouts, in words for staff."""

from api.domain.finance.finding import Action
from api.domain.finance.finding_words import ReasonWords

_A = Action
_AT_STRIPE = "Look at the payment in the processor's dashboard; the id is in the facts."

MONEY_REASONS: dict[str, ReasonWords] = {
    "hold_amount_wrong": ReasonWords(
        "A hold of another amount",
        "The processor placed another amount than the driver agreed to. It is on its way back.",
        "Check that it is released.",
        (_A.ASK_PROCESSOR, _A.RELEASE),
    ),
    "hold_expired": ReasonWords(
        "A hold ended before it could pay",
        "The bank let it lapse while we still meant to capture it.",
        "The bill is a receivable now: the driver is asked to pay, or it is written off.",
        (_A.WRITE_OFF, _A.ASK_PROCESSOR),
    ),
    "hold_not_at_processor": ReasonWords(
        "A hold that the processor does not know",
        "We have a hold, and the processor denies knowing it: another account, or a test key.",
        "Check which account the service uses.",
        (_A.ASK_PROCESSOR,),
    ),
    "second_hold_at_processor": ReasonWords(
        "A second hold at the processor",
        "Two payment intents carry the id of one hold of ours. The stray one was let go.",
        _AT_STRIPE,
        (_A.ASK_PROCESSOR,),
    ),
    "capture_at_risk": ReasonWords(
        "A capture that does not get through",
        "Money was ordered to be taken and the hold ends soon.",
        "It is tried on by itself. Ask the processor what it sees; if it is away, nothing else helps.",
        (_A.ASK_PROCESSOR,),
    ),
    "capture_failed": ReasonWords(
        "The processor refused a capture",
        "It will not take this money from this hold, for good. The driver's money is still blocked.",
        "Ask what it sees. Then let the hold go: what is owed becomes a receivable.",
        (_A.ASK_PROCESSOR, _A.RELEASE, _A.WRITE_OFF),
    ),
    "release_failed": ReasonWords(
        "The processor refused a release",
        "The driver's money is still blocked though nothing is owed.",
        "Ask what it sees, then try the release again.",
        (_A.ASK_PROCESSOR, _A.RELEASE),
    ),
    "captured_unexpectedly": ReasonWords(
        "Money was taken that we did not order",
        "Somebody captured in the processor's dashboard, or another amount than we asked for.",
        "The books follow the processor. Give back what the bill does not ask for.",
        (_A.ASK_PROCESSOR, _A.REFUND),
    ),
    "operation_without_end": ReasonWords(
        "A call without an answer",
        "We asked the processor to move money more than an hour ago and do not know what came of it.",
        "It is sent again with the same key, which is safe. Ask the processor now to be sure.",
        (_A.ASK_PROCESSOR,),
    ),
    "owed_above_hold": ReasonWords(
        "The bill is higher than the hold",
        "The whole hold was captured; the rest is a receivable.",
        "The driver is asked to pay the rest. Waive it, or write it off if nobody expects the money.",
        (_A.WRITE_OFF, _A.REFUND),
    ),
    "estimate_captured": ReasonWords(
        "Captured by estimate",
        "The hold was about to end without a bill, so the last known cost was taken.",
        "It is trued up when the CDR comes; press the partner for it.",
        (_A.DISPUTE_CDR, _A.REFUND),
    ),
    "below_minimum_waived": ReasonWords(
        "Waived as too small", "The bill is below what a card payment can take.", "Nothing to do: accept with a note."
    ),
    "early_fraud_warning": ReasonWords(
        "The bank suspects fraud",
        "The card's bank reported the payment as fraud. A dispute often follows.",
        "Refund at once if it looks like fraud: a dispute costs a fee on top.",
        (_A.REFUND,),
    ),
    "refund_awaits_approval": ReasonWords(
        "A refund waits for a person",
        "More than one person may decide alone goes back to a driver.",
        "Approve or deny it under requests.",
    ),
    "refund_failed": ReasonWords(
        "A refund did not arrive",
        "The bank sent it back, as from a closed card. The money is ours again and the driver unpaid.",
        "Pay the driver in another way and note the transfer.",
        (_A.SETTLE_OTHERWISE, _A.ASK_PROCESSOR),
    ),
    "refund_denied": ReasonWords(
        "A refund was denied",
        "Somebody decided that it does not go this way; it is still owed to the driver.",
        "Pay the driver in another way and note the transfer.",
        (_A.SETTLE_OTHERWISE,),
    ),
    "refund_by_hand": ReasonWords(
        "A refund made at the processor",
        "Somebody gave money back in the dashboard. It is in the books.",
        "Find out why, and accept with a note.",
        (_A.ASK_PROCESSOR,),
    ),
    "top_up_refunded_by_hand": ReasonWords(
        "A top-up refunded at the processor",
        "Money of a wallet was given back in the dashboard. The wallet was lowered.",
        "Find out why, and accept with a note.",
    ),
    "payment_differs": ReasonWords(
        "A payment of another amount", "The processor received another sum than was asked for.", _AT_STRIPE
    ),
    "second_payment_at_processor": ReasonWords(
        "Paid twice", "Two payments carry the id of one of ours.", "Give the second one back in the dashboard."
    ),
    "payment_not_at_processor": ReasonWords(
        "A payment that the processor does not know",
        "We have a payment, and the processor denies knowing it.",
        "Check which account the service uses.",
    ),
    "dispute_inquiry": ReasonWords(
        "The bank asks about a payment",
        "The driver asked their bank what it was. No money was taken yet.",
        "Answer with the evidence, or refund: both keep it from becoming a dispute.",
        (_A.REFUND, _A.ASK_PROCESSOR),
    ),
    "dispute_open": ReasonWords(
        "A dispute",
        "The bank took the money back, and a fee. There is one answer, until the date below.",
        "Assemble and submit the evidence, or let it be lost.",
        (_A.ASK_PROCESSOR, _A.SEND_RECEIPT),
    ),
    "dispute_lost": ReasonWords(
        "A dispute was lost",
        "The money stays with the driver's bank.",
        "Write off what is still owed.",
        (_A.WRITE_OFF,),
    ),
    "dispute_beyond_payment": ReasonWords(
        "Money went back twice",
        "A refund and a dispute of the same payment crossed.",
        "Submit the refund as evidence: only the bank can give it back.",
        (_A.ASK_PROCESSOR,),
    ),
    "evidence_refused": ReasonWords(
        "Evidence was refused", "The processor did not take our evidence.", "See the message, mend it, submit again."
    ),
    "payout_failed": ReasonWords(
        "A payout failed", "Our bank did not take it.", "Check the bank account at the processor."
    ),
    "payout_rest": ReasonWords(
        "A payout that does not add up",
        "Its lines and our entries differ by the amount shown.",
        "Look at the lines that are matched to nothing.",
    ),
    "payout_not_at_processor": ReasonWords(
        "A payout that the processor does not know", "It was announced to us and cannot be read.", _AT_STRIPE
    ),
    "balance_entry_unknown": ReasonWords(
        "An entry that we cannot explain",
        "A balance transaction at the processor belongs to nothing of ours.",
        "Find what it is for and book it by hand.",
    ),
    "webhook_endpoint_failing": ReasonWords(
        "A back end takes no webhooks", "An address of an app keeps failing.", "Tell whoever runs it."
    ),
}
