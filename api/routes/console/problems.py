"""Why something did not work, in a calm sentence for staff. A code without a sentence is shown with its facts."""

from api.domain.errors import AppError

_SENTENCES = {
    "not_signed_in": "You are not signed in any more. Nothing was changed.",
    "staff_sign_in_refused": "That did not fit. Look at what you typed; each code works once.",
    "too_many_attempts": "That was tried too often. Wait {retry_after_s} seconds.",
    "invitation_refused": "This invitation was used or is over. Ask for a new one.",
    "form_stale": "This form belongs to another sign-in. Load the page again; nothing was changed.",
    "form_unreadable": "The form could not be read. Nothing was changed.",
    "amount_unreadable": "This is no amount. Write it like 12.34; nothing was changed.",
    "not_permitted": "Your roles do not allow this ({permission}).",
    "member_exists": "Somebody of staff has this {field} already.",
    "own_roles": "Nobody gives roles to themselves: another administrator has to.",
    "last_admin": "Somebody must be able to look after staff: this is the last administrator.",
    "unknown_member": "There is no such member of staff.",
    "unknown_role": "There is no role {role}.",
    "address_unreadable": "This is no e-mail address.",
    "person_unnamed": "A name is needed.",
    "same_person": "Who asked for it cannot approve it: this was {requested_by}.",
    "second_person_needed": "This is more than one person decides: somebody else has to approve it.",
    "month_invalid": "This is no month such as 2026-11.",
    "month_not_over": "The month {month} goes on.",
    "period_refuses": "The month is {state}: that is not its next step. Nothing was changed.",
    "earlier_period_open": "The month {period} is open still: months are shut in their order.",
    "later_period_shut": "The month {period} is shut and began with what this one came to. Open that one first.",
    "totals_differ": "Control totals of {days} days differ, from {first} on. Say why that is accepted.",
    "too_many_lines": "This month has more than {most} lines. Use chargehand export datev, which writes several files.",
    "unknown_list": "There is no such list.",
    "nothing_booked": "There is no such journal.",
    "unknown_journal": "There is no such journal.",
    "filter_unreadable": "This filter could not be read: {filter}.",
    "already_decided": "This was decided already: {state}.",
    "not_the_requester": "Only who asked for it can take it back: this was {requested_by}.",
    "role_missing": "Your roles do not allow this; it needs one of: {needs}.",
    "finding_step_not_possible": "Somebody was faster, perhaps: a finding that is {state} cannot take this step.",
    "action_not_possible": "This is not possible any more; load the finding again to see what is.",
    "note_missing": "Say why, in at most {most} characters.",
    "snooze_unreadable": "A snooze ends in the future, after 90 days at the latest.",
    "amount_missing": "An amount is needed.",
    "credit_unreadable": "An amount above zero, a reason and a text are needed.",
    "write_off_unreadable": "An amount above zero and a text are needed.",
    "settlement_unreadable": "An amount, a reason and a text are needed.",
    "settlement_pending": "A request about this charge waits already: {request_id}.",
    "not_decidable": "Rules settle this charge, or it is over: it is {status}, its hold {hold}.",
    "credit_too_large": "That is more than is asked for.",
    "write_off_too_large": "That is more than the driver owes.",
    "dispute_open": "The driver's bank holds a dispute of this payment: money would go back twice.",
    "charge_not_settled": "Only the bill of a settled charge can be refunded.",
    "nothing_to_repay": "There is nothing left to pay of this refund.",
    "no_paper": "There is no receipt yet, or no address to send it to.",
    "too_many_resends": "This paper was sent too often lately. Wait {retry_after_s} seconds.",
    "processor_away": "The processor gives no answer now. It is asked again by itself.",
    "not_for_drivers": "These pages are for staff: an access token of the app opens nothing here.",
    "own_binding": "Nobody binds themselves: another administrator has to.",
    "unknown_binding": "There is no such {field}.",
    "not_yours": "There is no such thing among your chargers.",
    "unknown_charge": "There is no such charge.",
    "unknown_charging_session": "There is no such charge.",
    "unknown_unlock_request": "There is no such request.",
    "unlock_request_over": "Somebody was faster, or it is too late: this request is {state}.",
    "decline_reason_missing": "Say why: the driver reads it.",
    "operator_away": "The operator's hub says that it cannot be reached: {status}.",
    "partner_not_connected": "There is no connection to this operator now.",
    "unknown_finding": "There is no such finding.",
    "unknown_request": "There is no such request.",
    "list_unreadable": "This list cannot be shown: look at {field} in the address.",
}


def told_of(error: AppError) -> str:
    """Return the sentence about an error."""
    sentence = _SENTENCES.get(error.code)
    if sentence is None:
        facts = ", ".join(f"{name}: {value}" for name, value in sorted(error.facts.items()))
        return f"{error.code.replace('_', ' ').capitalize()}{f' ({facts})' if facts else ''}. Nothing was changed."
    return sentence.format_map(dict(error.facts))
