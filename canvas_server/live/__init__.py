"""Live pages: rooms of readers who are told each commit, and who else is there."""
