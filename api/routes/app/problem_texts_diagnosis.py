"""The words of the problems about help: diagnoses."""

from api.routes.app.problem_text import NextAction, ProblemText

DIAGNOSIS_TEXTS = {
    "unknown_diagnosis": ProblemText("There is no such diagnosis", "Begin another one.", NextAction.RELOAD),
    "diagnosis_over": ProblemText(
        "This diagnosis is over", "`facts.state` says how it ended; begin another one.", NextAction.RELOAD
    ),
    "step_not_now": ProblemText("Another step is to be done now", "`facts.step` is it.", NextAction.RELOAD),
    "wait_not_over": ProblemText(
        "The wait is not over",
        "Show the countdown; `Retry-After` says how long it still is.",
        NextAction.RETRY,
        retryable=True,
    ),
}
