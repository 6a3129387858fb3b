"""What is written down about pictures and music: tables, small heads, and their readers."""
