"""Weights as a file that is mapped: in memory is what is computed with, and the system takes back what nobody uses."""

import hashlib
import json
import mmap
import os
import re
import time
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
import numpy.typing as npt
import structlog
from safetensors.numpy import save_file

from .errors import ModelDamaged

Array = npt.NDArray[Any]

log = structlog.get_logger()

_mappings: "WeakSet[mmap.mmap]" = WeakSet()
_OURS = re.compile(r"\.(?:safetensors|\d+)")
_LEFT_BEHIND = 600  # seconds after which a file is an earlier release's, or of a process that was stopped while it wrote
_TYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U8": "u1"}


def verified_file(package: str, name: str, sha256: str) -> Path:
    """The path of a file of an installed package whose content is the one this release was tested with."""
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError as error:
        raise ModelDamaged(f"{package} is not installed; run `make env`.") from error
    path = next((Path(str(file.locate())) for file in files if file.name == name), None)
    if path is None or not path.is_file():
        raise ModelDamaged(f"{name} of {package} is missing; reinstall the environment.")
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
            raise ModelDamaged(f"{name} of {package} is not the file that this release was tested with.")
    return path


def mapped(path: Path) -> dict[str, Array]:
    """The arrays of a safetensors file as views of it, not to be written to; one that is cut off is a ValueError."""
    with path.open("rb") as stream:
        data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    _mappings.add(data)
    first = 8 + int.from_bytes(data[:8], "little")
    arrays: dict[str, Array] = {}
    for name, entry in json.loads(data[8:first]).items():
        if name != "__metadata__" and entry["dtype"] in _TYPES:
            start, end = entry["data_offsets"]
            dtype = np.dtype(_TYPES[entry["dtype"]])
            flat = np.frombuffer(data, dtype=dtype, count=(end - start) // dtype.itemsize, offset=first + start)
            arrays[name] = flat.reshape(entry["shape"])
    return arrays


def let_go() -> None:
    """Take the mapped weights out of this process's memory; what is computed with next comes back from the system's."""
    for data in _mappings:
        if hasattr(mmap, "MADV_DONTNEED"):
            data.madvise(mmap.MADV_DONTNEED)


def made_once(path: Path, make: Callable[[], Mapping[str, Array]]) -> Mapping[str, Array]:
    """What `make` returns, kept in this file from the first time on; in memory where the file cannot be written."""
    try:
        return mapped(path)
    except (OSError, ValueError):
        arrays = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, arrays)
        return mapped(path)
    except OSError as error:
        log.warning("weights_not_kept", path=str(path), error=str(error))
        return arrays


def _write(path: Path, arrays: Mapping[str, Array]) -> None:
    """The whole file or none, whenever the process or the machine is stopped."""
    own = path.with_suffix(f".{os.getpid()}")
    save_file({name: np.asarray(array, order="C") for name, array in arrays.items()}, own)
    with own.open("rb") as file:
        os.fsync(file.fileno())
    own.replace(path)
    for other in path.parent.iterdir():
        is_ours = other.is_file() and _OURS.fullmatch(other.suffix)
        if is_ours and other != path and other.stat().st_mtime < time.time() - _LEFT_BEHIND:
            other.unlink(missing_ok=True)
