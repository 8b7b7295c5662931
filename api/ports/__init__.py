"""What the services need from outside, as Protocols, with the errors they may raise.

``Ports`` is handed to every use case; the live one is built in ``api/wiring.py``, tests and the demo pass others.
"""

from dataclasses import dataclass

from api.ports.cards import Cards
from api.ports.checkpoints import Checkpoints
from api.ports.clock import Clock
from api.ports.documents import Documents
from api.ports.hub_directory import HubDirectory
from api.ports.identity import IdentityProvider
from api.ports.invoice_reports import InvoiceReports
from api.ports.mail import Mail
from api.ports.mailbox import Mailbox
from api.ports.mirror import Mirror
from api.ports.pass_sync import PassSync
from api.ports.payins import Payins
from api.ports.payments import Payments
from api.ports.places import Places
from api.ports.policy import ServicePolicy
from api.ports.push import Push
from api.ports.randomness import Randomness
from api.ports.reach import Reach
from api.ports.refunds import Refunds
from api.ports.remote_control import RemoteControl
from api.ports.roaming import Roaming
from api.ports.settlement import Settlement
from api.ports.smart_charging import SmartCharging
from api.ports.status_file import StatusFile
from api.ports.traffic import Traffic
from api.ports.webhook_posts import WebhookPosts


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world of one process."""

    clock: Clock
    randomness: Randomness
    payments: Payments
    refunds: Refunds
    payins: Payins
    settlement: Settlement
    mirror: Mirror
    cards: Cards
    roaming: Roaming
    smart_charging: SmartCharging
    invoice_reports: InvoiceReports
    remote_control: RemoteControl
    pass_sync: PassSync
    hub_directory: HubDirectory
    places: Places
    checkpoints: Checkpoints
    documents: Documents
    mail: Mail
    identity: IdentityProvider
    mailbox: Mailbox
    push: Push
    webhook_posts: WebhookPosts
    traffic: Traffic
    reach: Reach
    status_file: StatusFile
    policy: ServicePolicy
