"""Identity: a token to a Viewer, and which role may do what."""
