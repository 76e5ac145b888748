"""`python -m oracle_kit` is the `oracle` command."""

from oracle_kit.cli import main

main()
