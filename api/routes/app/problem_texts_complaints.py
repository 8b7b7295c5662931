"""The words of the problems about complaints."""

from api.routes.app.problem_text import NextAction, ProblemText

COMPLAINT_TEXTS = {
    "unknown_complaint": ProblemText("There is no such complaint", "Load the list again.", NextAction.RELOAD),
    "complaint_open": ProblemText(
        "This charge has a complaint already",
        "`facts.complaint_id` is not decided yet; another one can follow it.",
        NextAction.RELOAD,
    ),
    "complaint_evidence_missing": ProblemText(
        "Something is missing", "Ask the driver for what `facts.missing` names.", NextAction.CHANGE_REQUEST
    ),
    "complaint_currency_differs": ProblemText(
        "The charge is in another currency", "Tell the amounts in `facts.currency`.", NextAction.CHANGE_REQUEST
    ),
    "complaint_step_not_possible": ProblemText(
        "That is not possible now", "The complaint is not decided yet, or needs no decision.", NextAction.RELOAD
    ),
    "complaint_already_granted": ProblemText(
        "Money went back for this already", "One cause is paid for once.", NextAction.NONE
    ),
    "complaint_without_charge": ProblemText(
        "No charge is behind this complaint", "Nothing can go back for it.", NextAction.NONE
    ),
    "ruling_unreadable": ProblemText(
        "The decision is not complete", "Ruling, reason, amount and words must fit.", NextAction.CHANGE_REQUEST
    ),
    "unknown_receipt_link": ProblemText(
        "This link is not known", "Open the link of the newest mail.", NextAction.CHANGE_REQUEST
    ),
    "receipt_link_expired": ProblemText(
        "This link ran out", "Have the receipt sent again, and use the new link.", NextAction.NONE
    ),
}
