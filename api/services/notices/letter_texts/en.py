"""English."""

from typing import Final

from api.services.notices.letter_texts.templates import Template

EN_FOOT: Final = """\
--
{our_name}
Questions? {contact}
"""
EN: Final[dict[Template, tuple[str, str]]] = {
    Template.ACTIVATE: (
        "Confirm your address for {our_name}",
        """\
Hello,

somebody signed up at {our_name} with this address. If it was you, open this page and confirm:

{link}

Or type this code in the app: {code}

Both work once, within {hours} hours. If it was not you, do nothing: without a confirmation there is no account.
""",
    ),
    Template.ACCOUNT_EXISTS: (
        "You have an account at {our_name} already",
        """\
Hello,

somebody wanted to use this address for an account at {our_name}, but it has one already. If it was you, sign in as
usual; if you forgot your password, ask for a new one in the app. If it was not you, there is nothing to do.
""",
    ),
    Template.RESET: (
        "Choose a new password for {our_name}",
        """\
Hello,

somebody asked for a new password for your account. If it was you, choose one here:

{link}

The link works once, within {hours} hour(s). All devices are signed out then. If it was not you, do nothing: your
password stays as it is.
""",
    ),
    Template.PASSWORD_CHANGED: (
        "Your password was changed",
        """\
Hello,

the password of your account at {our_name} was changed, and other devices were signed out. If it was not you, ask for
a new password in the app at once, and write to us.
""",
    ),
    Template.EMAIL_CONFIRM: (
        "Confirm your new address for {our_name}",
        """\
Hello,

this address is to become the one of an account at {our_name}. If you asked for that, open this page and confirm:

{link}

The link works once, within {hours} hours. If it was not you, do nothing.
""",
    ),
    Template.EMAIL_CHANGED: (
        "The address of your account was changed",
        """\
Hello,

the account at {our_name} that belonged to this address now has another one. If it was you, there is nothing to do.

If it was not you, take it back here; all devices are signed out, and we send you a link for a new password:

{link}

The link works once, within {days} days.
""",
    ),
    Template.EXPORT_READY: (
        "The copy of your data is ready",
        """\
Hello,

the copy of your data that you asked for is ready. Download it in the app, within {hours} hours; then it is deleted.
If you did not ask for it, change your password and write to us.
""",
    ),
    Template.ERASURE_PLANNED: (
        "Your account will be deleted on {day}",
        """\
Hello,

as you asked, your account at {our_name} will be deleted on {day}. Until then you cannot start a charge with it.
Receipts stay with us as long as tax law demands, without your address and password.

If you change your mind, or if it was not you, keep the account here:

{link}
""",
    ),
    Template.ERASED: (
        "Your account was deleted",
        """\
Hello,

your account at {our_name} was deleted. This is our last letter to you. What tax law wants us to keep is kept under a
number instead of your address.
""",
    ),
}
