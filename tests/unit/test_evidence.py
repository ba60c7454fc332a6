"""What dates and times say of the source that wrote them: the order of day and month, the time zone, and how surely."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.audit.dates import DateOrder, DateOrders
from app.audit.zones import LocalTimes, Zone

WINTER, SUMMER = 1_795_392_000_000, 1_783_000_000_000  # 2026-11-23 and 2026-07-02, as milliseconds
MINUTE = 60_000


def order(*texts: str, at_ms: int = 0) -> DateOrder | None:
    dates = DateOrders()
    for text in texts:
        dates.take(text, at_ms)
    return dates.found()


def zone_of(
    zone: str,
    country: str | None = None,
    *,
    delay: Callable[[np.random.Generator], float] = lambda dice: dice.exponential(0.5),
    begin: int = WINTER,
    form: str = "%d.%m.%Y %H:%M",
    times: int = 200,
) -> Zone | None:
    """What times of this zone say, each read on arrival `delay` minutes later, one every 20 minutes."""
    found, dice = LocalTimes(), np.random.default_rng(7)
    for n in range(times):
        at = begin + n * 20 * MINUTE
        there = datetime.fromtimestamp((at - delay(dice) * MINUTE) / 1000, ZoneInfo(zone))
        found.take(there.strftime(form), at)
    return found.found(country)


class TestOrder:
    def test_a_day_above_12_proves_it(self) -> None:
        """One date that can be read in one order only, and none in the other, is enough; it is told how many there were."""
        found = order("03.04.2026", "23.04.2026 10:00", "05/06/26")
        assert found
        assert (found.order, found.dates, found.proved, found.against) == ("DMY", 3, 1, 0)
        assert found.text == "of 3 dates 1 have a day above 12 in this order only, none in the other"
        assert (found := order("04/23/2026", "03/04/2026")) is not None
        assert found.order == "MDY"

    def test_both_ways_prove_nothing(self) -> None:
        """A source that writes both has no order."""
        found = order("23/04/2026", "04/23/2026", "04/24/2026")
        assert found
        assert (found.order, found.text) == (None, "3 dates are written both ways")

    def test_dates_near_their_arrival(self) -> None:
        """Where no day is above 12, dates that lie just before their arrival in one order only tell it; a few may be chance."""
        arrived = 1_770_508_800_000  # 2026-02-08
        assert (found := order(*["07/02/2026 23:10"] * 5, at_ms=arrived)) is not None
        assert (found.order, found.proved, found.near) == ("DMY", 0, 5)
        assert (found := order(*["02/07/2026"] * 5, at_ms=arrived)) is not None
        assert found.order == "MDY"
        assert (found := order(*["07/02/2026"] * 4, at_ms=arrived)) is not None
        assert (found.order, found.text) == (None, "4 dates could be either")

    @pytest.mark.parametrize("text", ["2026-04-23", "hello", "23", "04.04.2026", "1.2.3.4", ""])
    def test_what_tells_no_order(self, text: str) -> None:
        """ISO dates, equal numbers and other texts are not counted."""
        assert order(text) is None

    def test_no_date_at_all(self) -> None:
        """What looks like one and is none proves nothing."""
        assert (found := order("45/17/2026", "99/99/2026")) is not None
        assert (found.order, found.proved) == (None, 0)


class TestZone:
    @pytest.mark.parametrize(
        ("zone", "country", "begin"),
        [
            ("Europe/Berlin", "DE", WINTER), ("Europe/Berlin", "DE", SUMMER), ("Europe/London", "GB", WINTER),
            ("America/Chicago", "US", SUMMER), ("Asia/Kolkata", "IN", WINTER), ("Australia/Sydney", "AU", WINTER),
            ("Asia/Tokyo", None, WINTER), ("America/Sao_Paulo", "BR", SUMMER), ("UTC", None, SUMMER),
        ],
    )  # fmt: skip
    def test_the_zone_in_which_leads_arrive_at_once(self, zone: str, country: str | None, begin: int) -> None:
        """Times without zone are some minutes before their arrival in one zone; the leads' country chooses among equals."""
        found = zone_of(zone, country, begin=begin)
        assert found
        assert (found.name, found.sure) == (zone, True)
        assert found.share >= 0.98

    def test_equals_are_named(self) -> None:
        """Without a country, one of the zones with the same clock is proposed, and others are named beside it."""
        found = zone_of("Europe/Paris")
        assert found
        assert (found.name, found.sure) == ("Europe/Berlin", True)
        assert "Europe/Paris" in found.others
        assert found.text.endswith("would fit as well")

    def test_daylight_saving_is_followed(self) -> None:
        """Over a change of the clocks one zone fits, and no fixed offset does."""
        found = zone_of("Europe/Berlin", begin=1_792_800_000_000, times=400)  # 2026-10-24, the night before the change
        assert found
        assert found.name == "Europe/Berlin"
        assert "Africa/Lagos" not in found.others
        assert found.share >= 0.95

    def test_some_late_ones_make_it_less_sure(self) -> None:
        """A tenth that comes hours later is told in the share."""
        found = zone_of("Europe/Berlin", "DE", delay=lambda dice: 180.0 if dice.random() < 0.1 else 0.2)
        assert found
        assert found.sure
        assert 0.8 <= found.share <= 0.95

    def test_batches_prove_nothing(self) -> None:
        """Leads that are sent once in a few hours fit no zone, and nothing is proposed."""
        found = zone_of("Europe/Berlin", "DE", delay=lambda dice: dice.uniform(0, 360))
        assert found
        assert not found.sure

    def test_a_few_are_too_few(self) -> None:
        """Four times may fit by chance."""
        found = zone_of("Europe/Berlin", "DE", times=4)
        assert found
        assert not found.sure

    @pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S%z", "%d.%m.%Y", "%s", "hello"])
    def test_what_tells_no_zone(self, form: str) -> None:
        """Times with a zone, days alone, numbers and texts are not counted."""
        assert zone_of("Europe/Berlin", form=form) is None

    def test_without_arrivals(self) -> None:
        """Where nobody knows when a record arrived, its time says nothing."""
        times = LocalTimes()
        times.take("2026-11-23T10:00:00", 0)
        assert times.found() is None
