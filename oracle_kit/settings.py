"""Settings of one process, read once by whoever starts it from `ORACLE_*` variables and a TOML file."""

from __future__ import annotations

import os
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from oracle_kit.errors import ContentError, did_you_mean


def default_home() -> Path:
    """The folder for what Oracle keeps: ORACLE_HOME's default, under the user's data folder."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "oracle"


class Settings(BaseSettings):
    """Every setting; each is `ORACLE_<NAME>` in the environment or `<name>` in the TOML file `ORACLE_CONFIG`."""

    model_config = SettingsConfigDict(env_prefix="ORACLE_", frozen=True, extra="forbid")

    config: Path | None = Field(
        default=None, description="a TOML file with these settings; the environment wins"
    )
    home: Path = Field(
        default_factory=default_home, description="folder for the demo warehouse, state and secret"
    )
    warehouse_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the warehouse; unset: the demo on DuckDB, built at first use",
    )
    state_url: str | None = Field(
        default=None, description="SQLAlchemy URL of the state; unset: SQLite under home"
    )
    codebook: Path | None = Field(default=None, description="folder of templates; unset: those that ship")
    datasets: Path | None = Field(default=None, description="folder of datasets; unset: those that ship")
    evaluation: Path | None = Field(
        default=None,
        description="JSON Lines of prompts with gold SQL that synthesis keeps away from and is judged by; unset: none",
    )
    now: datetime | None = Field(
        default=None,
        description="fixed warehouse clock, ISO 8601, UTC; unset: the demo's own, else the real one",
    )
    secret: SecretStr | None = Field(
        default=None, description="HS256 secret; unset: made at first use under home"
    )
    jwks_url: str | None = Field(default=None, description="JWKS address for RS256 and ES256 tokens")
    issuer: str = Field(default="oracle", description="issuer that tokens must carry")
    audience: str = Field(default="oracle", description="audience that tokens must carry")
    prompt_limit: int = Field(default=20_000, ge=100, description="longest prompt, in characters")
    values_seconds: float = Field(
        default=300.0,
        gt=0,
        description="how long values read from the warehouse (cities, teams) may be known before a fresh look",
    )
    threads: int | None = Field(default=None, ge=1, description="statements at a time; unset: the core count")
    log: Literal["off", "json", "text"] = Field(
        default="off", description="one line per stage on standard error"
    )

    batch_items: int = Field(default=200_000, ge=1, description="most items of one batch")
    batch_bytes: int = Field(default=500_000_000, ge=1_000, description="largest batch, in bytes")
    batch_seconds: float = Field(default=600.0, gt=0, description="how long a batch may take to arrive")
    batch_threads: int = Field(default=8, ge=1, le=256, description="batch items at a time in this process")
    batch_days: float = Field(
        default=30.0, gt=0, description="how long payloads and results of batches are kept"
    )
    batch_lease_seconds: float = Field(
        default=15.0, ge=1, description="how long a worker may show no life before others do what it had"
    )
    batch_worker: bool = Field(
        default=True, description="whether the server runs batches itself; false: `oracle worker` does"
    )
    writeback_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL URL by which approved actions write to the warehouse; unset: none are carried out",
    )

    llm_policy: Path | None = Field(
        default=None,
        description="file that says which model provider is asked for what; unset: the one that ships",
    )

    root_path: str = Field(default="", description="site path that a proxy serves the application under")
    origins: tuple[str, ...] = Field(
        default=(), description="further origins (https://host) whose pages may write; a JSON list"
    )
    body_limit: int = Field(default=1_000_000, ge=1_000, description="largest request body, in bytes")
    body_seconds: float = Field(default=15.0, gt=0, description="how long a request body may take to arrive")
    request_seconds: float = Field(default=60.0, gt=0, description="how long a request may take in all")
    rate_per_minute: int = Field(
        default=600, ge=1, description="requests a minute that one caller may make of one server process"
    )
    rate_burst: int = Field(default=100, ge=1, description="requests at once that one caller may make")
    live_clients: int = Field(default=2_000, ge=1, description="live connections of one server process")

    @field_validator("now")
    @classmethod
    def _naive_utc(cls, value: datetime | None) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value and value.tzinfo else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment; the TOML file comes in through `read_settings`."""
        return init_settings, env_settings


def read_settings(**given: Any) -> Settings:
    """The settings in force: arguments, then the environment, then the TOML file; ContentError names a wrong one."""
    try:
        from_environment = Settings(**given)
        stored = _toml(from_environment.config)
        unset = {name: stored[name] for name in stored if name not in from_environment.model_fields_set}
        return Settings(**{**unset, **given}) if unset else from_environment
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0]) if fault["loc"] else "settings"
        hint = f"Set ORACLE_{name.upper()} or `{name}` in the TOML file to a valid value."
        raise ContentError(fault["msg"], field=name, hint=hint) from None


def _toml(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        stored = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ContentError(f"the settings file cannot be read: {error}", file=str(path)) from error
    for name in stored:
        if name not in Settings.model_fields:
            hint = did_you_mean(name, Settings.model_fields)
            raise ContentError(f"{name!r} is not a setting", file=str(path), field=name, hint=hint)
    return stored


def content_folder(kind: Literal["codebook", "datasets"], chosen: Path | None) -> Path:
    """The folder of content: the chosen one, else what the wheel carries, else the checkout's."""
    if chosen is not None:
        if not chosen.is_dir():
            raise ContentError(
                "this folder is not there", file=str(chosen), hint=f"Check ORACLE_{kind.upper()}."
            )
        return chosen
    packed = Path(__file__).parent / "content" / kind
    return packed if packed.is_dir() else Path(__file__).parent.parent / kind
