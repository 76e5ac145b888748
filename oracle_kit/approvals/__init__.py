"""Approvals: proposed writes, kept with what they were based on, decided by somebody else, carried out once."""
