"""Errors whose text is shown to people as it is.

Every message says what is wrong, with which file or value, and what to do next. A caller's bug is a
ValueError or TypeError instead, so that a VmrError can always be shown and anything else is ours.
"""


class VmrError(Exception):
    """Base of all errors that are meant for the person using the program."""


class MediaError(VmrError):
    """A video or audio file cannot be used."""


class ManifestError(VmrError):
    """A table (pairs.csv, labels.csv, judged.csv) has rows that cannot be used."""


class CatalogError(VmrError):
    """A catalog is missing, damaged, or was indexed for another checkpoint."""


class CheckpointError(VmrError):
    """A checkpoint is missing, damaged, or does not go with the encoders in use."""


class EncoderError(VmrError):
    """An encoder is unknown, its weights are missing, or its licence forbids the use."""
