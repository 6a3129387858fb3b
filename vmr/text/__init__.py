"""Text of unknown encoding, for tables and for tags."""
