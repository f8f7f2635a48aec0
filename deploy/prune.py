"""What pip installs and no function ever reads. deploy/check.py finds out when something here is needed after all."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

CALLED_SERVICES = ("dynamodb", "s3", "sqs", "ssm")
"""Of AWS, by the functions. botocore brings the models of 400 others, half of all that pip installs."""

NEVER_READ = (
    # Of the installation: metadata, scripts, sources of extensions, types, tests.
    "*.dist-info",
    "bin",
    "**/*.c",
    "**/*.h",
    "**/*.pxd",
    "**/*.pyi",
    "**/*.pyx",
    "**/py.typed",
    "**/tests",
    # Of botocore and boto3: examples and an older model, both for the documentation, and what boto3.client passes by.
    "botocore/data/*/*/examples-1.json",
    "botocore/data/dynamodb/2011-12-05",
    "boto3/data",
    "boto3/examples",
    # Of fontTools: extensions that have a twin in Python beside them, and that no invoice gets to.
    "fontTools/**/*.so",
    # Of Pillow: what is beyond a logo in PNG or JPEG.
    "PIL/_avif.*",
    "PIL/_imagingft.*",
    "PIL/_imagingtk.*",
    "PIL/_webp.*",
    "pillow.libs/libavif-*",
    "pillow.libs/libbrotli*",
    "pillow.libs/libfreetype-*",
    "pillow.libs/libharfbuzz-*",
    "pillow.libs/libpng16-*",
    "pillow.libs/libsharpyuv-*",
    "pillow.libs/libwebp*",
)


def prune(libraries: Path) -> None:
    models = libraries / "botocore" / "data"
    uncalled = [path for path in models.iterdir() if path.is_dir() and path.name not in CALLED_SERVICES]
    for path in [*uncalled, *(path for pattern in NEVER_READ for path in libraries.glob(pattern))]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for model in [*models.rglob("*.json"), *models.rglob("*.json.gz")]:
        _shorten(model)


def _shorten(model: Path) -> None:
    """Four fifths of a model are documentation. What is left is read in half the time, and not packed twice."""
    raw = model.read_bytes()
    value = _undocumented(json.loads(gzip.decompress(raw) if model.suffix == ".gz" else raw))
    if model.name == "endpoints.json":
        for partition in value["partitions"]:
            services = partition["services"]
            partition["services"] = {name: services[name] for name in CALLED_SERVICES if name in services}
    model.unlink()
    model.with_name(model.name.removesuffix(".gz")).write_text(json.dumps(value, separators=(",", ":")))


def _undocumented(value: Any) -> Any:
    if isinstance(value, dict):
        # Emptied and not left out, since botocore takes some of them for granted.
        documented = isinstance(value.get("documentation"), str)
        emptied = {**value, "documentation": ""} if documented else value
        return {name: _undocumented(inner) for name, inner in emptied.items()}
    return [_undocumented(inner) for inner in value] if isinstance(value, list) else value
