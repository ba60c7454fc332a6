"""Organisations of the final half: health care, inns and shops, charities and lawyers, British schools."""

from tests.matching.holdout.drawing import Draw, Table
from tests.matching.holdout.final_academies import academies
from tests.matching.holdout.final_bodies import bodies
from tests.matching.holdout.final_health import health
from tests.matching.holdout.final_hospitality import hospitality


def tables() -> list[Table]:
    """The four files, about 3,600 records together."""
    draw = Draw("organisations, final: another seed")
    return [
        Table("final_health", health(draw, 1_200), "", "facility"),
        Table("final_hospitality", hospitality(draw, 900), "", "venue"),
        Table("final_bodies", bodies(draw, 900), "", "body", ("company=Legal name", "full_name=", "street=First address line")),
        Table("final_academies", academies(draw, 600), "GB", "school", ("company=establishment", "full_name=")),
    ]
