"""Public doubles that pass the same contract suites as the real parts."""

from oracle_kit.testing.model_server import FakeModelServer, Play, unanswering_address

__all__ = ["FakeModelServer", "Play", "unanswering_address"]
