"""The Alembic scripts that make the tables of state, one file to a step; `env.py` is run by Alembic."""
