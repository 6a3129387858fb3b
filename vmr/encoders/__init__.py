"""Frozen backbones behind one small Protocol each; one file per backbone, a registry by id."""
