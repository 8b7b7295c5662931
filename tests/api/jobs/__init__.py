"""The job engine with a real worker: deferral in the transaction, retries, sweeps."""
