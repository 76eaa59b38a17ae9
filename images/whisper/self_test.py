"""Child process: transcribes a second of silence on CUDA. Arguments: model directory, precision. Exit code 0: it works."""

from __future__ import annotations

import sys

from engine import import_faster_whisper, preload_cuda_libraries


def main(path: str, precision: str) -> None:
    import ctranslate2
    import numpy

    if ctranslate2.get_cuda_device_count() == 0:
        sys.exit("no CUDA device")
    preload_cuda_libraries()
    model = import_faster_whisper().WhisperModel(path, device="cuda", compute_type=precision, local_files_only=True)
    segments, _ = model.transcribe(numpy.zeros(16_000, dtype=numpy.float32), language="en", no_speech_threshold=None)
    for _segment in segments:
        pass


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
