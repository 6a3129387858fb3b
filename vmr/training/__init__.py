"""Training on pairs of video and music."""
