"""Asking for help without a sign-in, and following what becomes of it: the pages under ``/help/contact``."""

from api.routes.contact.application import contact_route, create_contact_pages

__all__ = ["contact_route", "create_contact_pages"]
