"""Nothing public without documentation: names, commands, options, pytest options, fixtures. And no dead links."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import ingot
from ingot.cli import COMMANDS
from ingot.testing import fixtures

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("**/*.md"))
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
CODE = set(
    re.findall(
        r"[A-Za-z_][A-Za-z0-9_]*",
        " ".join(re.findall(r"`[^`]+`|^    .*$|```.*?```", TEXT, re.MULTILINE | re.DOTALL)),
    )
)


def options_of(command: str) -> Iterator[str]:
    """The long options of a command and of its subcommands."""
    module = import_module(f"ingot.cli.{command.replace('-', '_')}")
    parser = argparse.ArgumentParser(prog=command)
    module.add_arguments(parser)
    waiting = [parser]
    while waiting:
        for action in waiting.pop()._actions:
            if isinstance(action, argparse._SubParsersAction):
                waiting.extend(action.choices.values())
            yield from (
                option for option in action.option_strings if option.startswith("--") and option != "--help"
            )


@pytest.mark.parametrize("name", sorted(ingot.__all__))
def test_a_public_name_is_documented(name: str) -> None:
    assert name in CODE, f"ingot.{name} is public: write about it in docs/, as code"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_and_its_options_are_documented(command: str) -> None:
    assert f"ingot {command}" in TEXT, f"write about `ingot {command}` in docs/"
    missing = [option for option in options_of(command) if not re.search(rf"{option}(?![\w-])", TEXT)]
    assert not missing, f"write about these options of `ingot {command}` in docs/"


def test_pytest_options_and_fixtures_are_documented() -> None:
    source = (ROOT / "src/ingot/testing/plugin.py").read_text(encoding="utf-8")
    options = re.findall(r'"(--ingot-[a-z-]+)"', source)
    assert options
    names = [name for name in ("project", "chain", "accounts", "networks") if hasattr(fixtures, name)] + [
        "Contract"
    ]
    assert len(names) == 5
    page = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
    assert not [word for word in (*options, *names) if f"`{word}`" not in page]


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES], ids=lambda page: page.name
)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]+`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    dead = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert not dead


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_readme_leads_to_every_page(page: Path) -> None:
    assert f"({page.relative_to(ROOT)})" in (ROOT / "README.md").read_text(encoding="utf-8")
