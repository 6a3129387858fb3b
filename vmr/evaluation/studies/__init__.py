"""Studies that can be repeated by one command: python -m vmr reproduce NAME."""
