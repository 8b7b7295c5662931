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
    "already_decided": "This was decided already: {state}.",
}


def told_of(error: AppError) -> str:
    """Return the sentence about an error."""
    sentence = _SENTENCES.get(error.code)
    if sentence is None:
        facts = ", ".join(f"{name}: {value}" for name, value in sorted(error.facts.items()))
        return f"{error.code.replace('_', ' ').capitalize()}{f' ({facts})' if facts else ''}. Nothing was changed."
    return sentence.format_map(dict(error.facts))
