"""What only the environment says: where the settings, the data and the database are."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from provodka.foundation.i18n import marked

__all__ = ["Environment"]


class Environment(BaseSettings):
    """The process's environment, `PROVODKA_…`; read once, in the composition root."""

    model_config = SettingsConfigDict(env_prefix="PROVODKA_")

    config: Path = Field(Path("hub.yaml"), description=marked("Файл настроек"))
    home: Path = Field(Path(".provodka"), description=marked("Папка данных хаба"))
    database_url: str | None = Field(
        None, description=marked("Адрес PostgreSQL вместо встроенного")
    )

    def told(self) -> dict[str, str]:
        """The same, as variables for a process of the hub's own."""
        return {
            "PROVODKA_CONFIG": str(self.config),
            "PROVODKA_HOME": str(self.home),
            "PROVODKA_DATABASE_URL": self.database_url or "",
        }
