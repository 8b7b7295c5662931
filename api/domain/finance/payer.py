"""Who pays for a charge, and who keeps the promise of its hold until it does."""

from enum import StrEnum


class Payer(StrEnum):
    """What a driver may choose to pay with."""

    CARD = "card"
    WALLET = "wallet"
    FLEET = "fleet"


class Psp(StrEnum):
    """Who keeps the promise of a hold. All but ``stripe`` are our own books: no network, no last moment to capture."""

    STRIPE = "stripe"
    WALLET = "wallet"
    FLEET = "fleet"


PSP_OF = {Payer.CARD: Psp.STRIPE, Payer.WALLET: Psp.WALLET, Payer.FLEET: Psp.FLEET}
