"""What finance works with: receipts now; reconciliation, payouts and the month's close later."""
