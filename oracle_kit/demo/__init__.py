"""The Velocity demo: a property company's warehouse, made up, deterministic, on DuckDB or PostgreSQL."""

from oracle_kit.demo.build import DEFAULT_SEED, build
from oracle_kit.demo.digest import digest
from oracle_kit.demo.moments import DEMO_NOW
from oracle_kit.demo.viewers import viewers

__all__ = ["DEFAULT_SEED", "DEMO_NOW", "build", "digest", "viewers"]
