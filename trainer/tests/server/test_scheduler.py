"""Continuous batching, the prefix cache and how sequences end."""

from __future__ import annotations

import pytest

from longhaul_trainer.server.backend import Backend
from longhaul_trainer.server.job import Job
from longhaul_trainer.server.scheduler import Scheduler
from tests.server.fakes import CountingBackend, expected, job


def scheduler(backend: Backend, step_tokens: int = 16) -> Scheduler:
    return Scheduler(backend, lambda tokens: " ".join(map(str, tokens)), step_tokens)


def run(subject: Scheduler, *jobs: Job) -> list[Job]:
    subject.waiting.extend(jobs)
    ended: list[Job] = []
    for _ in range(200):
        ended += subject.step(admit=True)
        if not (subject.waiting or subject.running):
            return ended
    raise AssertionError("the jobs did not end in 200 steps")


@pytest.mark.parametrize("truncates", [True, False])
def test_every_sequence_gets_its_own_answer_whatever_runs_beside_it(truncates: bool) -> None:
    jobs = [job([3 + number, 4, 5 * number] * (1 + number % 4), tokens=3 + number % 7) for number in range(30)]
    ended = run(scheduler(CountingBackend(truncates=truncates)), *jobs)
    assert len(ended) == 30
    for one in jobs:
        assert one.output == expected(one.prompt, one.sampling.max_tokens)
        assert one.finish_reason == "length"


def test_a_new_sequence_joins_while_others_decode_and_prefill_never_stalls_them() -> None:
    backend = CountingBackend()
    subject = scheduler(backend, step_tokens=8)
    subject.waiting.append(job([7], tokens=12))
    subject.step(admit=True)
    subject.waiting.append(job(list(range(3, 33)), tokens=1))
    while subject.running:
        subject.step(admit=True)
    sizes = [[len(piece.tokens) for piece in batch] for batch in backend.batches]
    assert sizes[:6] == [[1], [1, 7], [1, 7], [1, 7], [1, 7], [1, 2]]


def test_a_growing_prompt_is_fed_only_what_is_new() -> None:
    backend = CountingBackend()
    subject = scheduler(backend)
    first = job([3, 4, 5, 6], tokens=3)
    run(subject, first)
    second = job(first.prompt + first.output + [9, 9], tokens=2)
    run(subject, second)
    # The last sampled token was never fed: 4 + 3 - 1 positions are held.
    assert second.cached == 6
    assert second.output == expected(second.prompt, 2)
    assert not backend.copies


def test_a_shared_prefix_is_copied_and_the_history_it_came_from_stays() -> None:
    backend = CountingBackend()
    subject = scheduler(backend)
    prefix = [3, 4, 5, 6, 7, 8]
    first = job([*prefix, 20], tokens=3)
    run(subject, first)
    branch = job([*prefix, 30, 31], tokens=2)
    run(subject, branch)
    assert (branch.cached, branch.output) == (6, expected(branch.prompt, 2))
    again = job(first.prompt + first.output, tokens=2)
    run(subject, again)
    assert again.cached == len(first.prompt) + 2
    onward = job(branch.prompt + branch.output, tokens=2)
    run(subject, onward)
    assert onward.cached == len(branch.prompt) + 1


def test_a_session_cuts_its_own_history_in_place_and_nobody_elses() -> None:
    backend = CountingBackend()
    subject = scheduler(backend)
    run(subject, job([3, 4, 5, 6, 20], tokens=3, session="a"))
    run(subject, job([3, 4, 5, 7, 21], tokens=3, session="b"))
    assert backend.copies == [(0, 1, 3)]
    restart = job([3, 4, 5, 9], tokens=3, session="b")
    run(subject, restart)
    assert backend.copies == [(0, 1, 3)]
    assert (restart.cached, restart.output) == (3, expected(restart.prompt, 3))


def test_a_prompt_that_is_wholly_cached_still_feeds_its_last_token() -> None:
    subject = scheduler(CountingBackend())
    run(subject, job([3, 4, 5, 6, 7], tokens=4))
    again = job([3, 4, 5, 6, 7], tokens=4)
    run(subject, again)
    assert (again.cached, again.output) == (4, expected(again.prompt, 4))


def test_the_least_recently_used_idle_slot_is_given_up_first() -> None:
    subject = scheduler(CountingBackend(slots=2))
    old, recent = job([3] * 6, tokens=1), job([4] * 6, tokens=1)
    run(subject, old)
    run(subject, recent)
    run(subject, job([9] * 6, tokens=1))
    kept, lost = job([4] * 7, tokens=1), job([3] * 7, tokens=1)
    run(subject, kept)
    run(subject, lost)
    assert (kept.cached, lost.cached) == (6, 0)


def test_more_requests_than_slots_wait_their_turn() -> None:
    backend = CountingBackend(slots=2)
    jobs = [job([3 + number] * 3, tokens=4) for number in range(5)]
    run(scheduler(backend), *jobs)
    assert max(len(batch) for batch in backend.batches) == 2
    assert [one.output for one in jobs] == [expected(one.prompt, 4) for one in jobs]


def test_a_stop_token_ends_the_sequence_and_is_part_of_it() -> None:
    answer = expected([3, 4], 4)
    one = job([3, 4], tokens=9, stop_token_ids=frozenset({answer[2]}))
    run(scheduler(CountingBackend()), one)
    assert (one.output, one.finish_reason, one.stop_reason) == (answer[:3], "stop", answer[2])


def test_the_models_own_end_has_no_stop_reason() -> None:
    one = job([1, 1], tokens=9, stop_token_ids=frozenset({2}))
    run(scheduler(CountingBackend()), one)
    assert (one.output, one.finish_reason, one.stop_reason) == ([2], "stop", None)


def test_a_stop_string_ends_the_sequence_and_the_text_before_it_is_kept() -> None:
    answer = expected([3, 4], 3)
    one = job([3, 4], tokens=9, stop=(f" {answer[1]}",))
    run(scheduler(CountingBackend()), one)
    assert (one.output, one.text, one.stop_reason) == (answer[:2], str(answer[0]), f" {answer[1]}")


def test_a_full_context_ends_the_sequence_by_length() -> None:
    backend = CountingBackend(max_length=10)
    one = job([3] * 8, tokens=100)
    run(scheduler(backend), one)
    assert (len(one.output), one.finish_reason) == (2, "length")


def test_a_cancelled_job_gives_its_slot_back_at_once_running_or_waiting() -> None:
    subject = scheduler(CountingBackend(slots=1))
    running, waiting = job([3, 4], tokens=30), job([5, 6], tokens=3)
    subject.waiting.extend([running, waiting])
    subject.step(admit=True)
    running.cancelled = waiting.cancelled = True
    ended = subject.step(admit=True)
    assert [one.finish_reason for one in ended] == ["abort", "abort"]
    assert subject.table.busy == 0
    # What the cancelled one had computed may be gone on from.
    later = job([3, 4, *running.output, 8], tokens=1)
    run(subject, later)
    assert later.cached == 2


def test_a_forward_that_breaks_fails_its_jobs_and_nothing_it_held_is_used_again() -> None:
    backend = CountingBackend()
    subject = scheduler(backend)
    run(subject, job([3, 4, 5], tokens=2))
    backend.breaks = True
    failed = job([3, 4, 5, 6], tokens=2)
    run(subject, failed)
    assert failed.error == "RuntimeError: out of memory"
    later = job([3, 4, 5], tokens=2)
    run(subject, later)
    assert (later.cached, later.output) == (0, expected([3, 4, 5], 2))
