"""Adapting a checkpoint to a house: heads fitted on labels and corrections, versions, figures."""
