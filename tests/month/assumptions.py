"""What the simulated shop is like. Each figure is an assumption; docs/kpi.md says where it comes from, and what follows if it is
wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything that the month hangs on, beside the seed.

    Attributes:
        leads_per_day: Records on an ordinary day of the week; both organisations together.
        people: Of each organisation: the same number, the same hours, the same skills.
        decay: Exponent: the chance to win falls as (minutes until first contact / 5) ** -decay. Oldroyd, McElheran and
            Elkington (2011) found 1.3 (60 times from one hour to 24), which mixes cause and selection; this is a ninth of it.
        nurtured: Of the chance to win at once, what a newsletter programme alone makes of it.
        misunderstood: Of that chance, what is left where lead and rep share no language.
        hidden: Spread (log-odds) of what no system sees of a lead.
        judgement: Spread of the error with which a person who reads a lead guesses its log-odds. 1.0: about as well as the model.
        triage_minutes, talk_minutes, offer_minutes, sending_on_minutes: Of a person, on average; to read and place a lead, to
            reach and speak to somebody, to make an offer to who qualifies, to hand over a lead that came to the wrong desk.
        effective: Share of working time that goes into leads.
        worked: Share of the leads that people who triage have the time to talk to; they take those that they find best.
        hot: Share that is called hot.
        misplaced: Share of the leads that people send to the wrong team of two.
        junk, duplicates, linked, asked: Shares of robots and tests, of the same lead again, of known people with another wish, of
            leads of which only people can tell whether it is the same person.
        nowhere: Share of leads without country and language.
        sample: Share of the leads that people decide to measure automation.
        sent_back, sent_over: Chance that a rep sends on a lead that turns out to be worth nothing; that speaks another language.
        before: Of the chance to win at once, what the shop has won so far (as its baseline organisation does).
        history: Leads with known ends that the model has learned before the month begins.
    """

    leads_per_day: float = 600.0
    people: int = 14
    decay: float = 0.2
    nurtured: float = 0.3
    misunderstood: float = 0.5
    hidden: float = 0.7
    judgement: float = 1.0
    triage_minutes: float = 4.0
    talk_minutes: float = 12.0
    offer_minutes: float = 30.0
    sending_on_minutes: float = 3.0
    effective: float = 0.85
    worked: float = 0.45
    hot: float = 0.12
    misplaced: float = 0.04
    junk: float = 0.05
    duplicates: float = 0.06
    linked: float = 0.04
    asked: float = 0.01
    nowhere: float = 0.04
    sample: float = 0.02
    sent_back: float = 0.5
    sent_over: float = 0.8
    before: float = 0.55
    history: int = 2_000

    @property
    def called(self) -> float:
        """Share of the leads that machines send to sales: as many as people have time for whom machines spare the triage.

        Nine tenths of it; the time goes into talks, and into offers to the third of them that qualifies.
        """
        return self.worked + 0.9 * self.triage_minutes / (self.talk_minutes + self.offer_minutes / 3)
