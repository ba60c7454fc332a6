"""The levels on which two leads can agree in a field, from bad to good, and what each means in words."""

from __future__ import annotations

from typing import Final

MISSING: Final = -1  # one of the two does not tell: no evidence

LEVELS: Final[dict[str, tuple[str, ...]]] = {
    "first": (
        *("differs", "a little similar", "initial", "nickname", "similar", "one letter off", "same"),
        "first and last name exchanged",
    ),
    "last": (
        *("differs", "a little similar", "one part the same", "similar", "one letter off", "same"),
        "first and last name exchanged",
    ),
    "company": (
        *("differs", "another name, no other trade", "a word the same", "half the words the same"),
        *("same name, another trade", "one contained in the other", "nearly the same", "same"),
    ),
    "email": (
        "differs",
        "same company's domain",
        "same company's site",
        "nearly the same",
        "same name at another domain",
        "same shared mailbox",
        "same",
    ),
    "phone": ("differs", "same but for the extension", "one digit off", "same"),
    "birth": ("differs", "two of day, month and year the same", "one digit off, or day and month exchanged", "same"),
    "street": ("differs", "a word the same", "similar", "same"),
    "number": ("differs", "nearly the same", "same"),
    "extra": ("differs", "similar", "same"),
    "postcode": ("differs", "same area", "one sign off", "same"),
    "city": ("differs", "a word the same", "similar", "same"),
    "region": ("differs", "same"),
    "country": ("differs", "same"),
}
"""Field → its levels; 0 always says that the two differ. Of shared mailboxes (info@) agreement says less than of a person's."""

FIELDS: Final = tuple(LEVELS)
FIRST, LAST, COMPANY, EMAIL, PHONE, BIRTH, STREET, NUMBER, EXTRA, POSTCODE, CITY, REGION, COUNTRY = range(len(FIELDS))
SAME: Final = tuple({"first": 6, "last": 5, "email": 6}.get(name, len(levels) - 1) for name, levels in LEVELS.items())
"""The level of full agreement, per field."""
