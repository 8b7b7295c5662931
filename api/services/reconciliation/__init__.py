"""Comparing our books with the processor's objects and with partners' bills, and what people do about differences."""
