"""Any container that ffmpeg reads → samples in a file that has no name, so that no end of the process leaves one behind."""

from __future__ import annotations

import asyncio
import errno
import json
import tempfile
from typing import IO

from errors import ApiError

SAMPLE_RATE = 16_000
BYTES_A_SECOND = 2 * SAMPLE_RATE
PROBE_SECONDS = 30


async def decode(media: IO[bytes], max_seconds: int) -> IO[bytes]:
    """
    Signed 16-bit mono samples at 16 kHz of the first audio stream; the caller closes the file.
    Raises ApiError: 400 empty_file, 413 audio_too_long, 415 not_media, 422 no_audio | corrupt_media, 503 disk_full.
    """
    media.seek(0, 2)
    if media.tell() == 0:
        raise ApiError(400, "empty_file", "the file has no bytes")
    await _refuse_without_audio(media)
    samples = tempfile.TemporaryFile()
    try:
        await _run_ffmpeg(media, samples, max_seconds)
        length = samples.seek(0, 2)
        if length == 0:
            raise ApiError(422, "no_audio", "the audio stream holds no samples")
        if length > max_seconds * BYTES_A_SECOND:
            raise ApiError(413, "audio_too_long", f"the audio is longer than {max_seconds} s")
        return samples
    except BaseException:
        samples.close()
        raise


async def _refuse_without_audio(media: IO[bytes]) -> None:
    show = ["-v", "error", "-show_entries", "stream=codec_type", "-of", "json"]
    code, out, err = await _run(["ffprobe", *show, *_input(media)], media, asyncio.subprocess.PIPE, PROBE_SECONDS)
    if code != 0:
        raise ApiError(415, "not_media", f"ffprobe does not know this kind of file: {_last(err)}")
    kinds = {stream.get("codec_type") for stream in json.loads(out).get("streams", [])}
    if not kinds & {"audio", "video"}:
        raise ApiError(415, "not_media", "the file holds neither audio nor video")
    if "audio" not in kinds:
        raise ApiError(422, "no_audio", "the file holds no audio stream")


async def _run_ffmpeg(media: IO[bytes], samples: IO[bytes], max_seconds: int) -> None:
    form = ["-map", "0:a:0", "-t", str(max_seconds + 1), "-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "s16le", "pipe:1"]
    code, _, err = await _run(["ffmpeg", "-nostdin", "-v", "error", *_input(media), *form], media, samples, None)
    if code == 0:
        return
    if "No space left on device" in err:
        raise ApiError(503, "disk_full", "no space left for the decoded audio", retry_after=30)
    raise ApiError(422, "corrupt_media", f"ffmpeg cannot decode the audio: {_last(err)}")


def _input(media: IO[bytes]) -> list[str]:
    """A playlist must not reach the network."""
    return ["-protocol_whitelist", "file", "-i", f"file:/proc/self/fd/{media.fileno()}"]


async def _run(
    command: list[str], media: IO[bytes], stdout: int | IO[bytes], limit: int | None
) -> tuple[int, bytes, str]:
    """Exit code, stdout, stderr; the program never outlives this call."""
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=[media.fileno()],
    )
    try:
        out, err = await asyncio.wait_for(child.communicate(), limit)
    except TimeoutError as slow:
        raise ApiError(422, "corrupt_media", f"{command[0]} did not end within {limit} s") from slow
    finally:
        if child.returncode is None:
            child.kill()
            await asyncio.shield(child.wait())
    return child.returncode or 0, out or b"", err.decode(errors="replace")


def _last(text: str) -> str:
    """The path says nothing to the caller."""
    line = (text.strip().splitlines() or ["no reason given"])[-1]
    return line.split(": ", 1)[-1] if "/proc/self/fd/" in line else line


def is_disk_full(failure: OSError) -> bool:
    return failure.errno in (errno.ENOSPC, errno.EDQUOT)
