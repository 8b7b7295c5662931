"""The words of the problems about help that is paid for."""

from api.routes.app.problem_text import NextAction, ProblemText

OFFER_TEXTS = {
    "unknown_help_offer": ProblemText("There is no such offer", "Reload the case.", NextAction.RELOAD),
    "help_offer_over": ProblemText(
        "This offer cannot be answered any more",
        "`facts.state` says why: it was answered, it lapsed, or the case is closed. Reload the case.",
        NextAction.RELOAD,
    ),
    "help_consent_differs": ProblemText(
        "The consent does not match the offer",
        "Nothing was taken. Show amount and text of the offer, and ask again.",
        NextAction.RELOAD,
    ),
    "help_not_payable": ProblemText(
        "Your wallet cannot pay for this help",
        "Nothing was taken. `facts.reason` says why; the whole `facts.amount` must be available.",
        NextAction.TOP_UP,
    ),
}
