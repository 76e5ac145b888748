"""Approved projections of tables: expressions, policies, and the only statements that are ever built."""
