"""Modules whose buffers get their sizes when they are fitted, or from the file."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class SizedByFile(nn.Module):
    """Buffers that are empty until they are fitted are as large as the file says on loading.

    ``later``: buffers that older files lack. They are left out while they are empty, so that what
    does not use them is written, and named, as before.
    """

    later: tuple[str, ...] = ()

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        for name in self.later:
            if not destination[prefix + name].numel():
                del destination[prefix + name]

    def _load_from_state_dict(self, state: Any, prefix: str, *others: Any) -> None:
        for name in self.later:
            state.setdefault(prefix + name, getattr(self, name)[:0])
        for name, own in list(self._buffers.items()):
            found = state.get(prefix + name)
            if own is not None and not own.numel() and found is not None:
                setattr(self, name, torch.empty_like(found, dtype=own.dtype, device=own.device))
        super()._load_from_state_dict(state, prefix, *others)

    def keep(self, **values: Any) -> None:
        """Set buffers from arrays of any kind."""
        for name, value in values.items():
            setattr(self, name, torch.as_tensor(value).to(getattr(self, name)).clone())
