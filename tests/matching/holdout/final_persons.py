"""Persons of the final half: two registers, two years of a voters' roll, a society's members in many countries."""

from tests.matching.holdout.drawing import Draw, Table
from tests.matching.holdout.final_members import members
from tests.matching.holdout.final_register import register
from tests.matching.holdout.final_voters import roll


def tables() -> list[Table]:
    """The three files, 10,000 records together."""
    draw = Draw("persons, final: another seed")
    return [
        Table("final_persons_register", register(draw, 2_500), "AU", "rec_id~rec-([0-9]+)"),
        Table("final_persons_voters", roll(draw, 2_000), "US", "voter"),
        Table("final_persons_members", members(draw, 3_000), "", "member"),
    ]
