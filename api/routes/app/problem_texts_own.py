"""The words of problems with what drivers ask agents and operators for: unlocking, and links to a charge's story."""

from api.routes.app.problem_text import NextAction, ProblemText

OWN_TEXTS = {
    "car_not_unlocked": ProblemText(
        "Unlock the car first",
        "Most cables are held by the car: unlock it, try the cable, then confirm with `car_unlocked`.",
        NextAction.CONFIRM,
    ),
    "nothing_to_unlock": ProblemText(
        "No cable of this charge can be in", "Reload the charging session; call the operator.", NextAction.RELOAD
    ),
    "unlock_already_asked": ProblemText(
        "An agent is looking at it already", "Follow the request in `facts.unlock_request_id`.", NextAction.RELOAD
    ),
    "unknown_timeline_link": ProblemText("No such link", "It does not exist, or is not yours.", NextAction.RELOAD),
    "too_many_timeline_links": ProblemText(
        "There are enough links to this charge", "Revoke one that is not needed any more.", NextAction.RELOAD
    ),
}
