"""The two-tower model: from feature rows to branch embeddings, and its files."""
