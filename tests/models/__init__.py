"""Real model servers, built from their sources, with a tiny model that this project makes itself."""
