"""A virtual charge point operator: speaks OCPI with JSON written by hand and shares no code with the product."""
