"""The job behind packages: puts one in, takes one back or removes one, and loads its samples.

The change is one deployment with the run's id and the samples are one transaction with the run's
end: a run that was broken off begins again, and what was done is not done twice. A refusal leaves
the org as it was and says why; rights are those of the moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...metadata.deploy.apply import Deployment, find_deployment
from ...metadata.packages import runs
from ...metadata.packages.archive import read_zip
from ...metadata.packages.install import install, revert_package, uninstall
from ...metadata.packages.people import remember, settled
from ...metadata.packages.plan import Choice
from ...metadata.packages.progress import CHANGED, COMPARED, Teller
from ...metadata.packages.read import Package, parse_package
from ...metadata.packages.runs import Deed, Run
from ...metadata.store import SNAPSHOTS, hold_version
from ...platform.db.failpoints import failpoint
from ...platform.errors import Conflict, Denied, NotFound, Problem, Rejected, TrellisError
from ...platform.i18n import _, mark, use_locale
from ...platform.jobs.worker import Task
from ...platform.people.actor import Actor
from ...platform.people.standing import find_actor
from ...runtime.notices.kept import tell_of_work
from .loading import load_samples

REFUSALS = (Rejected, Denied, Conflict, NotFound)
#: what whoever began it is told of its end
TOLD = {True: mark("The package %(name)s: done."), False: mark("The package %(name)s: not done.")}


def work(task: Task) -> None:
    """Does what the run of the job asks for."""
    with task.db.read() as conn:
        run = runs.find(conn, task.args["run"])
        reason = "packages in the background"
        actor = find_actor(conn, task.db.key, task.actor_id, reason) if run else None
    if run is None or not run.is_under_way:
        return
    if actor is None:
        _refuse(task, run, Denied(_("Whoever began this may not work here at the moment.")))
        return
    with use_locale(actor.localization), Teller(task.db, run.id) as teller:
        try:
            _DEEDS[Deed(run.deed)](task, run, actor, teller)
        except REFUSALS as refusal:
            _refuse(task, run, refusal)


def _install(task: Task, run: Run, actor: Actor, teller: Teller) -> None:
    if not teller.stage(_("Reading the package"), 2):
        return
    with task.db.read() as conn:
        package = parse_package(read_zip(runs.content_of(conn, run.id)))
        is_made = find_deployment(conn, run.id) is not None
        version = SNAPSHOTS.at(conn, task.db).version
    choice = Choice.from_json(run.choice)
    if not is_made and run.based_on not in (None, version):
        raise Rejected(_changed(run, version))
    teller.stage(_("Comparing with the org"), 5)
    teller.stage(_("Making the change"), COMPARED)
    install(task.db, actor, package, choice, deployment_id=run.id, told=teller.change)
    failpoint("packages.after_change")
    has_samples = bool(run.choice.get("samples")) and bool(package.samples)
    teller.stage(_("Adding sample records") if has_samples else _("Finishing"), CHANGED)
    _finish(task, run, actor, package if has_samples else None, choice)


def _finish(task: Task, run: Run, actor: Actor, package: Package | None, choice: Choice) -> None:
    """The sample records, who stands for whom, and the end of the run: all or none of it."""
    with task.finish() as conn:
        hold_version(conn, task.db)
        results: list[tuple[str, str]] = []
        if package is not None:
            samples = settled(package, choice.people).samples
            snapshot = SNAPSHOTS.at(conn, task.db)
            loaded = load_samples(conn, actor, snapshot, package.manifest.name, samples)
            results += loaded.sentences()
        remember(conn, choice.people)
        runs.end(conn, run.id, results)
        tell_of_work(conn, actor.user_id, TOLD[True], name=run.title)


def _change(
    change: Callable[..., Deployment],
) -> Callable[[Task, Run, Actor, Teller], None]:
    """A deed that needs nothing but the name of the package."""

    def does(task: Task, run: Run, actor: Actor, teller: Teller) -> None:
        if teller.stage(_("Making the change"), COMPARED):
            change(task.db, actor, run.name, deployment_id=run.id, told=teller.change)
            failpoint("packages.after_change")
            _finish(task, run, actor, None, Choice())

    return does


_DEEDS: Mapping[Deed, Callable[[Task, Run, Actor, Teller], None]] = {
    Deed.INSTALL: _install,
    Deed.TAKE_BACK: _change(revert_package),
    Deed.REMOVE: _change(uninstall),
}


def _changed(run: Run, version: int) -> Problem:
    message = _(
        "The org has changed since you looked (version %(then)s, now %(now)s).",
        then=run.based_on, now=version,
    )  # fmt: skip
    return Problem("package.org_changed", (), message, _("Look at it again, then install."))


def _refuse(task: Task, run: Run, refusal: TrellisError) -> None:
    """Says why nothing was done."""
    problems = refusal.problems if isinstance(refusal, Rejected) else ()
    with task.finish() as conn:
        runs.refuse(conn, run.id, [str(one) for one in problems] or [str(refusal)])
        tell_of_work(conn, run.actor_id, TOLD[False], name=run.title)
