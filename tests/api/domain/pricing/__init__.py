"""Tests of the tariff engine: specification sums, hand-computed cases and properties."""
