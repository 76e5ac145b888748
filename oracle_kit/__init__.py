"""Oracle: typed questions answered from a codebook, every number read live under an allowlist."""

__version__ = "0.1.0"
