"""Files in, arrays out. Nothing here knows of models, catalogs or the page."""
