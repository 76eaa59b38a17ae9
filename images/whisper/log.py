"""One JSON object a line on stdout, in the form of images/runtime/logger.ts."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import datetime, timezone

LEVELS = {"DEBUG": "DEBUG", "INFO": "INFO", "WARNING": "WARN", "ERROR": "ERROR", "CRITICAL": "ERROR"}

PROGRAM = os.environ.get("SUPERVISOR_PROCESS_NAME", "whisper")


def log(level: str, message: str, **fields: object) -> None:
    """Writes time, level (TRACE, DEBUG, INFO, WARN, ERROR), program, message, then the fields."""
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record = {"time": now, "level": level, "program": PROGRAM, "message": message, **fields}
    line = json.dumps(record, ensure_ascii=False, default=str)
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        level = LEVELS.get(record.levelname, "INFO")
        fields = {"error": self.formatter_text(record)} if record.exc_info else {}
        log(level, record.getMessage(), logger=record.name, **fields)

    @staticmethod
    def formatter_text(record: logging.LogRecord) -> str:
        return logging.Formatter().formatException(record.exc_info) if record.exc_info else ""


def take_over_logging() -> None:
    """Warnings and errors of the libraries come out in the same form."""
    logging.basicConfig(level=logging.WARNING, handlers=[_Lines()], force=True)
