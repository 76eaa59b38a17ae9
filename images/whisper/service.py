"""The engine's life and its queue: one transcription at a time, a few wait, the rest are told to come back."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TypeVar

from audio import decode
from engine import Engine, load_engine
from errors import ApiError
from log import log
from settings import Settings, find_model
from transcript import Cancelled, Question, transcribe

T = TypeVar("T")
LOOK_SECONDS = 5
RETRY_SECONDS = 30


class Service:
    """State of the process; everything but the engine's own work happens on the event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine: Engine | None = None
        self.status = "no-model"
        self.reason = "not looked yet"
        self.admitted = 0
        self.stopping = threading.Event()
        self._device = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "engine")

    async def keep_looking(self) -> None:
        """Loads the model as soon as it is there; models may arrive after the container has started."""
        while self.engine is None:
            await asyncio.sleep(await self._look())

    async def _look(self) -> int:
        path, absent = find_model(self.settings)
        if path is None:
            self._say("no-model", absent)
            return LOOK_SECONDS
        self._say("loading", f"loading {path}")
        try:
            self.engine = await self._in_engine_thread(lambda: load_engine(self.settings, path))
        except Exception as failure:  # the engine raises whatever its C++ side throws
            self._say("failed", str(failure))
            return RETRY_SECONDS
        self._say("ok", self.engine.reason, **self.engine.described())
        return 0

    def _say(self, status: str, reason: str, **fields: object) -> None:
        if (status, reason) != (self.status, self.reason):
            log("ERROR" if status == "failed" else "INFO", f"whisper: {status}", reason=reason, **fields)
        self.status, self.reason = status, reason

    def health(self) -> tuple[int, dict[str, object]]:
        """200 only while a request would be served."""
        if self.engine is None:
            return 503, {"status": self.status, "reason": self.reason}
        engine = self.engine.described()
        return 200, {"status": "ok", "engine": engine, "reason": self.reason, "requests": self.admitted}

    def admit(self) -> None:
        """Before a byte of the body is read. Raises ApiError 503 when it would not be served soon."""
        if self.engine is None:
            raise ApiError(503, self.status.replace("-", "_"), f"no engine: {self.reason}", retry_after=LOOK_SECONDS)
        if self.stopping.is_set():
            raise ApiError(503, "stopping", "the process stops", retry_after=LOOK_SECONDS)
        if self.admitted > self.settings.max_waiting:
            raise ApiError(503, "busy", f"{self.admitted} requests are being worked on", retry_after=LOOK_SECONDS)
        self.admitted += 1

    def release(self) -> None:
        self.admitted -= 1

    def stop(self) -> None:
        """What runs ends at its next segment, what waits at once."""
        self.stopping.set()

    async def transcribe(self, media: IO[bytes], question: Question) -> dict[str, object]:
        """Decodes at once, transcribes in turn; a cancelled caller's work ends at its next segment."""
        samples = await decode(media, self.settings.max_audio_seconds)
        try:
            async with self._device:
                return await self._transcribe(samples, question)
        finally:
            samples.close()

    async def _transcribe(self, samples: IO[bytes], question: Question) -> dict[str, object]:
        assert self.engine is not None
        engine, gone = self.engine, threading.Event()
        # The descriptor's own copy: the caller may close its file while the thread still reads.
        own = os.fdopen(os.dup(samples.fileno()), "rb")
        piece = self.settings.piece_seconds
        try:
            with own:
                return await self._in_engine_thread(
                    lambda: transcribe(engine, own, question, piece, lambda: gone.is_set() or self.stopping.is_set()),
                    gone,
                )
        except Cancelled as ended:
            raise ApiError(503, "stopping", "the process stops", retry_after=LOOK_SECONDS) from ended
        except (RuntimeError, ValueError) as failure:
            raise ApiError(500, "engine_failed", f"the engine failed: {failure}") from failure

    async def _in_engine_thread(self, work: Callable[[], T], gone: threading.Event | None = None) -> T:
        """The device is free again only when the thread is: a cancelled caller waits here for that."""
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if gone is not None and not self.stopping.is_set():
                gone.set()
                await asyncio.gather(future, return_exceptions=True)
            raise
