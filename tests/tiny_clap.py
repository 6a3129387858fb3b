"""A whole CLAP, tiny and random, with a tokenizer, as transformers writes one into a folder; a
checkpoint that hears with it, and a catalog of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from vmr.catalogs.index_music import index_music
from vmr.encoders import load_music_encoder, load_video_encoder
from vmr.model.checkpoint import save_model
from vmr.model.config import ModelConfig
from vmr.model.two_tower import Model

CAPTIONS = ("warm piano for a sunset", "slow sad strings", "loud drums and fast guitar", "vocals")
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
PLACES = 26  # of which RoBERTa counts from the third


def write_clap(folder: Path, *, tokenizer: bool = True) -> Path:
    """The folder with model and extractor, and with the tokenizer's files unless told not."""
    torch.manual_seed(0)
    audio = {"patch_embeds_hidden_size": 8, "depths": [1, 1], "num_attention_heads": [2, 2]}
    audio |= {"hidden_size": 16, "num_hidden_layers": 2, "projection_dim": 8}
    text = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "vocab_size": 400}
    text |= {"num_attention_heads": 2, "max_position_embeddings": PLACES, "projection_dim": 8}
    text |= {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    config = transformers.ClapConfig(text_config=text, audio_config=audio, projection_dim=8)
    transformers.ClapModel(config).save_pretrained(folder)
    transformers.ClapFeatureExtractor(truncation="fusion").save_pretrained(folder)
    if tokenizer:
        written().save_pretrained(folder)
    return folder


def written() -> transformers.PreTrainedTokenizerFast:
    """A byte-level BPE like RoBERTa's, learned from a few captions."""
    bpe = Tokenizer(models.BPE(unk_token="<unk>"))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator(CAPTIONS, trainer)
    bpe.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    )


def write_heard(folder: Path, clap: Path, count: int = 6) -> tuple[Path, Path]:
    """(checkpoint, catalog) in a folder: ``count`` sounds, indexed by the CLAP in another folder,
    and an untrained model that names it."""
    rng, t = np.random.default_rng(0), np.arange(22 * 48_000) / 48_000
    (folder / "music").mkdir()
    for i in range(count):
        tone = np.sin(2 * np.pi * 110 * 2**i * t) * (0.3 + 0.1 * np.sin(2 * np.pi * i * t))
        sound = tone * (count - i) / count + 0.05 * i * rng.normal(size=len(t))
        soundfile.write(folder / "music" / f"track {i}.wav", 0.5 * sound, 48_000)
    video, music = load_video_encoder("efficientnet-lite0"), load_music_encoder(f"clap:{clap}")
    torch.manual_seed(0)
    config = ModelConfig(
        video_dim=video.dim,
        music_dim=music.dim,
        video_encoder=video.id,
        music_encoder=music.id,
        labels={"mood": ("calm", "happy")},
        dim=16,
        hidden=16,
    )
    model, checkpoint, catalog = Model(config), folder / "clap.safetensors", folder / "catalog"
    save_model(model, checkpoint)
    index_music(folder / "music", catalog, encoder=music.id, model=model, jobs=1)
    return checkpoint, catalog
