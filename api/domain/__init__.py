"""The pure domain: frozen dataclasses and functions. No IO, no clock, no ORM, no framework."""
