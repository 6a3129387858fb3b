"""What a house keeps for good: SQLite files in the data folder."""
