"""Jobs: what services may defer, the worker can run, in a queue that somebody works on."""

import inspect

from api.jobs.app import TASKS, make_job_app
from api.services.deferral import QUEUE_OF, Job, Queue
from api.worker import run_worker


def test_every_job_has_a_task_and_a_queue() -> None:
    """A name without a task would be deferred with the driver's money and never run."""
    assert set(TASKS) == set(Job) == set(QUEUE_OF)


def test_the_job_engine_knows_every_name_and_its_queue() -> None:
    """The task registered under a stored name waits in the queue that the deferral writes."""
    app = make_job_app("postgresql://localhost/unused", sweep_seconds=15, stalled_seconds=30)
    assert {job: app.tasks[job].queue for job in Job} == {job: str(QUEUE_OF[job]) for job in Job}


def test_the_worker_works_on_every_queue() -> None:
    """Each queue is named where the worker starts."""
    started = inspect.getsource(run_worker)
    assert [queue for queue in Queue if f"Queue.{queue.name}" not in started] == []
