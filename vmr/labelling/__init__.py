"""Labelling with a machine's help: what a label probably is, what to ask next, what looks wrong."""
