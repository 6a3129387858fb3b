"""``python -m vmr reproduce formats --data DIR``: the lists of the same clips in other formats."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from vmr.commands.progress import progress_bar
from vmr.config import Settings, catalog_folders
from vmr.errors import VmrError
from vmr.files import cache_folder, write_all


def run_formats(args: argparse.Namespace) -> int:
    """0 when the table is printed and written as formats.md and formats.json."""
    from vmr.catalogs.music import open_catalog
    from vmr.encoders import load_video_encoder
    from vmr.evaluation.studies.formats import alike, files_by_clip, table
    from vmr.model.checkpoint import load_model
    from vmr.training.feature_cache import FeatureCache

    if args.data is None:
        raise VmrError("formats.data")
    clips = files_by_clip(args.data)
    settings = Settings(args.checkpoint or Settings.checkpoint)
    model = load_model(settings.checkpoint)
    encoder = load_video_encoder(model.config.video_encoder)
    cache = FeatureCache(cache_folder() / "features")
    features = []
    with progress_bar(sum(map(len, clips.values())), unit=" files") as bar:
        for path in (path for files in clips.values() for path in files):
            features.append(cache.video(path, encoder))
            bar.update()
    embedded = model.embed_video(features)
    formats = {
        name: [path.name.partition(".")[2] for path in files] for name, files in clips.items()
    }
    found = []
    for folder in catalog_folders(settings):
        catalog = open_catalog(folder, model)
        found += alike(catalog, embedded, formats, model.calibration_of_music(catalog.embeddings))
    rows, text = [asdict(row) for row in found], table(found)
    write_all(args.out, {"formats.json": rows, "formats.md": text})
    print(text)
    return 0
