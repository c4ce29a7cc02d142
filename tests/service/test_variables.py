"""The table of environment variables."""

from dataclasses import fields

import pytest

from app import variables
from app.enrichment.config import EnrichmentSettings
from app.secrets.config import SecretsConfig
from app.settings import Settings


@pytest.mark.parametrize(
    ("group", "kind"),
    [("service", Settings), ("lookups", EnrichmentSettings), ("secrets", SecretsConfig)],
)
def test_group_fills_the_fields_of_its_settings(group: str, kind: type) -> None:
    assert [each.field for each in variables.group(group)] == [each.name for each in fields(kind)]


def test_values_of_a_variable_that_is_not_set_are_read_from_its_default() -> None:
    assert (
        variables.values("secrets", {"HUNT_SECRETS_SECONDS": ""}, vault_url=str)["seconds"] == 600
    )


def test_markdown_has_a_row_for_every_variable() -> None:
    rows = variables.as_markdown("lookups").splitlines()
    assert rows[4] == "| `HUNT_TI_SECONDS` | `20` | Longest time that a search waits. |"
    assert len(rows) == 2 + len(variables.group("lookups"))
