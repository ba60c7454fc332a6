"""The language of paths."""

from __future__ import annotations

import pytest

from app.inventory.paths import Index, Name, PathError, Selector, Step, parse


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("email", (Name("email"),)),
        ("traits.address.city", (Name("traits"), Name("address"), Name("city"))),
        ("line_items[0].title", (Name("line_items"), Index(0), Name("title"))),
        ("f[name=e-mail].values[1]", (Name("f"), Selector(("name",), "e-mail"), Name("values"), Index(1))),
        ("a[field.ref=email].email", (Name("a"), Selector(("field", "ref"), "email"), Name("email"))),
        ('"data[email]"', (Name("data[email]"),)),
        ('a."b.c".d', (Name("a"), Name("b.c"), Name("d"))),
        ('a[q="Your e-mail?"].v', (Name("a"), Selector(("q",), "Your e-mail?"), Name("v"))),
        ('a[q="x]y"]', (Name("a"), Selector(("q",), "x]y"))),
        ('"say \\"hi\\" \\\\"', (Name('say "hi" \\'),)),
        ("a[name=0-2/name].v", (Name("a"), Selector(("name",), "0-2/name"), Name("v"))),
        ("a[b=]", (Name("a"), Selector(("b",), ""))),
    ],
)
def test_parse(path: str, steps: tuple[Step, ...]) -> None:
    """A path is read as its steps."""
    assert parse(path) == steps


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("", 1),
        (".", 1),
        ("a.", 3),
        ("a..b", 3),
        ("a[", 3),
        ("a[]", 3),
        ("a[b]", 4),
        ("a[b=c", 5),
        ("a]", 2),
        ("[0]", 1),
        ('"a', 1),
        ('a"b"', 2),
    ],
)
def test_unreadable(path: str, at: int) -> None:
    """What is no path is refused with the character where reading stopped."""
    with pytest.raises(PathError, match=f"^character {at}: "):
        parse(path)
