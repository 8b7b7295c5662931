"""What a page says after a step, by a word in its address: never by text from there."""

from starlette.requests import Request

_TOLD = {
    "done": "Done.",
    "waits": "A second person has to approve this: it is among the requests now.",
    "asked": "The processor was asked; what it answered is in the history.",
    "written": "Noted. No address of this partner is on file: send it by hand. The finding waits for the partner.",
    "ruled": "Decided. The driver is told.",
    "posted": "The letter is on its way. The finding waits for the partner.",
    "sent": "The receipt is on its way.",
    "approved": "Approved. The money moves now.",
    "denied": "Denied.",
    "stated": "The statement is written.",
    "nothing_sold": "Nothing was sold or corrected: there is nothing to state.",
    "price": "Set. Quoted and running charges keep their price.",
    "unlocking": "The command is on its way; what the charger says is shown here.",
    "withdrawn": "Taken back.",
    "some": "Done, but for some that somebody resolved or changed meanwhile.",
    "published": "Published: readers see it now.",
    "none": "Nothing was chosen.",
}


def told_after(request: Request) -> str | None:
    """Return what to say, None where no step led here."""
    return _TOLD.get(request.query_params.get("told", ""))
