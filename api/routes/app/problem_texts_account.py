"""The words of the problems about a driver and what is theirs: account, passes, notices, favorites, watches."""

from api.routes.app.problem_text import NextAction, ProblemText

ACCOUNT_TEXTS = {
    "unknown_network": ProblemText("There is no such network", "Load the list of networks again.", NextAction.RELOAD),
    "network_there": ProblemText(
        "The network is there already", "The app can charge at it; there is nothing to wait for.", NextAction.RELOAD
    ),
    "pass_not_activated": ProblemText(
        "This network needs a pass",
        "`facts.step` is what to do next with the pass, `facts.text` says it to the driver.",
        NextAction.USE_PASS,
    ),
    "pass_unknown": ProblemText("There is no such pass", "Load the list of passes again.", NextAction.RELOAD),
    "pass_step_refused": ProblemText(
        "The pass is not that far, or further", "`facts.next_step` is what comes next.", NextAction.RELOAD
    ),
    "pass_code_wrong": ProblemText(
        "That is not the code on this pass", "Look at the pass and type the code again.", NextAction.CHANGE_REQUEST
    ),
    "pass_code_locked": ProblemText(
        "Too many wrong codes", "Call the hotline: it gives the pass another code.", NextAction.NONE
    ),
    "too_many_passes": ProblemText("No more passes can be ordered", "Ask our support.", NextAction.NONE),
    "guests_do_not_rate": ProblemText("Guests give no ratings", "An account can.", NextAction.NONE),
    "rating_too_early": ProblemText(
        "The charge goes on", "Rate it once the cable is out.", NextAction.RETRY, retryable=True
    ),
    "history_too_long": ProblemText(
        "Too many charges for one paper",
        "Choose a shorter time, at most `facts.most` charges, or take the table.",
        NextAction.CHANGE_REQUEST,
    ),
    "rating_closed": ProblemText(
        "The rating cannot be changed any more", "That is possible for `facts.days` days.", NextAction.NONE
    ),
    "unknown_rating": ProblemText("There is no rating", "You have not rated this charge.", NextAction.NONE),
    "unknown_notice": ProblemText("There is no such message", "Load the list again.", NextAction.RELOAD),
    "unknown_notice_kind": ProblemText(
        "A kind of message is not known", "Remove the kinds in `facts.kinds`.", NextAction.CHANGE_REQUEST
    ),
    "signature_refused": ProblemText(
        "The signature is not accepted", "Sign the path and query with the endpoint's secret, now.", NextAction.NONE
    ),
    "unknown_webhook_event": ProblemText(
        "There is no such event", "It may be older than thirty days: ask without `after`.", NextAction.CHANGE_REQUEST
    ),
    "driver_gone": ProblemText("This account no longer exists", "Sign in with another account.", NextAction.SIGN_IN),
    "sign_in_refused": ProblemText(
        "That did not work", "The e-mail address and the password do not belong together.", NextAction.CHANGE_REQUEST
    ),
    "account_not_activated": ProblemText(
        "Confirm your address first",
        "Open the link in our mail, or type its code. Look into your spam folder, or have it sent again.",
        NextAction.ACTIVATE,
    ),
    "account_closing": ProblemText(
        "This account will be deleted", "Keep the account, then try again.", NextAction.RELOAD
    ),
    "already_activated": ProblemText(
        "This account is active already", "Sign in, and change the address there.", NextAction.SIGN_IN
    ),
    "unknown_link": ProblemText(
        "This link or code is not known", "Check it for slips, or ask for a new mail.", NextAction.CHANGE_REQUEST
    ),
    "link_gone": ProblemText(
        "This link no longer works", "See `facts.reason`; ask for a new mail if you need one.", NextAction.NONE
    ),
    "weak_password": ProblemText(
        "Choose a better password", "See `facts.reason`: it needs `facts.least` characters.", NextAction.CHANGE_REQUEST
    ),
    "password_wrong": ProblemText("That is not your password", "Type it again.", NextAction.CHANGE_REQUEST),
    "unknown_device": ProblemText("No such device", "It may be signed out already.", NextAction.RELOAD),
    "unknown_time_zone": ProblemText(
        "No such time zone", "Use a name such as Europe/Berlin.", NextAction.CHANGE_REQUEST
    ),
    "unknown_export": ProblemText("No such copy", "It does not exist or is not yours.", NextAction.NONE),
    "erasure_refused": ProblemText(
        "The account cannot be deleted yet",
        "Something is still open, see `facts.reasons`: a charge, or money to be paid or paid back.",
        NextAction.RELOAD,
    ),
    "refresh_refused": ProblemText("Sign in again", "The refresh token is no longer valid.", NextAction.SIGN_IN),
    "too_many_favorites": ProblemText(
        "You have too many favorites", "Remove one first; `facts.most` says how many there may be.", NextAction.NONE
    ),
    "too_many_watches": ProblemText(
        "You wait for too many chargers", "End one first; `facts.most` says how many there may be.", NextAction.NONE
    ),
    "already_free": ProblemText(
        "It is free already", "There is nothing to wait for; `facts.connector_id` is free now.", NextAction.RELOAD
    ),
    "nothing_to_wait_for": ProblemText(
        "The app cannot start a charge there", "Choose another charger.", NextAction.CHOOSE_ANOTHER_CONNECTOR
    ),
    "unknown_watch": ProblemText("There is no such watch", "It may have been ended.", NextAction.RELOAD),
}
