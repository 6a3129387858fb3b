"""vmr: music for video, ranked by a mix of audiovisual fit and fit by label."""

__version__ = "0.1.0"
