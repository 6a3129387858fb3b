"""CLAP's text tower through transformers: texts among the rows of vmr.encoders.clap.

The text tower and its tokenizer lie in the folder of the sound tower, where the whole model was put
there. They are loaded when a text is first embedded. CLAP read English captions; other languages
mean little to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from vmr.encoders import hub
from vmr.encoders.base import Array
from vmr.errors import EncoderError

TOKENIZERS = (("tokenizer.json",), ("vocab.json", "merges.txt"))  # one of these


class ClapText:
    """A TextSide: texts beside the columns ``clap:...``."""

    group = "clap"

    def __init__(self, folder: Path, device: torch.device) -> None:
        self._folder = folder
        self._device = device

    @torch.inference_mode()
    def embed(self, texts: Sequence[str]) -> Array:
        """(Q, projection) float32, unit rows; of a long text what CLAP takes, its beginning.

        EncoderError where the folder has no text tower or no tokenizer.
        """
        tokenizer, network, most = self._loaded
        inputs = tokenizer(
            list(texts), padding=True, truncation=True, max_length=most, return_tensors="pt"
        )
        asked = {name: inputs[name].to(self._device) for name in ("input_ids", "attention_mask")}
        rows: Array = (
            functional.normalize(network(**asked).text_embeds.float(), dim=1).cpu().numpy()
        )
        return rows

    @cached_property
    def _loaded(self) -> tuple[Any, Any, int]:
        """(tokenizer, network, tokens that it takes)."""
        transformers, folder = hub.import_transformers(), self._folder
        lacking = EncoderError("encoder.no_tokenizer", folder=folder.name, name=TOKENIZERS[0][0])
        if not any(all((folder / name).is_file() for name in names) for names in TOKENIZERS):
            raise lacking
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except Exception as error:  # the tokenizers package raises no narrower kind
            raise lacking from error
        try:
            network: Any = hub.load_network(
                transformers.ClapTextModelWithProjection, folder, self._device
            )
        except EncoderError as error:
            raise EncoderError("encoder.no_text_tower", folder=folder.name) from error
        config = network.config
        places = (
            config.max_position_embeddings - config.pad_token_id - 1
        )  # RoBERTa counts from there
        return tokenizer, network, min(places, tokenizer.model_max_length)
