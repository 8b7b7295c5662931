"""What an operator may set of what leaves the house for drivers and app back ends: mail, pushes, webhooks."""

from typing import Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings

from api.ports.mail import MailSecurity


class OutgoingSettings(BaseSettings):
    """Each channel is off until its keys are set. Durations in seconds."""

    smtp_host: str | None = None
    """The mail server; without one mails are kept as not sent, with the reason."""
    smtp_port: int = 587
    smtp_security: MailSecurity = MailSecurity.STARTTLS
    """``starttls``, ``tls`` (from the first byte, usually port 465) or ``none``, which production refuses."""
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_timeout_seconds: float = 10.0
    mail_from: str = "receipts@chargehand.example"
    """The sender's address; its domain is also that of every Message-ID."""
    fcm_service_account: SecretStr | None = None
    """The JSON of a Google service account's key file that may send through FCM; without one Android is off."""
    apns_key: SecretStr | None = None
    """Apple's signing key (the text of the .p8 file); without one iOS is off."""
    apns_key_id: str = ""
    apns_team_id: str = ""
    apns_topic: str = ""
    """The bundle id of the app."""
    apns_sandbox: bool = False
    """Push to apps from Xcode instead of the App Store's."""
    web_push_key: SecretStr | None = None
    """A private key on P-256 (PEM) that browsers know us by (VAPID); without one Web Push is off."""
    web_push_contact: str = ""
    """Whom push services may ask about us: ``mailto:`` or ``https:``."""
    push_timeout_seconds: float = 10.0
    allow_loopback_webhooks: bool = False
    """Lets webhooks and browsers' push services live on this machine; for the sandbox only."""

    @model_validator(mode="after")
    def refuse_half_a_key(self) -> Self:
        """Raise ValueError when a push service is set up in part: nobody would know that nobody is reached."""
        if self.apns_key and not (self.apns_key_id and self.apns_team_id and self.apns_topic):
            raise ValueError("apns_key needs apns_key_id, apns_team_id and apns_topic")
        if self.web_push_key and not self.web_push_contact.startswith(("mailto:", "https://")):
            raise ValueError("web_push_key needs a web_push_contact: mailto: or https:")
        return self
