"""What an operator may set of helping customers: the mailbox they write to, and who runs which chargers."""

from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings

from api.ports.mail import MailSecurity

Party = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[A-Z0-9]{3}$")]
Address = Annotated[str, StringConstraints(pattern=r"^[^\s@<>,;:]+@[^\s@<>,;:]+$")]


class SupportSettings(BaseSettings):
    """The mailbox is off until its server is set. Durations in seconds."""

    support_address: Address | None = None
    """Where customers write to, and where answers to our mails about cases go."""
    imap_host: str | None = None
    """The server of that mailbox; without one no mail is read."""
    imap_port: int = 993
    imap_security: MailSecurity = MailSecurity.TLS
    """``tls`` (from the first byte, usually port 993), ``starttls`` or ``none``, which only the sandbox takes."""
    imap_username: str = ""
    imap_password: SecretStr | None = None
    imap_folder: Annotated[str, StringConstraints(pattern=r'^[^"\\\r\n]{1,200}$')] = "INBOX"
    imap_timeout_seconds: float = 20.0
    operated_parties: frozenset[Party] = Field(default_factory=frozenset)
    """Parties whose chargers we run ourselves beside our own, as JSON: ["DE-ABC"]. Their cases are ours."""
    operator_mails: dict[Party, Address] = Field(default_factory=dict)
    """Where operators are written to about cases that are theirs, as JSON: {"DE-XYZ": "help@xyz.example"}."""

    @property
    def mailbox(self) -> dict[str, Any]:
        """Return how the mailbox is opened, as ``clients/mail/imap.py`` names it."""
        password = self.imap_password.get_secret_value() if self.imap_password else ""
        names = ("host", "port", "username", "folder", "security", "timeout_seconds")
        return {name: getattr(self, f"imap_{name}") for name in names} | {"password": password}

    @model_validator(mode="after")
    def refuse_half_a_mailbox(self) -> Self:
        """Raise ValueError when a mailbox could not be opened, or when customers would not know where to answer."""
        if self.imap_host and not (self.imap_username and self.imap_password and self.support_address):
            raise ValueError("imap_host needs imap_username, imap_password and support_address")
        return self
