"""Batches: the ledger of jobs and items, the workers that run them, and the types of jobs."""
