"""Datasets: approved projections of tables, their expressions, policies, and the only statements that are built."""
