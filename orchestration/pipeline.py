"""A run: ingest, plan, build, audit, publish.

The steps are plain functions over one `Run`; Dagster's job calls the same steps in the same order
(orchestration.defs), and so does `execute` without it.
"""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from orchestration.catalogue import Catalogue, load_catalogue
from orchestration.engine import engine_config
from orchestration.errors import AuditRefused, CreditError, WrongArguments
from orchestration.home import Home
from orchestration.lineage.observer import OpenLineageObserver
from orchestration.marts import load_mart_tables
from orchestration.observer import RunObserver, observed
from orchestration.progress import Progress, Silent
from orchestration.publish.files import group_number
from orchestration.publish.store import ReleaseStore
from orchestration.settings import Settings
from orchestration.version import code_version

if TYPE_CHECKING:
    from concurrent.futures import Future

    from duckdb import DuckDBPyConnection

    from orchestration.audit import AuditResult
    from orchestration.build import BuildResult
    from orchestration.ingest.delivered import DeliveryFile
    from orchestration.ingest.ingest import IngestReport
    from orchestration.ingest.plan import BuildPlan
    from orchestration.publish.release import Content, Published

SHANGHAI = ZoneInfo("Asia/Shanghai")

# From here on the audit and the writing of the tables, side by side, end sooner.
ROWS_WORTH_A_THREAD = 200_000


def today() -> date:
    """The date in Shanghai: what a schedule calls today."""
    return datetime.now(SHANGHAI).date()


