"""The review API, asked by our own tools."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from app.access.same_site import LOOPBACK
from app.errors import EdgeDown, LeadstreamError

TIMEOUT_S: Final = 60.0  # of a bulk verdict on thousands of leads
_PATIENCE: Final = 5  # times that a tool waits because it asked too often, …
_LONGEST_S: Final = 15.0  # … for so long at most


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
        by: Whom the tool relays; None: it speaks for who is known by `shown`.
        shown: Headers that say who asks.
    """

    def __init__(self, url: str, by: str | None = None, shown: Mapping[str, str] | None = None) -> None:
        self._url = url.rstrip("/")
        self._headers = dict(shown or {}) | ({} if by is None else {"Leadstream-Reviewer": by})
        self._proxies = not local(url)
        if shown and urlsplit(url).scheme != "https" and not local(url):
            print(f"leadstream: warning: {self._url} is no https: whoever listens learns who you are", file=sys.stderr)

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """The answer to a question."""
        return self._told(self._asked("GET", path, {}, params={k: v for k, v in (query or {}).items() if v is not None}))

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str | None] | None = None) -> Any:
        """The answer to an order; None where it has no words."""
        return self._told(self._sent(method, path, body, headers))

    def log_in(self, principal: str, password: str) -> dict[str, str]:
        """A new session, as the headers that show it."""
        answer = self._sent("POST", "/v1/session", {"id": principal, "password": password}, None)
        known = self._told(answer)
        cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        return {"Cookie": cookie, "Leadstream-Form-Token": known["form_token"]}

    def _sent(self, method: str, path: str, body: Any, headers: Mapping[str, str | None] | None) -> httpx2.Response:
        told = {name: value for name, value in (headers or {}).items() if value is not None}
        return self._asked(method, path, told, json=body)

    def _asked(self, method: str, path: str, headers: Mapping[str, str], **more: Any) -> httpx2.Response:
        more |= {"headers": {**self._headers, **headers}, "timeout": TIMEOUT_S, "trust_env": self._proxies}
        try:
            for _ in range(_PATIENCE):
                answer = httpx2.request(method, self._url + path, **more)
                wait_s = float(answer.headers.get("Retry-After", 0)) if answer.status_code == 429 else 0.0
                if not 0 < wait_s <= _LONGEST_S:
                    break
                time.sleep(wait_s)
        except (httpx2.HTTPError, OSError) as error:
            raise EdgeDown(
                f"the review API at {self._url} does not answer ({type(error).__name__}): is `leadstream api` running? "
                "LEADSTREAM_API_URL or --api names where"
            ) from error
        return answer

    def _told(self, answer: httpx2.Response) -> Any:
        if answer.status_code == 204:
            return None
        try:
            told = answer.json()
        except ValueError:
            raise EdgeDown(f"{self._url} is no review API: it answered {answer.status_code} without JSON") from None
        if answer.status_code == 503:
            raise EdgeDown(str(Refused(told)))
        if answer.status_code == 401 and "Cookie" in self._headers:
            raise Refused(told | {"todo": "the session has ended: `leadstream review login` begins a new one"})
        if answer.status_code == 401:
            raise Refused(told | {"todo": "set LEADSTREAM_API_TOKEN, or log in: `leadstream review login` (docs/access.md)"})
        if answer.status_code >= 400:
            raise Refused(told)
        return told


def local(url: str) -> bool:
    """Whether it is this machine: no proxy could be meant, and nobody listens on the way."""
    return urlsplit(url).hostname in LOOPBACK
