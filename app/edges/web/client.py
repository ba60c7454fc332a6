"""The review API, asked by our own tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from app.errors import EdgeDown, LeadstreamError

TIMEOUT_S: Final = 60.0  # of a bulk verdict on thousands of leads


@dataclass
class Refused(LeadstreamError):
    """The API says no.

    Attributes:
        problem: As RFC 9457 has it.
    """

    problem: Mapping[str, Any]

    def __str__(self) -> str:
        told = self.problem
        errors = "".join(f"\n  {one['field']}: {one['what']}" for one in told.get("errors", ()))
        by = f" by {told['claimed_by']}" if told.get("claimed_by") else ""
        todo = f"; {told['todo']}" if told.get("todo") and not errors else ""
        return f"{told.get('detail', 'refused')}{by}{todo}{errors}"


class ReviewApi:
    """Where it is, and who asks.

    Args:
        url: Where `leadstream api` answers.
        by: The reviewer; None: only reads.
    """

    def __init__(self, url: str, by: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._headers = {} if by is None else {"Leadstream-Reviewer": by}
        self._proxies = not _local(url)

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """The answer to a question."""
        return self._asked("GET", path, {}, params={name: value for name, value in (query or {}).items() if value is not None})

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str | None] | None = None) -> Any:
        """The answer to an order; None where it has no words."""
        told = {name: value for name, value in (headers or {}).items() if value is not None}
        return self._asked(method, path, told, json=body)

    def _asked(self, method: str, path: str, headers: Mapping[str, str], **more: Any) -> Any:
        more |= {"headers": {**self._headers, **headers}, "timeout": TIMEOUT_S, "trust_env": self._proxies}
        try:
            answer = httpx2.request(method, self._url + path, **more)
        except (httpx2.HTTPError, OSError) as error:
            raise EdgeDown(
                f"the review API at {self._url} does not answer ({type(error).__name__}): is `leadstream api` running? "
                "LEADSTREAM_API_URL or --api names where"
            ) from error
        if answer.status_code == 204:
            return None
        try:
            told = answer.json()
        except ValueError:
            raise EdgeDown(f"{self._url} is no review API: it answered {answer.status_code} without JSON") from None
        if answer.status_code == 503:
            raise EdgeDown(str(Refused(told)))
        if answer.status_code >= 400:
            raise Refused(told)
        return told


def _local(url: str) -> bool:
    """Whether no proxy could be meant."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
