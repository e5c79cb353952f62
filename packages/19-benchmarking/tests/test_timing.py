"""The timer calls often enough, divides rightly, and counts nothing that is not to be counted."""

import pytest

from tinytorch.benchmarking import Timer, measure


class Work:
    """A function of a known duration on a fake clock."""

    def __init__(self, clock, seconds):
        self.clock, self.seconds, self.calls = clock, seconds, 0

    def __call__(self):
        self.clock.now += self.seconds
        self.calls += 1


@pytest.mark.parametrize("seconds", [1e-7, 3e-6, 1e-3, 0.5])
def test_calls_are_timed_together_until_they_last(clock, seconds):
    timer = Timer(Work(clock, seconds), min_time=0.01, clock=clock)
    assert timer.number * seconds >= 0.01
    assert timer.number == 1 or timer.number * seconds < 0.03
    assert timer() == pytest.approx(seconds)


def test_a_clock_too_coarse_to_see_one_call_is_waited_for(clock):
    work = Work(clock, 1e-4)
    timer = Timer(work, min_time=0.01, clock=lambda: clock.now // 1e-3 * 1e-3)
    assert 90 <= timer.number <= 1000


def test_the_first_calls_are_not_counted(clock):
    work = Work(clock, 1.0)
    measurement = measure(work, rounds=4, warmup=5, clock=clock)
    assert measurement.values == (1.0,) * 4
    assert work.calls == 5 + 1 + 4


def test_a_function_is_called_for_a_while_before_each_time(clock):
    work = Work(clock, 0.1)
    timer = Timer(work, warmup=0, settle=0.25, clock=clock)
    assert work.calls == 1
    for calls in (1 + 3 + 1, 1 + 2 * (3 + 1)):
        assert timer() == pytest.approx(0.1)
        assert work.calls == calls


def test_rounds_are_kept_as_they_were(clock):
    def work():
        clock.now += next(durations)

    durations = iter([9.0, 9.0, 1.0, 5.0, 2.0])
    measurement = measure(work, rounds=3, warmup=1, clock=clock)
    assert measurement.values == (1.0, 5.0, 2.0)
    assert measurement.median == 2.0
    assert measurement.estimate.high <= 5.0


def test_a_time_is_of_one_operation(clock):
    measurement = measure(Work(clock, 3.0), per=1000, rounds=2, clock=clock)
    assert measurement.values == (0.003, 0.003)


def test_a_measurement_is_called_as_the_function_or_as_told(clock):
    def forward():
        clock.now += 1

    assert measure(forward, rounds=1, clock=clock).name == "forward"
    assert measure(forward, name="step", rounds=1, clock=clock).name == "step"
    assert measure(Work(clock, 1.0), rounds=1, clock=clock).name == ""


def test_an_error_of_the_function_arrives():
    with pytest.raises(ZeroDivisionError):
        measure(lambda: 1 / 0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rounds": 0}, "measure: rounds is 0, expected at least 1"),
        ({"per": 0}, "Timer: per is 0, expected at least 1"),
        ({"min_time": 0.0}, "Timer: min_time is 0.0, expected above 0"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_called(settings, message):
    def never():
        pytest.fail("called")

    with pytest.raises(ValueError, match=message):
        measure(never, **settings)


def test_a_function_can_not_be_called_for_less_than_no_time():
    with pytest.raises(ValueError, match="Timer: settle is -1, expected at least 0"):
        Timer(lambda: pytest.fail("called"), settle=-1)
