"""Folders of music and of videos: what they hold, how they are made and opened."""
