"""How the bundled checkpoint is made from what is written down (vmr.knowledge) and free media."""
