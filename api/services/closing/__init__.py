"""Finance's figures and the close of a month: control totals, ageing, losses, periods that are shut, exports."""
