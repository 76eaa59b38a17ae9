"""What the environment tells the whisper process; the only reader of it here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEVICES = ("auto", "cpu", "cuda")
# The words of src/contracts/flag.ts.
ON = ("1", "true", "yes", "on")
OFF = ("0", "false", "no", "off", "")
NEEDED = ("model.bin", "config.json", "tokenizer.json")


@dataclass(frozen=True)
class Settings:
    """Checked values; times in seconds, sizes in bytes."""

    host: str
    port: int
    model_path: str
    model_size: str
    models_dir: Path
    device: str
    compute_type: str
    threads: int
    pretend: bool
    max_waiting: int
    max_body_bytes: int
    max_audio_seconds: int
    piece_seconds: int
    self_test_seconds: int


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Empty counts as missing. Raises ValueError that names every wrong variable."""
    wrong: list[str] = []

    def whole(name: str, default: int, minimum: int = 1) -> int:
        value = environment.get(name) or str(default)
        if value.isascii() and value.isdigit() and int(value) >= minimum:
            return int(value)
        wrong.append(f"{name}={value!r} (expected a whole number from {minimum})")
        return default

    def choice(name: str, allowed: tuple[str, ...]) -> str:
        value = environment.get(name) or allowed[0]
        if value not in allowed:
            wrong.append(f"{name}={value!r} (expected {', '.join(allowed)})")
        return value

    def flag(name: str) -> bool:
        value = environment.get(name) or ""
        if value.lower() not in ON + OFF:
            wrong.append(f"{name}={value!r} (expected {', '.join(ON + OFF[:-1])})")
        return value.lower() in ON

    settings = Settings(
        host=environment.get("WHISPER_HOST") or "127.0.0.1",
        port=whole("WHISPER_PORT", 8082, 0),
        model_path=environment.get("WHISPER_MODEL_PATH") or "",
        model_size=environment.get("WHISPER_MODEL_SIZE") or "",
        models_dir=Path(environment.get("MODELS_DIR") or "/workspace/packages/models"),
        device=choice("WHISPER_DEVICE", DEVICES),
        compute_type=environment.get("WHISPER_COMPUTE_TYPE") or "",
        threads=whole("WHISPER_THREADS", min(8, len(os.sched_getaffinity(0)))),
        pretend=flag("GPU_PRETEND"),
        max_waiting=whole("WHISPER_MAX_WAITING", 8, 0),
        max_body_bytes=whole("WHISPER_MAX_BODY_BYTES", 1 << 30),
        max_audio_seconds=whole("WHISPER_MAX_AUDIO_SECONDS", 4 * 3600),
        piece_seconds=whole("WHISPER_PIECE_SECONDS", 300, 60),
        self_test_seconds=whole("WHISPER_SELF_TEST_SECONDS", 120),
    )
    if wrong:
        raise ValueError("wrong environment: " + ", ".join(wrong))
    return settings


def find_model(settings: Settings) -> tuple[Path | None, str]:
    """A complete model's directory, else none and why; WHISPER_MODEL_PATH wins, then the size, then the only one."""
    folder = settings.models_dir / "whisper"
    if settings.model_path:
        return _complete(Path(settings.model_path))
    if settings.model_size:
        return _complete(folder / settings.model_size)
    found = sorted(path for path in folder.glob("*") if path.is_dir())
    if len(found) == 1:
        return _complete(found[0])
    if not found:
        return None, f"no model below {folder}"
    names = ", ".join(path.name for path in found)
    return None, f"several models below {folder} ({names}): set WHISPER_MODEL_SIZE"


def _complete(path: Path) -> tuple[Path | None, str]:
    if not path.is_dir():
        return None, f"no model at {path}"
    missing = [name for name in NEEDED if not (path / name).is_file()]
    if not any(path.glob("vocabulary.*")):
        missing.append("vocabulary.txt")
    return (None, f"{path} lacks {', '.join(missing)}") if missing else (path, "")
