"""What the services need from outside, as Protocols, with the errors they may raise.

``Ports`` is handed to every use case; the live one is built in ``api/wiring.py``, tests and the demo pass others.
"""

from dataclasses import dataclass

from api.ports.cards import Cards
from api.ports.checkpoints import Checkpoints
from api.ports.clock import Clock
from api.ports.documents import Documents
from api.ports.mail import Mail
from api.ports.payins import Payins
from api.ports.payments import Payments
from api.ports.places import Places
from api.ports.policy import ServicePolicy
from api.ports.randomness import Randomness
from api.ports.refunds import Refunds
from api.ports.roaming import Roaming
from api.ports.settlement import Settlement


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world of one process."""

    clock: Clock
    randomness: Randomness
    payments: Payments
    refunds: Refunds
    payins: Payins
    settlement: Settlement
    cards: Cards
    roaming: Roaming
    places: Places
    checkpoints: Checkpoints
    documents: Documents
    mail: Mail
    policy: ServicePolicy
