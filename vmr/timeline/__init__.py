"""A film with its music on a timeline, and how editing programs read it."""
