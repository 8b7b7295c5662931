"""Tests of the faces over ASGI."""
