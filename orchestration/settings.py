"""Every setting of the product; each has an environment variable ``CREDIT_<NAME>``."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_FOLDER = Path(__file__).parents[1]


class Limits(BaseModel):
    """The limits of a delivered file (catalogue section 1, fault F06)."""

    model_config = ConfigDict(frozen=True)

    max_file_bytes: int = 200 * 1024**2
    max_inflated_bytes: int = 2 * 1024**3
    max_inflation_ratio: int = 200
    inflation_ratio_floor_bytes: int = 10 * 1024**2
    max_rows: int = 2_000_000
    max_columns: int = 200
    max_cell_characters: int = 32_767


class Parameters(BaseModel):
    """The parameters of the rules (marts.md, introduction); all enter the input digest."""

    model_config = ConfigDict(frozen=True)

    epidemic_start_date: date = date(2020, 1, 20)
    epidemic_end_date: date = date(2020, 12, 31)
    retention_years: int = Field(default=5, ge=1, le=200)
    report_working_days: int = Field(default=7, ge=1, le=1000)
    green_channel_working_days: int = Field(default=1, ge=1, le=1000)
    ordinary_repair_working_days: int = Field(default=10, ge=1, le=1000)
    serious_fine_yuan: Decimal = Field(default=Decimal(100_000), ge=Decimal("0.01"))
    model_version: str = "epidemic-2020.1"

    @model_validator(mode="after")
    def _period_is_ordered(self) -> Self:
        if self.epidemic_start_date > self.epidemic_end_date:
            raise ValueError("epidemic_start_date is after epidemic_end_date")
        return self


class Alerts(BaseModel):
    """Where alerts go; nothing set means nowhere but the log (docs/operations.md)."""

    model_config = ConfigDict(frozen=True)

    webhook_url: SecretStr | None = None
    smtp_host: str | None = None
    smtp_port: int = 25
    smtp_starttls: bool = False
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str = "credit@localhost"
    mail_to: tuple[str, ...] = ()
    timeout_seconds: float = 10


# A run then stays below 4 GiB at six million rows; the same in dbt's profiles.yml.
MEMORY_LIMIT = "3GB"


class Settings(BaseSettings):
    """Settings of a run. Command-line arguments win over the environment.

    Nested groups are set like ``CREDIT_LIMITS__MAX_ROWS`` and
    ``CREDIT_PARAMETERS__RETENTION_YEARS``.
    """

    model_config = SettingsConfigDict(
        env_prefix="CREDIT_",
        env_nested_delimiter="__",
        # The file of a secret that is not there gives an empty variable: that is none.
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    home: Path = Path(".credit/home")
    landing: Path | None = None
    # Folders in an object storage, s3://bucket/folder (docs/scaling.md); they may hold secrets.
    landing_source: SecretStr | None = None
    raw_store: SecretStr | None = None
    person_key: SecretStr | None = None
    limits: Limits = Field(default_factory=Limits)
    parameters: Parameters = Field(default_factory=Parameters)
    memory_limit: str = MEMORY_LIMIT
    threads: int | None = None
    # Processes of this machine that read deliveries, and Dagster's runs that do (docs/scaling.md).
    # None is as many as there are cores and memory for, where there is enough to read.
    ingest_workers: int | None = Field(default=None, ge=1)
    ingest_shares: int = Field(default=1, ge=1)

    # What builds the models: DuckDB in this process, or Spark (docs/operations.md).
    engine: Literal["duckdb", "spark"] = "duckdb"
    spark_master: str = "local[*]"
    spark_conf: dict[str, str] = {}

    removal_share: Decimal = Decimal("0.2")
    removal_minimum: int = 10
    keep_releases: int = 30
    grace_seconds: int = 3600
    gov_group: str | None = None

    # Around a release: its documents, its signature (PEM, or a path to it), lineage events.
    with_documents: bool = True
    with_site: bool = True
    site_stale_days: int = 7
    signing_key: SecretStr | None = None
    verify_key: str | None = None
    openlineage_url: str | None = None
    openlineage_api_key: SecretStr | None = None

    # Orchestration: Asia/Shanghai wall time; seconds; what Dagster keeps where.
    schedule_time: str = Field(default="02:30", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    automation: bool = False
    sensor_seconds: int = 60
    quiet_seconds: int = 300
    max_run_seconds: int = 4 * 3600
    first_delivery_date: date = date(2020, 1, 1)
    postgres_url: SecretStr | None = None
    alerts: Alerts = Field(default_factory=Alerts)

    @field_validator("person_key")
    @classmethod
    def _no_blank_key(cls, key: SecretStr | None) -> SecretStr | None:
        """A blank key is none: under it anyone could compute a person's key."""
        return key if key is not None and key.get_secret_value().strip() else None
