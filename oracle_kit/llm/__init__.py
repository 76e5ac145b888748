"""Model providers, routing between them, their health, and the rungs that a model may plan or write."""
