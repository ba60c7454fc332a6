"""The language of paths."""

from __future__ import annotations

import pytest

from app.inventory.paths import Index, Inside, Name, PathError, Selector, Step, parse, render


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
        ("raw@json.contact.email", (Name("raw"), Inside("json"), Name("contact"), Name("email"))),
        ("raw@json[0].a", (Name("raw"), Inside("json"), Index(0), Name("a"))),
        ("f[n=a]@form.b", (Name("f"), Selector(("n",), "a"), Inside("form"), Name("b"))),
        ('message@text."E-Mail (Pflicht)"', (Name("message"), Inside("text"), Name("E-Mail (Pflicht)"))),
        ("raw@json.a@text.b", (Name("raw"), Inside("json"), Name("a"), Inside("text"), Name("b"))),
        ('"a@json".b', (Name("a@json"), Name("b"))),
        ("a[mail=e@json]", (Name("a"), Selector(("mail",), "e@json"))),
    ],
)
def test_parse(path: str, steps: tuple[Step, ...]) -> None:
    """A path is read as its steps, and the steps are spelled as a path that is read the same."""
    assert parse(path) == steps
    assert parse(render(steps)) == steps


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
        ("a@b", 2),
        ("a@", 2),
        ("a@jsonx", 2),
        ("@json", 1),
        ("a@json.", 8),
    ],
)
def test_unreadable(path: str, at: int) -> None:
    """What is no path is refused with the character where reading stopped."""
    with pytest.raises(PathError, match=f"^character {at}: "):
        parse(path)
