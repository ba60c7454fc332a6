"""Who gets the lead, or does a person decide? The first rule that holds decides; near misses are told with their reasons."""

from app.pipeline.routing.router import Assignment, Router

__all__ = ["Assignment", "Router"]
