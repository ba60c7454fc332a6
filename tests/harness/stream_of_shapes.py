"""Makes the closed windows of a source whose payloads have many shapes, without making each of its payloads."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.monitoring.windows import Window
from app.pipeline.shape import Shape, make_shape

WINDOW_MS = 60_000


@dataclass(frozen=True)
class Part:
    """A path of a form: the share of payloads that hold it, the type of its value, and the lead field that it fills.

    Attributes:
        other, sometimes: Another type that the value has now and then, and in which share of the payloads that hold the path.
    """

    share: float = 1.0
    type: type = str
    field: str | None = None
    other: builtins.type = str
    sometimes: float = 0.0


Form = Mapping[str, Part]

FORM: dict[str, Part] = {
    "email": Part(1.0, str, "email"),
    "name": Part(0.97, str, "full_name"),
    "phone": Part(0.6, str, "phone"),
    "age": Part(0.95, int),
    "consent": Part(1.0, bool, "consent"),
    "colour": Part(0.3),
    "voucher": Part(0.02),
}


def payload_shape(source: str, shape: Shape) -> dict[str, object]:
    """The record of schemas/payload_shape."""
    leaves = [{"path": leaf.path, "kind": leaf.kind, "field": leaf.field} for leaf in shape.leaves]
    return {"source": source, "shape": shape.fingerprint, "seen_at": 0, "leaves": leaves}


class FormStream:
    """Windows of one source.

    Args:
        seed: Of the dice: which payload holds which optional part.
        per_window: Mean records per window, Poisson.
        source: Its slug.
    """

    def __init__(self, seed: int, per_window: float, source: str = "shop") -> None:
        self._rng, self._mean, self.source = np.random.default_rng(seed), per_window, source
        self.shapes: dict[str, Shape] = {}

    def window(self, number: int, *forms: tuple[float, Form], mapping: tuple[int, int] = (1, 0)) -> Window:
        """The window with this number: payloads of these forms, each with its share; at least one record."""
        window = Window(self.source, number * WINDOW_MS, (number + 1) * WINDOW_MS, mapping=mapping)
        window.records = max(1, int(self._rng.poisson(self._mean)))
        window.last_at_ms = window.end_ms - 1
        window.latency[0] = window.records
        shares = [share for share, _ in forms]
        for n, which in enumerate(self._rng.choice(len(forms), window.records, p=shares)):
            form = forms[int(which)][1]
            held = self._rng.random(len(form)) < [part.share for part in form.values()]
            otherwise = self._rng.random(len(form)) < [part.sometimes for part in form.values()]
            found = [
                (path, part.other if other else part.type, part.field)
                for (path, part), there, other in zip(form.items(), held, otherwise, strict=True)
                if there
            ]
            shape = make_shape(found)
            self.shapes.setdefault(shape.fingerprint, shape)
            window.shapes[shape.fingerprint] += 1
            window.shape_samples.setdefault(shape.fingerprint, f"ld_{number}_{n}")
        return window
