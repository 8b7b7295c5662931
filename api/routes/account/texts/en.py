"""English."""

from typing import Final

from api.routes.account.texts.shape import Page, PageText, Texts

EN: Final = Texts(
    pages={
        Page.ACTIVATE: PageText(
            "Confirm your address",
            "Confirm that {address} is yours, and your account at {our_name} is ready.",
            "Confirm",
            "Your account is ready",
            "Go back to the app and sign in.",
        ),
        Page.RESET: PageText(
            "Choose a new password",
            "It is for the account with the address {address}. All devices are signed out.",
            "Save the password",
            "Your password was changed",
            "Go back to the app and sign in with it.",
        ),
        Page.EMAIL: PageText(
            "Confirm your new address",
            "From now on {address} is the address of your account at {our_name}.",
            "Confirm",
            "Your address was changed",
            "Sign in with it from now on.",
        ),
        Page.UNDO_EMAIL: PageText(
            "Take the change back",
            "Your account gets the address {address} again, all devices are signed out, and we send you a link for a"
            " new password.",
            "Take it back",
            "The change was taken back",
            "Look into your mail: choose a new password now.",
        ),
        Page.UNDO_ERASURE: PageText(
            "Keep your account",
            "Your account at {our_name} is to be deleted. You can keep it.",
            "Keep the account",
            "Your account stays",
            "Go back to the app; everything is as before.",
        ),
    },
    field_label="New password",
    field_hint="At least {least} characters. A sentence is easy to remember.",
    refused_title="This link does not work",
    reasons={
        "used": "It was used already, and works once. If that was you, all is done.",
        "replaced": "A newer one, or another change of the account, took its place.",
        "expired": "It is too old. Ask for a new one in the app.",
        "taken": "The address belongs to an account already. Sign in, or ask for a new password in the app.",
        "unknown": "We do not know it. Copy it whole from the mail, or ask for a new one in the app.",
        "short": "The password is too short: it needs at least {least} characters.",
        "monotonous": "The password repeats too few characters. Choose another one.",
        "address": "The password must not be your address.",
    },
)
