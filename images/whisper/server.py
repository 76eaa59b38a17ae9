"""OpenAI's transcription route over faster-whisper, on a local port. Started by supervisord; see settings.py for names."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from types import FrameType
from typing import IO

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from audio import is_disk_full
from errors import ApiError
from log import log, take_over_logging
from service import Service
from settings import read_settings
from transcript import Question

STOP_SECONDS = 3
FORMATS = ("json", "verbose_json", "text")
# What clients of OpenAI's API send when they do not care.
ANY_MODEL = ("", "whisper-1")
# Bytes of a body beyond the limit that are read before it is refused.
_DRAINED = 16 << 20


def build_app(service: Service) -> Starlette:
    """Routes: POST /v1/audio/transcriptions, GET /v1/models, GET /health."""

    async def transcriptions(request: Request) -> Response:
        try:
            service.admit()
        except ApiError:
            # Answered in the middle of its body, the client would see a broken connection.
            async for _ in request.stream():
                pass
            raise
        try:
            form = await _form(request, service.settings.max_body_bytes)
            try:
                answer_format, question = _question(form, service)
                answer = await _unless_gone(request, service, _media(form), question)
            finally:
                await form.close()
        finally:
            service.release()
        if answer_format == "text":
            return PlainTextResponse(str(answer["text"]))
        return JSONResponse(answer if answer_format == "verbose_json" else {k: answer[k] for k in ("text", "engine")})

    async def health(_request: Request) -> Response:
        status, body = service.health()
        return JSONResponse(body, status)

    async def models(_request: Request) -> Response:
        names = [service.engine.info.model] if service.engine else []
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "local"} for name in names]
        return JSONResponse({"object": "list", "data": data})

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        looking = asyncio.create_task(service.keep_looking())
        yield
        looking.cancel()

    routes = [
        Route("/v1/audio/transcriptions", transcriptions, methods=["POST"]),
        Route("/v1/models", models),
        Route("/health", health),
    ]
    handlers = {ApiError: _refuse, OSError: _disk, ClientDisconnect: _gone, Exception: _bug}
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)


async def _form(request: Request, limit: int) -> FormData:
    """Streams the body; a file beyond 1 MB lies on disk without a name. Raises ApiError 400, 413 or 415."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ApiError(415, "not_multipart", "the body must be multipart/form-data")
    if int(request.headers.get("content-length", 0)) > limit:
        await _drain(request)
        raise _too_large(limit)

    async def limited() -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            yield chunk

    try:
        return await MultiPartParser(request.headers, limited(), max_files=1, max_fields=20).parse()
    except MultiPartException as fault:
        raise ApiError(400, "bad_form", fault.message) from fault


async def _drain(request: Request) -> None:
    """Reads on for a while: who still sends when the connection ends does not hear why."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > _DRAINED:
            return


def _too_large(limit: int) -> ApiError:
    return ApiError(413, "too_large", f"the body is larger than {limit} bytes")


def _question(form: FormData, service: Service) -> tuple[str, Question]:
    """Answer format and question. Raises ApiError 400."""
    engine = service.engine
    assert engine is not None
    text = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    answer_format, language = text.get("response_format", "json"), text.get("language", "").lower()
    if answer_format not in FORMATS:
        raise ApiError(400, "bad_format", f"response_format must be one of {', '.join(FORMATS)}")
    if text.get("model", "") not in (*ANY_MODEL, engine.info.model):
        raise ApiError(400, "model_not_found", f"the model here is {engine.info.model}")
    if language not in ("", *engine.model.supported_languages):
        raise ApiError(400, "bad_language", "language must be a code that the model knows, such as en or de")
    granularities = form.getlist("timestamp_granularities[]")
    if not set(granularities) <= {"segment", "word"}:
        raise ApiError(400, "bad_granularity", "timestamp_granularities[] must be segment or word")
    return answer_format, Question(language, text.get("prompt", ""), "word" in granularities)


def _media(form: FormData) -> IO[bytes]:
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        raise ApiError(400, "no_file", "the form has no file")
    upload.file.rollover()  # type: ignore[attr-defined]
    upload.file.flush()
    return upload.file


async def _unless_gone(request: Request, service: Service, media: IO[bytes], question: Question) -> dict[str, object]:
    """Raises ClientDisconnect when the client goes first, ApiError 503 when the process stops first."""
    work = asyncio.create_task(service.transcribe(media, question))
    ends = {asyncio.create_task(_disconnected(request)), asyncio.create_task(_stopping(service))}
    try:
        await asyncio.wait({work, *ends}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        raise ClientDisconnect if not service.stopping.is_set() else ApiError(503, "stopping", "the process stops", 5)
    finally:
        for task in (work, *ends):
            task.cancel()
        if not service.stopping.is_set():
            await asyncio.wait({work})


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _stopping(service: Service) -> None:
    while not service.stopping.is_set():
        await asyncio.sleep(0.1)


async def _refuse(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, ApiError)
    log("WARN", "refused", status=refusal.status, code=refusal.code, reason=refusal.message)
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
    return JSONResponse(refusal.body(), refusal.status, headers | {"Connection": "close"})


async def _disk(request: Request, failure: Exception) -> Response:
    if isinstance(failure, OSError) and is_disk_full(failure):
        return await _refuse(request, ApiError(503, "disk_full", "no space left for the upload", 30))
    return await _bug(request, failure)


async def _gone(_request: Request, _failure: Exception) -> Response:
    log("INFO", "the client has gone")
    return Response(status_code=499)


async def _bug(_request: Request, failure: Exception) -> Response:
    log("ERROR", "unexpected failure", error=repr(failure))
    return JSONResponse(ApiError(500, "unexpected", "unexpected failure; see the log").body(), 500)


class _Server(uvicorn.Server):
    """Tells the service of a signal before the connections are waited for."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        log("INFO", f"stopping on {signal.Signals(sig).name}")
        self.service.stop()
        super().handle_exit(sig, frame)


def main() -> None:
    """Exit codes: 0 stopped by a signal, 1 the port is taken, 2 wrong environment."""
    take_over_logging()
    for name in (signal.SIGTERM, signal.SIGINT):
        # Also where uvicorn raises the signal again at its end: a thread may still be deep in the engine.
        signal.signal(name, lambda *_: os._exit(0))
    try:
        settings = read_settings(os.environ)
        listener = socket.create_server((settings.host, settings.port))
    except (ValueError, OSError) as fault:
        log("ERROR", str(fault))
        sys.exit(2 if isinstance(fault, ValueError) else 1)
    log("INFO", "listening", host=settings.host, port=listener.getsockname()[1])
    service = Service(settings)
    config = uvicorn.Config(
        build_app(service), log_config=None, access_log=False, timeout_graceful_shutdown=STOP_SECONDS
    )
    asyncio.run(_Server(config, service).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
