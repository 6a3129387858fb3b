"""Engines that find the candidates of a large collection; the exact order is made of these."""
