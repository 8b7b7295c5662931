"""The price of a charge: tariff model, charging periods, the engine, retail price, hold size and running cost.

All of it is exact ``Decimal`` arithmetic on values handed in; the one rounding to minor units is in ``domain/money``.
"""
