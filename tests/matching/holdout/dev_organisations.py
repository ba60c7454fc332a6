"""Organisations of the dev half: a city's schools, two guides of restaurants and hotels, a sales team's accounts."""

from tests.matching.holdout.dev_accounts import accounts
from tests.matching.holdout.dev_guides import guides
from tests.matching.holdout.dev_schools import schools
from tests.matching.holdout.drawing import Draw, Table


def tables() -> list[Table]:
    """The three files, about 3,400 records together."""
    draw = Draw("organisations, dev")
    return [
        Table("dev_schools", schools(draw, 1_200), "US"),
        Table("dev_guides", guides(draw, 600), "US"),
        Table("dev_accounts", accounts(draw, 1_400)),
    ]
