"""The pages behind mailed links, ``/account``: they work in any browser, without the app and without signing in.

Opening a page changes nothing, pressing its button does: programs that look through mail open links, and must not use
them up. Does not live here: what the links do (``services/accounts``).
"""

from api.routes.account.application import create_account_pages

__all__ = ["create_account_pages"]
