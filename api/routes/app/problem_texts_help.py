"""The words of the problems about cases."""

from api.routes.app.problem_text import NextAction, ProblemText

HELP_TEXTS = {
    "unknown_case": ProblemText("There is no such case", "Load the list of cases again.", NextAction.RELOAD),
    "unknown_file": ProblemText("There is no such file", "Load the case again.", NextAction.RELOAD),
    "topic_unknown": ProblemText(
        "There is no such topic", "`facts.topics` has those of this form.", NextAction.CHANGE_REQUEST
    ),
    "form_incomplete": ProblemText(
        "Something is missing",
        "Fill in what `facts.missing` names, and correct what `facts.unusable` names.",
        NextAction.CHANGE_REQUEST,
    ),
    "case_step_not_possible": ProblemText(
        "That is not possible as the case stands", "Load the case again: `can` says what is.", NextAction.RELOAD
    ),
    "nothing_said": ProblemText("The message is empty", "Write something.", NextAction.CHANGE_REQUEST),
    "survey_not_open": ProblemText("The case is not closed yet", "Judge us once it is.", NextAction.RELOAD),
    "survey_answered": ProblemText("You have answered already", "One answer a case is kept.", NextAction.RELOAD),
    "too_many_files": ProblemText(
        "The case has as many files as it may", "`facts.most` is how many.", NextAction.CHANGE_REQUEST
    ),
    "file_too_large": ProblemText(
        "The file is too large", "`facts.most_bytes` is the most.", NextAction.CHANGE_REQUEST
    ),
    "file_kind_unknown": ProblemText(
        "We do not take such files", "`facts.allowed` has what we take: pictures and PDFs.", NextAction.CHANGE_REQUEST
    ),
}
