"""A long film as cues: where the music should change, which tracks, and where in each to begin."""
