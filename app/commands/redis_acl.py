"""`leadstream redis-acl`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from app.edges.redis.needs import acl
from app.wiring import Installation


def register(app: typer.Typer, tool: Callable[..., Installation], panel: str) -> None:
    """Add the command."""

    @app.command(name="redis-acl", rich_help_panel=panel)
    def redis_acl(user: Annotated[str, typer.Option(help="What to call the user.")] = "leadstream") -> None:
        """Print the command that makes a user of Redis who may do what leadstream does there, and nothing else.

        Put the password in the place of PASSWORD, give the line to redis-cli, and name user and password in REDIS_URL.
        """
        print(acl(tool(reach=False).names.prefix, user))
