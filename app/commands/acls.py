"""`leadstream topics --acls`: what each role may do on the cluster, and no more."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import orjson
import typer

from app.edges.kafka import acls
from app.wiring import Installation


def show_acls(one: Installation, chosen: Sequence[str], only: Sequence[str], *, as_json: bool, apply: bool) -> None:
    """Print them, or apply them.

    Args:
        chosen: `role=User:name`.
        only: Roles; all without any.

    Raises:
        ConfigurationError: No such role; the cluster refuses.
        EdgeDown: The cluster does not answer.
    """
    pairs = dict(pair.partition("=")[::2] for pair in chosen)
    if bad := [role for role, who in pairs.items() if ":" not in who]:
        raise typer.BadParameter(f"--principal {bad[0]}: say it as role=User:name")
    principals = acls.principals(one.inventory, one.app, pairs)
    if strange := [role for role in only if role not in principals]:
        raise typer.BadParameter(f"--role {strange[0]}: there are {', '.join(principals)}")
    wanted = {role: who for role, who in principals.items() if role in only or not only}
    found = acls.acls(one.inventory, one.names, one.app, wanted)
    if apply:
        acls.create(one.kafka.client(), found)
        print(f"{len(found)} ACLs of {len(wanted)} roles are in force; none was taken away", file=sys.stderr)
    elif as_json:
        print(orjson.dumps(acls.as_json(found), option=orjson.OPT_INDENT_2).decode())
    else:
        for role, who in wanted.items():
            print(f"# {role}")
            print(*acls.commands([acl for acl in found if acl.principal == who]), sep="\n")
