"""``CardFile``: the customers and their kept cards, shared by the fakes of one processor. Nothing is charged here."""

from tests.fake_answers import refused


class CardFile:
    """Which customers exist, which card is whose, and which test card is behind it."""

    def __init__(self) -> None:
        """Start empty."""
        self._behind: dict[str, str] = {}
        self._owners: dict[str, str | None] = {}
        self._customers: set[str] = set()

    def add_customer(self, customer_id: str) -> str:
        """Add a customer and return the id."""
        self._customers.add(customer_id)
        return customer_id

    def knows(self, customer_id: str) -> bool:
        """Say whether a customer exists and was not deleted."""
        return customer_id in self._customers

    def delete_customer(self, customer_id: str) -> None:
        """Let somebody delete the customer in the dashboard; the cards go too."""
        self._customers.discard(customer_id)
        for kept in self.of(customer_id):
            self.let_go(kept)

    def keep(self, customer_id: str, card: str) -> str:
        """Keep a test card for a customer and return its own id."""
        kept = f"pm_fake{len(self._behind) + 1}"
        self._behind[kept] = card
        self._owners[kept] = customer_id
        return kept

    def let_go(self, payment_method_id: str) -> None:
        """Remove a kept card for good; holds on it stay."""
        self._owners[payment_method_id] = None

    def of(self, customer_id: str) -> list[str]:
        """Return the ids of a customer's cards, oldest first."""
        return [kept for kept, owner in self._owners.items() if owner == customer_id]

    def owner(self, payment_method_id: str) -> str | None:
        """Return the customer of a kept card, None for a removed one; raises ``ProcessorRefused`` for an unknown."""
        if payment_method_id not in self._owners:
            raise refused("resource_missing")
        return self._owners[payment_method_id]

    def behind(self, payment_method_id: str) -> str:
        """Return the test card behind an id, or the test name itself."""
        return self._behind.get(payment_method_id, payment_method_id)

    def usable(self, payment_method_id: str) -> str:
        """Return the test card behind an id, or the test name itself; raises ``ProcessorRefused`` for a removed one."""
        if self._owners.get(payment_method_id, "") is None:
            raise refused("invalid_request_error")
        return self._behind.get(payment_method_id, payment_method_id)
