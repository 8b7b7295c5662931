"""What finance reads about a finding: its title, what it means, and what to do. One text for every reason there is.

Staff read English. Does not live here: when a finding is opened, which is said by the rules (``rules.py``) and by the
services that see it first.
"""

from api.domain.finance.reason_text import ReasonText, said
from api.domain.finance.reasons_bills import AUDITS, BILLS, INVOICES

_HOLDS = {
    "hold_open_too_long": said(
        "Hold open too long",
        "The hold is older than any charge and its bill should take, and nobody ended it.",
        "Look at the charge: capture what it cost, or release the hold.",
    ),
    "hold_near_expiry": said(
        "Hold about to lapse",
        "The last moment to capture comes near and no capture is under way; afterwards the money cannot be taken.",
        "Capture the bill or the estimate before the moment shown, or release the hold.",
    ),
    "hold_expired": said(
        "Hold lapsed",
        "The hold ended before what the charge cost was captured.",
        "Ask the driver to pay what is owed, or write it off.",
    ),
    "hold_amount_wrong": said(
        "Hold of another amount",
        "The processor holds another amount than the driver agreed to; the start was called off.",
        "See that the hold was released, and why the amounts differ.",
    ),
    "session_without_hold": said(
        "Session without a hold",
        "A car charges, or charged, and no hold secures it.",
        "Have the charge stopped if it still runs; bill what it costs as a receivable.",
    ),
    "capture_at_risk": said(
        "Capture does not get through",
        "A capture is under way and the hold's last moment comes near.",
        "Ask the processor; if it is away for long, tell it and watch the moment shown.",
    ),
    "capture_failed": said(
        "Capture refused",
        "The processor refused to capture.",
        "Ask the processor what is left; else let the driver pay.",
    ),
    "release_failed": said(
        "Release refused", "The processor refused to let a hold go.", "Ask the processor what became of the hold."
    ),
    "captured_unexpectedly": said(
        "Captured without our order",
        "Money of a hold was taken that nobody of us ordered.",
        "Find out who captured it; keep what is owed and refund the rest.",
    ),
    "operation_without_end": said(
        "Outcome of a call unknown",
        "A call that moves money was sent and nobody knows what became of it.",
        "Ask the processor; the call is repeated by itself with the same key.",
    ),
    "session_too_long": said(
        "Session without an end",
        "The session runs longer than any should and was asked to stop.",
        "Ask the operator whether the car still charges.",
    ),
    "stop_failed": said(
        "Stop does not work", "The charger or operator did not take our stops.", "Call the operator to end the session."
    ),
}

_PROCESSOR = {
    "orphan_at_processor": said(
        "Payment of nobody at the processor",
        "The processor holds or took money in our name that none of our holds or payments knows.",
        "Release or refund it there; find out how it came about.",
    ),
    "second_hold_at_processor": said(
        "Second hold at the processor",
        "The processor has, or had, a second payment for one hold of ours.",
        "See that it was released; refund it if it took money.",
    ),
    "second_payment_at_processor": said(
        "Second payment at the processor",
        "A driver's payment was taken twice; the second lies in suspense.",
        "Refund it at the processor.",
    ),
    "hold_not_at_processor": said(
        "Hold unknown to the processor",
        "The processor does not show a hold that we believe in.",
        "Ask the processor; check that the key is of the right account.",
    ),
    "payment_not_at_processor": said(
        "Payment unknown to the processor",
        "The processor does not show a payment that we believe in.",
        "Ask the processor; check that the key is of the right account.",
    ),
    "hold_differs_at_processor": said(
        "Hold differs at the processor",
        "Status or amount of a hold is not what the processor shows.",
        "Ask the processor: what it shows now is believed.",
    ),
    "payment_differs_at_processor": said(
        "Payment differs at the processor",
        "Status or amount of a payment is not what the processor shows.",
        "Ask the processor: what it shows now is believed.",
    ),
    "refund_differs_at_processor": said(
        "Refund differs at the processor",
        "Status or amount of a refund is not what the processor shows.",
        "Ask the processor: what it shows now is believed.",
    ),
    "clearing_differs": said(
        "Books differ from the processor's balance",
        "What is booked for a payment is not what moved in our balance at the processor.",
        "Compare its journals with the processor's entries; book or reverse what is missing or wrong.",
    ),
    "mirror_behind": said(
        "Copy of the processor's objects is old",
        "The processor's objects were not copied for long, so rules about them see an old state.",
        "Look why the copy stopped.",
    ),
    "early_fraud_warning": said(
        "Warning of fraud", "The card's bank suspects fraud.", "Consider a refund before it becomes a dispute."
    ),
    "balance_entry_unknown": said(
        "Unknown movement",
        "Nothing of ours explains a movement of our balance.",
        "Find out what it is and book it out.",
    ),
}

_AFTERWARDS = {
    "refund_failed": said(
        "Refund failed",
        "A refund came back: the driver still has that money due.",
        "Pay it in another way and note it.",
    ),
    "refund_denied": said(
        "Refund denied",
        "A refund was denied; the money is kept and still due.",
        "Pay it in another way or note why not.",
    ),
    "refund_awaits_approval": said(
        "Refund waits for approval", "A refund above the limit waits for a second person.", "Approve or deny it."
    ),
    "refund_by_hand": said(
        "Refunded by hand", "A refund was given at the processor without our order.", "Say what it was for."
    ),
    "top_up_refunded_by_hand": said(
        "Top-up refunded by hand", "A top-up was refunded at the processor; the wallet keeps it back.", "Book it out."
    ),
    "dispute_open": said("Dispute open", "A driver's bank took money back.", "Send evidence before the date shown."),
    "dispute_inquiry": said("Bank asks", "A bank asks about a payment.", "Answer before it becomes a dispute."),
    "dispute_lost": said("Dispute lost", "The bank keeps the money.", "Decide whether the driver still owes it."),
    "dispute_beyond_payment": said(
        "Disputed and refunded", "More went back than was paid.", "Send evidence of the refund to the bank."
    ),
    "evidence_refused": said("Evidence refused", "The processor did not take our evidence.", "Mend and send it again."),
    "payout_rest": said(
        "Payout does not add up",
        "A payout is not the sum of the movements that it consists of, as our books have them.",
        "Look at its lines for one that is missing or booked with another amount.",
    ),
    "payout_failed": said("Payout failed", "The bank sent a payout back.", "Check the bank account at the processor."),
    "payout_not_at_processor": said(
        "Payout unknown to the processor", "A payout cannot be looked at.", "Ask the processor."
    ),
    "wallet_drift": said(
        "Wallet differs from its movements",
        "What is booked in a wallet is not what top-ups, refunds and charges say.",
        "Compare its journals with payments and charges; book or reverse what is missing or wrong.",
    ),
    "webhook_endpoint_failing": said("Webhooks fail", "An app's back end takes no webhooks.", "Tell its operator."),
    "rule_runaway": said(
        "Rule held back",
        "A rule would open so many findings at once that rather its data is broken.",
        "Look at the sample. Mend the cause, or release the rule if there really are so many.",
    ),
}

REASONS: dict[str, ReasonText] = {**_HOLDS, **BILLS, **AUDITS, **_PROCESSOR, **_AFTERWARDS, **INVOICES}
"""Every reason that there is."""
