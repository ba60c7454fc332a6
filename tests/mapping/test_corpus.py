"""The mapping ladder on payloads of vendors that nobody declared. Run with -s to see what was found, missed and wrong."""

from __future__ import annotations

import pytest

from app.pipeline.ladder.classifier import shipped
from tests.mapping.judging import HERE, Case, Judge, cases, share_found, shared_cases, table

# Nothing is wrong; the floors only ever rise.
FOUND_AT_LEAST = 0.995  # of the contact fields that are present
RECORDED_FOUND_AT_LEAST = 0.995
KNOWN_WRONG: frozenset[tuple[str, str]] = frozenset()  # case, field: to be mended
FOLDERS = ("corpus",)
SHARED_FILES = 18


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(shipped())


@pytest.mark.parametrize("folder", FOLDERS)
def test_contact_fields_of_undeclared_payloads_are_found_and_none_is_wrong_above_the_limit(folder: str, judge: Judge) -> None:
    """In a folder of labelled payloads most contact fields are found, and none is wrong above the limit but the known ones."""
    _hold(cases(HERE / folder), judge)


def test_the_vendors_recorded_payloads_are_mapped_without_declaration(judge: Judge) -> None:
    """In the recorded payloads all contact fields are found, and none is wrong above the limit."""
    there = shared_cases()
    if not there:
        pytest.skip("../shared/data/payloads is not beside the repository")
    assert len(there) == SHARED_FILES
    _hold(there, judge, least=RECORDED_FOUND_AT_LEAST)


def _hold(some: list[Case], judge: Judge, least: float = FOUND_AT_LEAST) -> None:
    assert some
    judgements = [verdict for case in some for verdict in judge.judge(case)]
    print(f"\n{len(some)} payloads{table(judgements)}")
    wrong = [str(one) for one in judgements if one.verdict == "wrong" and (one.case, one.field) not in KNOWN_WRONG]
    assert not wrong, "\n".join(wrong)
    missed = [str(one) for one in judgements if one.verdict == "missed"]
    assert share_found(judgements) >= least, "\n".join(missed)
