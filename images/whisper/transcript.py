"""
Samples → segments and words, piece by piece: the engine would hold the spectrum of the whole recording in memory
(gigabytes for three hours). A piece ends where a segment ends, so that no word is cut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from audio import BYTES_A_SECOND, SAMPLE_RATE
from engine import Engine

if TYPE_CHECKING:
    import numpy
    from faster_whisper.transcribe import Segment

# A segment that ends this near to the end of a piece (seconds) may go on behind it.
EDGE = 1.0
# Text that the model hears in a silence longer than this (seconds) is skipped where its words are improbable.
HALLUCINATION_SILENCE = 2.0


@dataclass(frozen=True)
class Question:
    """What the caller asks for; language empty: detected in the first half minute of speech."""

    language: str = ""
    prompt: str = ""
    words: bool = False


class Cancelled(Exception):
    """The caller has gone or the process stops."""


@dataclass
class _Progress:
    language: str | None
    segments: list[dict[str, object]] = field(default_factory=list)
    words: list[dict[str, object]] = field(default_factory=list)
    # As the model spaces it: some languages put no blank between sentences.
    text: str = ""


def transcribe(
    engine: Engine, samples: IO[bytes], question: Question, piece_seconds: int, cancelled: Callable[[], bool]
) -> dict[str, object]:
    """The verbose_json object of OpenAI's API, times in seconds. Raises Cancelled at the next segment."""
    duration = samples.seek(0, 2) / BYTES_A_SECOND
    progress = _Progress(question.language or None)
    start = 0.0
    while start < duration:
        last = start + piece_seconds + EDGE >= duration
        length = duration - start if last else float(piece_seconds)
        start += _piece(engine, _read(samples, start, length), question, progress, (start, length, last), cancelled)
    answer = {
        "task": "transcribe",
        "language": progress.language or "",
        "duration": round(duration, 3),
        "text": progress.text.strip(),
        "segments": progress.segments,
    }
    return answer | ({"words": progress.words} if question.words else {}) | {"engine": engine.described()}


def _piece(
    engine: Engine,
    samples: numpy.ndarray,
    question: Question,
    progress: _Progress,
    place: tuple[float, float, bool],
    cancelled: Callable[[], bool],
) -> float:
    """Adds the segments of one piece; returns how many seconds of it are done."""
    offset, length, last = place
    _stop_if(cancelled)
    found, info = engine.model.transcribe(
        samples,
        language=progress.language,
        initial_prompt=question.prompt or None,
        # With its own words as context the model repeats them into silence.
        condition_on_previous_text=False,
        word_timestamps=True,
        hallucination_silence_threshold=HALLUCINATION_SILENCE,
    )
    progress.language = info.language
    end = 0.0
    for segment in found:
        _stop_if(cancelled)
        if not last and segment.end > length - EDGE and segment.start > length / 2:
            end = max(end, float(segment.start))
            break
        _add(progress, segment, offset)
        end = min(float(segment.end), length)
    else:
        end = length if last else max(end, length - EDGE)
    return end


def _add(progress: _Progress, segment: Segment, offset: float) -> None:
    progress.text += segment.text
    progress.segments.append(
        {
            "id": len(progress.segments),
            "start": round(float(segment.start) + offset, 3),
            "end": round(float(segment.end) + offset, 3),
            "text": segment.text.strip(),
            "avg_logprob": round(segment.avg_logprob, 4),
            "no_speech_prob": round(segment.no_speech_prob, 4),
        }
    )
    for word in segment.words or []:
        at = {"start": round(float(word.start) + offset, 3), "end": round(float(word.end) + offset, 3)}
        progress.words.append({"word": word.word.strip(), **at})


def _read(samples: IO[bytes], start: float, length: float) -> numpy.ndarray:
    import numpy

    samples.seek(2 * round(start * SAMPLE_RATE))
    raw = samples.read(2 * round(length * SAMPLE_RATE))
    return numpy.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2").astype(numpy.float32) / 32768.0


def _stop_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled
