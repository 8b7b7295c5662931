"""Chargehand, the service: see docs/map.md for the rooms."""
