"""The door as settings want it: with an access file for everybody in it; without one for this machine's user alone."""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path
from typing import Final

import structlog

from app.access.credentials import TOKEN_BYTES, TOKEN_ID_BYTES, Keys, token_hash, token_of
from app.access.same_site import LOOPBACK
from app.edges.web.access_file import FollowedFile, write_secret
from app.edges.web.door import Door
from app.edges.web.standing import FallingBack, Standing
from app.errors import ConfigurationError
from app.ops.health import Health
from app.settings import AccessSettings, ApiSettings

TOKEN_FILE: Final = Path(".leadstream/api.token")
SHORTEST_SECRET: Final = 16

log = structlog.get_logger(__name__)


def door_of(secret: bytes, settings: ApiSettings, access: AccessSettings, shared: Standing, health: Health) -> Door:
    """Who may ask the API.

    Args:
        secret: Of the installation.
        shared: Sessions that stand, as all processes know them.

    Raises:
        ConfigurationError: It would listen beyond loopback without an access file, or that cannot be read.
    """
    keys, standing = Keys.of(secret), FallingBack(shared, lambda: int(time.time() * 1000))
    _check_proxy(settings)
    if access.file is not None:
        return Door(keys, FollowedFile(access.file, health), None, standing, settings)
    if settings.host not in LOOPBACK:
        raise ConfigurationError(
            f"LEADSTREAM_API_HOST is {settings.host}, and nobody has said who may ask: `leadstream access add` makes an access "
            "file, LEADSTREAM_ACCESS_FILE names it"
        )
    if settings.hosts or settings.proxies or settings.proxy_header:
        raise ConfigurationError(
            "a proxy in front needs an access file: `leadstream access add` makes one, LEADSTREAM_ACCESS_FILE names it"
        )
    token = token_of(secrets.token_bytes(TOKEN_ID_BYTES), secrets.token_bytes(TOKEN_BYTES))
    where = settings.token_file or TOKEN_FILE
    write_secret(where, token + "\n")
    log.info("api_local", why="no access file: who can read the token file may ask", detail=str(where))
    if sys.stderr.isatty():  # for who started it by hand; a log that goes elsewhere must not have it
        print(f"token of this start, also in {where}: {token}", file=sys.stderr)
    return Door(keys, local=token_hash(token, keys.tokens), standing=standing, settings=settings)


def _check_proxy(settings: ApiSettings) -> None:
    if (settings.proxy_header is None) != (settings.proxy_secret is None):
        raise ConfigurationError("LEADSTREAM_API_PROXY_HEADER and LEADSTREAM_API_PROXY_SECRET go together")
    if settings.proxy_secret is not None and len(settings.proxy_secret.get_secret_value()) < SHORTEST_SECRET:
        raise ConfigurationError(f"LEADSTREAM_API_PROXY_SECRET: at least {SHORTEST_SECRET} characters, better 32 at random")
