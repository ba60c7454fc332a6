"""`leadstream unmerge`: a lead that was taken for another's duplicate stands alone again."""

from __future__ import annotations

import time
import uuid

import typer

from app.commands.arguments import By
from app.commands.verdict import WAIT_S, AsJson, LeadId, Tool, Wait, Why, carry
from app.pipeline.revision.verdict import Verdict


def register(app: typer.Typer, tool: Tool, panel: str) -> None:
    """Add the command."""

    @app.command(rich_help_panel=panel)
    def unmerge(lead: LeadId, by: By, why: Why = None, wait: Wait = WAIT_S, as_json: AsJson = False) -> None:
        """Undo a merge: the duplicate LEAD becomes a lead of its own, its original what it was without it.

        The duplicate is scored by the current model and goes to the team that the rules name; its original comes again on its
        team's topic, with the next revision, without what only the duplicate knew. Later leads find them apart. What people
        un-merge teaches the weights of matching.

        LEAD is the duplicate, not its original: `leadstream explain LEAD` says which it is. Exit 1 where it is none; exit 70
        where no reviser answers, and then it is carried out as soon as one runs.
        """
        said = Verdict(lead, "unmerge", by, int(time.time() * 1000), id=uuid.uuid4().hex)
        carry(tool(), said, why, wait, as_json=as_json)
