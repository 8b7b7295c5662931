"""Asking an identity provider who somebody is (OpenID Connect); the only code that speaks it."""
