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
}


def told_of(error: AppError) -> str:
    """Return the sentence about an error."""
    sentence = _SENTENCES.get(error.code)
    if sentence is None:
        facts = ", ".join(f"{name}: {value}" for name, value in sorted(error.facts.items()))
        return f"{error.code.replace('_', ' ').capitalize()}{f' ({facts})' if facts else ''}. Nothing was changed."
    return sentence.format_map(dict(error.facts))
