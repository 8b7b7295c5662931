"""Telling drivers: notices are stored with what caused them; channels deliver them from there."""
