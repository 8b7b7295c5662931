"""Prepaid wallets: what is in them, what charges reserve and spend of them, topping up, paying back."""
