"""The codebook: templates loaded and checked, and ranked against a prompt."""