@dataclass
class Run:
    """One run over a home: what was asked, and what the steps found."""

    settings: Settings
    as_of: date | None = None
    approve_removals: str | None = None
    # Which deliveries are read now; None: all that are new.
    wanted: Callable[[DeliveryFile], bool] | None = None
    progress: Progress = field(default_factory=Silent)
    today: date = field(default_factory=today)
    catalogue: Catalogue = field(default_factory=load_catalogue)
    started: float = field(default_factory=time.monotonic)
    observer: RunObserver = field(default_factory=OpenLineageObserver)

    is_fetched: bool = False
    ingest_report: IngestReport | None = None
    plan: BuildPlan | None = None
    release_id: str | None = None
    built_at: datetime | None = None
    build_result: BuildResult | None = None
    audit_result: AuditResult | None = None
    # What was written while the audit judged, or why it could not be.
    content: Future[Content] | None = None
    published: Published | None = None

    @property
    def home(self) -> Home:
        """The home of the run, as an absolute path."""
        return Home(self.settings.home.absolute())

    @property
    def store(self) -> ReleaseStore:
        """The releases of the home."""
        return ReleaseStore(self.home)

    # ---------------------------------------------------------------- steps

    def check_arguments(self) -> None:
        """Refuse what cannot work before anything is begun or imported.

        Raises:
            WrongArguments: the landing zone is not there, real deliveries have no person key, the
                home was filled under another one, the machine has no such group as the gov product
                is for, or Spark is asked for and not installed.
        """
        from orchestration.ingest.raw import refuse_other_key

        group_number(self.settings.gov_group)
        if self.settings.person_key is not None:
            refuse_other_key(self.home.folder, self.settings.person_key.get_secret_value())
        if self.settings.engine == "spark":
            from orchestration.engines.spark import check_installation

            check_installation()
        landing, source = self.settings.landing, self.settings.landing_source
        if landing is None and source is not None:
            raise WrongArguments(
                "CREDIT_LANDING_SOURCE is brought into a folder: give --landing, too"
            )
        if landing is None and self.settings.raw_store is None:
            return
        if landing is not None and source is None and not landing.is_dir():
            raise WrongArguments(f"the landing zone {landing} is not there, or is no folder")
        if self.settings.person_key is None:
            raise WrongArguments(
                "CREDIT_PERSON_KEY is not set; real deliveries are only read with the person key"
            )

    def _is_given_rows(self) -> bool:
        """Whether others may have read what this run takes over: a raw store, or workers."""
        from orchestration.ingest.ledger import SEGMENTS
        from orchestration.ingest.raw import raw_folder

        if self.settings.raw_store is not None:
            return True
        # Without the key their readings are built from all the same, and wait to be taken over.
        has_segments = any(raw_folder(self.home.folder).glob(SEGMENTS))
        return has_segments and self.settings.person_key is not None

    def fetch(self) -> None:
        """Bring the landing zone up to its source, once in a run; tell which folders wait.

        Raises:
            Failure: the object storage does not answer, or the folder cannot be written.
        """
        from orchestration.ingest.landing import future_folders, future_line
        from orchestration.ingest.mirror import fetch_landing

        if self.is_fetched:
            return
        for warning in fetch_landing(self.settings):
            self.progress.note(warning)
        if self.settings.landing is not None:
            for folder in future_folders(self.settings.landing, self.today):
                self.progress.note(future_line(folder))
        self.is_fetched = True

    @observed
    def ingest(self) -> None:
        """Take what is new in the landing zone, and in the raw store, into the raw zone.

        Raises:
            WrongArguments: as `check_arguments`, or the home was filled under another person key.
            Failure: a file cannot be read for want of permission or a broken disk.
        """
        self.check_arguments()
        landing = self.settings.landing
        if landing is None and not self._is_given_rows():
            return
        from orchestration.ingest.ingest import ingest
        from orchestration.ingest.strays import marked

        self.progress.step("ingest", f"deliveries of {landing or 'others'}")
        self.fetch()
        with marked(self.home.folder):
            report = ingest(
                landing.absolute() if landing else None,
                self.home.folder,
                self.settings,
                self.catalogue,
                self.as_of or self.today,
                self.progress.count,
                self.wanted,
            )
        before = self.ingest_report.files if self.ingest_report else ()
        self.ingest_report = replace(report, files=(*before, *report.files))
        for warning in report.warnings:
            self.progress.note(warning)

    @observed
    def make_plan(self) -> BuildPlan | None:
        """Settle the as-of date and decide which files the build uses.

        None if no date was asked for and no delivery gives one: then there is nothing to do.
        """
        from orchestration.ingest.plan import plan

        home, parameters = self.home.folder, self.settings.parameters
        made = plan(home, self.as_of or self.today, self.catalogue, parameters)
        if self.as_of is None:
            newest = made.newest_delivery_date
            if newest is None:
                self.progress.note(f"no delivery up to {self.today}: there is nothing to publish")
                return None
            self.as_of = newest
            made = plan(home, newest, self.catalogue, parameters)
        self.plan = made
        return made

    def standing_release(self) -> str | None:
        """The newest release of the as-of date, if inputs and code are the same as now."""
        assert self.plan is not None and self.as_of is not None  # noqa: S101
        newest = self.store.newest_of(self.as_of)
        if newest is None or newest.state_digest != self.plan.state_digest:
            return None
        return newest.release_id if newest.code_version == code_version() else None

    @observed
    def build(self) -> None:
        """Prepare the build database and run dbt over it."""
        import duckdb

        from orchestration.build import build
        from orchestration.ingest.plan import prepare_database

        assert self.plan is not None and self.as_of is not None  # noqa: S101
        self.release_id = self.store.next_id(self.as_of)
        self.built_at = datetime.now(SHANGHAI).replace(tzinfo=None, microsecond=0)
        rows = sum(file.rows_loaded for file in self.plan.taken)
        self.progress.step("build", f"as of {self.as_of}, {rows:,} rows")
        database = self.home.build_database
        for path in (database, database.with_name(database.name + ".wal")):
            path.unlink(missing_ok=True)
        with duckdb.connect(str(database), config=self._engine_config()) as connection:
            prepare_database(
                connection,
                self.plan,
                release_id=self.release_id,
                built_at=self.built_at,
                code_version=code_version(),
            )
        if self.settings.engine == "spark":
            from orchestration.engines.spark import build_on_spark

            self.build_result = build_on_spark(
                self.home, self.plan, self.settings, self.progress.count
            )
            return
        self.build_result = build(
            self.home,
            memory_limit=self.settings.memory_limit,
            threads=self.settings.threads,
            progress=self.progress.count,
        )

    @observed
    def audit(self) -> None:
        """Judge the build before anyone sees it.

        Raises:
            AuditRefused: a rule, an expectation or the removal guard refuses the release.
        """
        from orchestration.audit import audit

        assert self.build_result is not None  # noqa: S101
        self.progress.step("audit")
        with self._content_meanwhile():
            self.audit_result = audit(
                self.home,
                self.build_result,
                previous=self.store.current() if self._may_become_current() else None,
                settings=self.settings,
                approve_removals=self.approve_removals,
                progress=self.progress.count,
            )
            if self.audit_result.refusals:
                raise AuditRefused(
                    f"the audit refuses the release: {self.audit_result.refusals[0]}"
                    + _and_more(len(self.audit_result.refusals) - 1)
                )

    @observed
    def publish(self) -> None:
        """Write the release and, if it may, let ``current`` point at it."""
        from orchestration.publish.release import ReleaseDraft, publish
        from orchestration.publish.signature import signing_key

        assert self.plan is not None and self.audit_result is not None  # noqa: S101
        assert self.release_id and self.built_at and self.as_of  # noqa: S101
        self.progress.step("publish", self.release_id)
        key = self.settings.signing_key
        draft = ReleaseDraft(
            release_id=self.release_id,
            as_of_date=self.as_of,
            built_at=self.built_at,
            code_version=code_version(),
            input_digest=self.plan.input_digest,
            state_digest=self.plan.state_digest,
            parameters=self.settings.parameters.model_dump(mode="json"),
            approvals=self._approvals(),
            audit=self.audit_result.summary(),
            gov_group=group_number(self.settings.gov_group),
            parts=self._parts(),
            signing_key=signing_key(key.get_secret_value()) if key else None,
        )
        self.published = publish(self.store, self._written_content(), draft)
        self.store.retire(self.settings.keep_releases, self.settings.grace_seconds)

    @observed
    def adopt(self, release_id: str) -> None:
        """Nothing new: ``current`` goes where it belongs, and what was retired long ago goes."""
        from orchestration.publish.release import make_current

        self.release_id = release_id
        self.published = make_current(self.store, self.store.manifest(release_id), is_new=False)
        self.store.retire(self.settings.keep_releases, self.settings.grace_seconds)

    # -------------------------------------------------------------- details

    @contextmanager
    def _content_meanwhile(self) -> Iterator[None]:
        """Write the release's tables while the block judges them; if it raises, they are removed.

        The audit thinks on one core and waits for one; where there are few rows, a thread costs
        more than it brings.
        """
        from orchestration.publish.meanwhile import written_meanwhile
        from orchestration.publish.release import discard_content

        assert self.plan is not None and self.release_id  # noqa: S101
        if sum(file.rows_loaded for file in self.plan.taken) < ROWS_WORTH_A_THREAD:
            yield
            return
        try:
            with (
                self._reading_build() as connection,
                written_meanwhile(connection, partial(self._write_content, connection)) as content,
            ):
                yield
        except BaseException:
            discard_content(self.store, self.release_id)
            raise
        self.content = content

    def _written_content(self) -> Content:
        content, self.content = self.content, None  # a second try writes it anew
        if content is not None:
            return content.result()
        with self._reading_build() as connection:
            return self._write_content(connection, self.progress.count)

    def _write_content(
        self, connection: DuckDBPyConnection, progress: Callable[[str, int, int], None]
    ) -> Content:
        from orchestration.publish.release import write_content

        assert self.release_id and self.as_of  # noqa: S101
        return write_content(
            self.store, connection, load_mart_tables(), self.release_id, self.as_of, progress
        )

    def _reading_build(self) -> DuckDBPyConnection:
        import duckdb

        return duckdb.connect(
            str(self.home.build_database), read_only=True, config=self._engine_config()
        )

    def _parts(self) -> tuple[Callable[[Path], None], ...]:
        """What a release holds besides its tables: the audit's report, documents, the site."""
        from orchestration.publish.release import copy_into

        assert self.audit_result is not None  # noqa: S101
        assert self.release_id and self.as_of  # noqa: S101
        parts = [copy_into(self.audit_result.report_folder, "quality")]
        if self.settings.with_documents:
            from orchestration.documents import documents

            parts.append(documents(self.home, self.release_id, self.as_of))
        if self.settings.with_site:
            from orchestration.site import site

            parts.append(site(self.store, self.settings))
        return tuple(parts)

    def _approvals(self) -> tuple[dict[str, Any], ...]:
        assert self.audit_result is not None  # noqa: S101
        if self.approve_removals is None or not self.audit_result.approved:
            return ()
        return (
            {
                "kind": "removals",
                "reason": self.approve_removals,
                "user": user_name(),
                "approved": list(self.audit_result.approved),
            },
        )

    def _may_become_current(self) -> bool:
        """A release for an older date than the current one's is no step back of the lists."""
        current = self.store.current()
        assert self.as_of is not None  # noqa: S101
        return current is None or current[1].as_of_date <= self.as_of

    def _engine_config(self) -> dict[str, Any]:
        settings = self.settings
        return engine_config(settings.memory_limit, self.home.spill, settings.threads)

    def report(self, error: CreditError | None = None) -> dict[str, Any]:
        """The outcome as interface.md has it for ``--json``."""
        tables: dict[str, int] = {}
        if self.published is not None:
            tables = {entry.label: entry.rows for entry in self.published.manifest.tables}
        refusals = list(self.audit_result.refusals) if self.audit_result else []
        return {
            "status": self._status(error),
            "release_id": self.published.manifest.release_id if self.published else None,
            "as_of_date": self.as_of.isoformat() if self.as_of else None,
            "is_current": self.published.is_current if self.published else False,
            "files": self._file_counts(),
            "rows": self._row_counts(),
            "tables": tables,
            "refusals": refusals,
            "error": str(error) if error else None,
            "seconds": round(time.monotonic() - self.started, 2),
        }

    def _file_counts(self) -> dict[str, int]:
        """Files up to the as-of date: taken, refused for a fault, skipped as delivered before."""
        faults = [file.fault for file in self.plan.files] if self.plan else []
        return {
            "taken": faults.count(None),
            "refused": len(faults) - faults.count(None) - faults.count("F00"),
            "skipped": faults.count("F00"),
        }

    def _row_counts(self) -> dict[str, int]:
        """Rows of the files taken, by their fate."""
        taken = self.plan.taken if self.plan else ()
        return {
            "delivered": sum(file.rows_delivered for file in taken),
            "loaded": sum(file.rows_loaded for file in taken),
            "quarantined": sum(file.rows_quarantined for file in taken),
            "dropped": sum(file.rows_dropped for file in taken),
        }

    def _status(self, error: CreditError | None) -> str:
        if isinstance(error, AuditRefused):
            return "refused"
        if error is not None:
            return "failed"
        if self.published is None:
            return "nothing_to_do"
        return "published" if self.published.is_new else "unchanged"


def _and_more(count: int) -> str:
    return f" (and {count} more)" if count > 0 else ""


def user_name() -> str:
    """Who runs this; the number where the machine knows no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def execute(run: Run) -> None:
    """Every step in order, while the home is held."""
    run.check_arguments()
    with run.home.held():
        run.store.sweep()
        run.ingest()
        if run.make_plan() is None:
            return
        standing = run.standing_release()
        if standing is not None:
            run.adopt(standing)
            return
        run.build()
        run.audit()
        run.publish()
