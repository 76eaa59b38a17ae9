"""Chooses the device and loads faster-whisper on it."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from settings import Settings

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

PRECISION = {"cuda": "float16", "cpu": "int8"}


@dataclass(frozen=True)
class EngineInfo:
    """What did the work: shown in /health and in every result. `precision` is what the engine computes in."""

    name: str
    version: str
    device: str
    precision: str
    model: str
    pretended: bool


@dataclass(frozen=True)
class Engine:
    """A loaded model; `reason` says why this device."""

    model: WhisperModel
    info: EngineInfo
    reason: str

    def described(self) -> dict[str, object]:
        return asdict(self.info)


def import_faster_whisper() -> Any:
    """Imports it without the decoder and the downloader that it names at import and that nothing here calls."""
    for absent in ("av", "huggingface_hub"):
        sys.modules.setdefault(absent, ModuleType(absent))
    import faster_whisper

    return faster_whisper


def load_engine(settings: Settings, path: Path) -> Engine:
    """Blocks for seconds. Raises RuntimeError or ValueError of the engine when the model or the device cannot serve."""
    device, reason = choose_device(settings, path)
    faster_whisper = import_faster_whisper()
    precision = _precision(settings, device)
    if device == "cuda":
        preload_cuda_libraries()
    model = faster_whisper.WhisperModel(
        str(path), device=device, compute_type=precision, cpu_threads=settings.threads, local_files_only=True
    )
    info = EngineInfo(
        name="faster-whisper",
        version=faster_whisper.__version__,
        device=device,
        precision=model.model.compute_type,
        model=path.name,
        pretended=settings.pretend,
    )
    return Engine(model, info, reason)


def choose_device(settings: Settings, path: Path) -> tuple[str, str]:
    """Device and why. Raises RuntimeError when CUDA is demanded and its self-test fails."""
    if settings.pretend:
        return "cpu", "GPU_PRETEND is set: the CPU stands in for the GPU"
    if settings.device == "cpu":
        return "cpu", "WHISPER_DEVICE=cpu"
    fault = cuda_fault(settings, path)
    if fault == "":
        return "cuda", "the self-test on CUDA passed"
    if settings.device == "cuda":
        raise RuntimeError(f"WHISPER_DEVICE=cuda, but {fault}")
    return "cpu", fault


def cuda_fault(settings: Settings, path: Path) -> str:
    """Empty when a child process transcribes on CUDA; a crash or a hang there harms nobody."""
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return "no NVIDIA driver (libcuda.so.1 is not there)"
    command = [sys.executable, str(Path(__file__).with_name("self_test.py")), str(path), _precision(settings, "cuda")]
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=settings.self_test_seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"the self-test on CUDA did not end within {settings.self_test_seconds} s"
    if child.returncode == 0:
        return ""
    last = (child.stderr.strip().splitlines() or ["nothing on stderr"])[-1]
    ended = f"exit code {child.returncode}" if child.returncode > 0 else f"signal {-child.returncode}"
    return f"the self-test on CUDA failed: {last} ({ended})"


def preload_cuda_libraries() -> None:
    """The engine opens cuBLAS and cuDNN by name; those of PyPI's nvidia packages lie outside the loader's path."""
    for folder in map(Path, sys.path):
        for library in sorted(folder.glob("nvidia/*/lib/lib*.so.*")):
            try:
                ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
            except OSError:
                continue


def _precision(settings: Settings, device: str) -> str:
    """The override holds for the device that it was made for; the other one keeps its own."""
    if settings.compute_type == "":
        return PRECISION[device]
    import ctranslate2

    if device == "cuda" or settings.compute_type in ctranslate2.get_supported_compute_types("cpu"):
        return settings.compute_type
    return PRECISION[device]
