"""Sample videos: drawn by program, or found in an installed package."""
