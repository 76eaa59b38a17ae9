"""Failures that a caller of the whisper process is told about."""

from __future__ import annotations


class ApiError(Exception):
    """A refusal: HTTP status, a code that programs compare, a message for people; `retry_after` in seconds."""

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after

    def body(self) -> dict[str, object]:
        """The error object of OpenAI's API."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": self.message, "type": kind, "code": self.code}}
