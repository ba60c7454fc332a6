"""How `leadstream review` shows who asks, and `leadstream review login`, `logout`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from app.commands.review_options import Url, answer
from app.edges.web.access_file import write_secret
from app.edges.web.admission import TOKEN_FILE
from app.edges.web.client import ReviewApi, local
from app.errors import ConfigurationError
from app.settings import ApiSettings

SESSION_FILE: Final = Path(".leadstream/api.session")


def shown_at(url: str, settings: ApiSettings) -> Mapping[str, str]:
    """The headers that say who asks at this URL; none where nothing is known.

    LEADSTREAM_API_TOKEN, else the file that LEADSTREAM_API_TOKEN_FILE names, else the session that was begun at this URL, else
    on this machine the token that an API without an access file left.
    """
    if settings.token is not None:
        return _bearer(settings.token.get_secret_value())
    if settings.token_file is not None:
        return _bearer(_read(settings.token_file))
    if (session := _session(url)) is not None:
        return session
    return _bearer(_read(TOKEN_FILE)) if local(url) else {}


def add_login(review: typer.Typer, where: Callable[[str | None], str]) -> None:
    """Add the commands.

    Args:
        where: The API's URL, given or set.
    """

    @review.command()
    def login(
        principal: Annotated[str, typer.Argument(metavar="ID", help="Your id in the access file.")],
        password: Annotated[str, typer.Option(prompt=True, hide_input=True, help="Asked for where it is not given.")],
        url: Url = None,
    ) -> None:
        """Begin a session with your password. It is kept in .leadstream/ in this folder, for you alone.

        Tools have tokens instead: LEADSTREAM_API_TOKEN.
        """
        at = where(url)
        headers = answer(lambda: ReviewApi(at).log_in(principal, password))
        write_secret(SESSION_FILE, orjson.dumps({"url": at, "headers": headers}).decode())
        print(f"{principal} is logged in at {at}")

    @review.command()
    def logout(url: Url = None) -> None:
        """End the session, everywhere."""
        at = where(url)
        session = _session(at)
        if session is not None:
            answer(lambda: ReviewApi(at, None, session).send("DELETE", "/v1/session"))
            SESSION_FILE.unlink(missing_ok=True)


def _session(url: str) -> Mapping[str, str] | None:
    """Never shown to another URL than the one where it was begun."""
    try:
        told: Any = orjson.loads(SESSION_FILE.read_bytes())
        return told["headers"] if told["url"] == url else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _bearer(token: str | None) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _read(path: Path) -> str | None:
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {getattr(error, 'strerror', None) or 'this is no token'}") from None
