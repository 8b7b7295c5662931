"""Tests of the roaming room."""
