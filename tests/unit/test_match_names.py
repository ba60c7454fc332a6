"""Whether a column called `name` holds people or organisations."""

from __future__ import annotations

import pytest

from app.commands.match_names import organisations

PEOPLE = ["Anna Quernmoor", "DELLKAMP, Lorraine", "Michael O'Neil", "Maria Lopez Ruiz", "Wei Zhang"]
PLACES = ["Apteekki Lehtola", "Tennisseura Koskenpää 1910", "Noothoeve", "Kolibri Oil", "Voetbalclub Wasvoorde"]
FIRMS = ["Marform Toys UK Ltd", "Quadwood Getränkevertrieb KG", "Hotel Adler", "St. Mary's School", "Pizzeria Roma"]


@pytest.mark.parametrize(
    ("names", "headers", "expected"),
    [
        (FIRMS, ["name", "street"], True),
        (PEOPLE, ["name", "street"], False),
        (PEOPLE, ["name", "website"], False),
        (PLACES, ["name", "category", "address"], True),
        (PLACES, ["name", "address"], False),
        (PLACES, ["name", "category", "date_of_birth dob"], False),
        ([], ["name"], False),
    ],
)
def test_whose_names(names: list[str], headers: list[str], *, expected: bool) -> None:
    """Business words tell at once; then given names and what is said beside; a bare name is somebody's."""
    assert organisations(names, headers) is expected
