"""Our side of conversations with other systems: OCPI partners and the payment processor. Knows no service, no table."""
