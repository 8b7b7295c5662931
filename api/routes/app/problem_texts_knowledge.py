"""Words of problems about articles and codes."""

from api.routes.app.problem_text import NextAction, ProblemText

KNOWLEDGE_TEXTS = {
    "unknown_article": ProblemText(
        "No such article", "It does not exist, or is not published any more.", NextAction.NONE
    ),
    "unknown_revision": ProblemText(
        "No such revision", "The article was never published in this revision.", NextAction.NONE
    ),
    "unknown_code": ProblemText("We do not know this code", "Compare it with what the charger shows.", NextAction.NONE),
}
