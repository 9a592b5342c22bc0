"""Where imports lead: remappings, node_modules, lib, dependencies; and what is said when they lead nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingot.compile.remapping import absolute_import, apply_remappings
from ingot.config import parse_remapping
from ingot.errors import CompileError

LIBRARY = "library L {}\n"


def remapped(path: str, *remappings: str, importer: str = "contracts/A.sol") -> str:
    return apply_remappings([parse_remapping(text) for text in remappings], path, importer)


@pytest.mark.parametrize(
    ("path", "importer", "unit"),
    [
        ("./b.sol", "contracts/a.sol", "contracts/b.sol"),
        ("../b.sol", "contracts/a.sol", "b.sol"),
        ("../../../b.sol", "contracts/a.sol", "b.sol"),
        ("./x/../b.sol", "contracts/a.sol", "contracts/b.sol"),
        (".//b.sol", "contracts/a.sol", "contracts/b.sol"),
        ("./b.sol", "a.sol", "b.sol"),
        ("b.sol", "contracts/a.sol", "b.sol"),
        ("x/../b.sol", "contracts/a.sol", "x/../b.sol"),
        ("./b.sol", "/abs/a.sol", "/abs/b.sol"),
    ],
)
def test_relative_imports_as_solc_resolves_them(path: str, importer: str, unit: str) -> None:
    assert absolute_import(path, importer) == unit


def test_the_longest_context_then_the_longest_prefix_then_the_last_wins() -> None:
    assert remapped("@oz/a.sol", "@oz/=one/", "@oz/=two/") == "two/a.sol"
    assert remapped("@oz/x/a.sol", "@oz/x/=long/", "@oz/=short/") == "long/a.sol"
    assert remapped("@oz/x/a.sol", "contracts/:@oz/=inside/", "@oz/x/=long/") == "inside/x/a.sol"
    assert remapped("@oz/a.sol", "other/:@oz/=inside/") == "@oz/a.sol"


def units(build: Any) -> set[str]:
    return set(build.state.units)


def sent(workspace: Any) -> dict[str, Any]:
    """The last input of the compiler, whose imports must all lead to its sources by solc's own rules."""
    standard_json: dict[str, Any] = workspace.compilers.calls[-1]
    from ingot.compile.scanning import scan

    remappings = [parse_remapping(text) for text in standard_json["settings"]["remappings"]]
    for unit, source in standard_json["sources"].items():
        for found in scan(source["content"].encode()).imports:
            target = apply_remappings(remappings, absolute_import(found.path, unit), unit)
            assert target in standard_json["sources"], (unit, found.path, target)
    return standard_json


def test_node_modules_need_no_remapping(workspace: Any) -> None:
    workspace.write("node_modules/@openzeppelin/contracts/L.sol", LIBRARY)
    workspace.contract("A", "@openzeppelin/contracts/L.sol")
    build = workspace.compile()
    assert units(build) == {"contracts/A.sol", "@openzeppelin/contracts/L.sol"}
    assert sent(workspace)["settings"]["remappings"] == []
    assert [entry.qualified_name for entry in build.artifacts.own] == ["contracts/A.sol:A"]
    assert build.artifacts["L"].source == "@openzeppelin/contracts/L.sol"


def test_node_modules_above_the_project_count_as_for_node(workspace: Any) -> None:
    (workspace.root.parent / "node_modules" / "pkg").mkdir(parents=True)
    (workspace.root.parent / "node_modules" / "pkg" / "L.sol").write_text("library L {}\n")
    workspace.contract("A", "pkg/L.sol")
    assert "pkg/L.sol" in units(workspace.compile())
    # A nearer one that appears later wins.
    workspace.write("node_modules/pkg/L.sol", "library Nearer {}\n")
    assert "Nearer" in workspace.compile().artifacts


def test_a_package_in_a_package_keeps_its_own_version(workspace: Any) -> None:
    workspace.write("node_modules/dep/L.sol", "library New {}\n")
    workspace.write("node_modules/user/node_modules/dep/L.sol", "library Old {}\n")
    workspace.write("node_modules/user/src/U.sol", 'import "dep/L.sol";\nlibrary U {}\n')
    workspace.contract("A", "dep/L.sol", "user/src/U.sol")
    assert units(workspace.compile()) == {
        "contracts/A.sol",
        "dep/L.sol",
        "user/src/U.sol",
        "node_modules/user/node_modules/dep/L.sol",
    }
    assert sent(workspace)["settings"]["remappings"] == ["user/:dep/=node_modules/user/node_modules/dep/"]


def test_linked_packages_find_their_neighbours(workspace: Any) -> None:
    """As pnpm lays them out."""
    store = "node_modules/.pnpm/user@1/node_modules"
    workspace.write(f"{store}/user/U.sol", 'import "dep/L.sol";\nlibrary U {}\n')
    workspace.write(f"{store}/dep/L.sol", LIBRARY)
    (workspace.root / "node_modules" / "user").symlink_to(".pnpm/user@1/node_modules/user")
    workspace.contract("A", "user/U.sol")
    assert f"{store}/dep/L.sol" in units(workspace.compile())
    sent(workspace)


def test_remappings_of_the_configuration_and_of_remappings_txt(workspace: Any) -> None:
    workspace.write("vendor/oz/L.sol", LIBRARY)
    workspace.write("vendor/two/M.sol", "library M {}\n")
    workspace.write(
        "ape-config.yaml",
        'name: sample\nsolidity:\n  import_remapping:\n    - "@oz=vendor/oz"\n    - two/=vendor/two\n',
    )
    workspace.write("remappings.txt", "# a comment\n\n@oz/=nowhere/\nthree/=vendor/two/\n")
    workspace.contract("A", "@oz/L.sol", "two/M.sol", "three/M.sol")
    assert units(workspace.compile()) == {"contracts/A.sol", "vendor/oz/L.sol", "vendor/two/M.sol"}
    assert "two/=vendor/two/" in sent(workspace)["settings"]["remappings"]


def test_lib_is_detected_as_forge_does(workspace: Any) -> None:
    workspace.write("lib/solmate/src/tokens/L.sol", LIBRARY)
    workspace.write("lib/oz/contracts/M.sol", 'import "inner/N.sol";\nlibrary M {}\n')
    workspace.write("lib/oz/remappings.txt", "@oz/contracts/=contracts/\ninner/=lib/inner/src/\n")
    workspace.write("lib/oz/lib/inner/src/N.sol", "library N {}\n")
    workspace.contract("A", "solmate/tokens/L.sol", "@oz/contracts/M.sol", "oz/M.sol")
    assert units(workspace.compile()) == {
        "contracts/A.sol",
        "lib/solmate/src/tokens/L.sol",
        "lib/oz/contracts/M.sol",
        "lib/oz/lib/inner/src/N.sol",
    }
    sent(workspace)
    # A remapping that is written wins over the detected one.
    workspace.write("remappings.txt", "solmate/=vendor/\n")
    workspace.write("vendor/tokens/L.sol", "library Mine {}\n")
    assert "Mine" in workspace.compile().artifacts


def test_imports_may_start_in_the_contracts_folder_as_in_ape(workspace: Any) -> None:
    workspace.write("contracts/interfaces/I.sol", "contract I {}\n")
    workspace.contract("A", "interfaces/I.sol", "./interfaces/I.sol")
    build = workspace.compile()
    assert units(build) == {"contracts/A.sol", "contracts/interfaces/I.sol"}
    sent(workspace)


def test_dependencies_by_name(workspace: Any) -> None:
    workspace.write(
        "ape-config.yaml",
        "name: sample\ndependencies:\n  - {name: shared, local: ../shared}\n"
        'solidity:\n  import_remapping:\n    - "@legacy=shared/1.0"\n',
    )
    other = workspace.root.parent / "shared" / "contracts" / "deep"
    other.mkdir(parents=True)
    (other / "L.sol").write_text("library L {}\n")
    workspace.contract("A", "shared/deep/L.sol", "@shared/contracts/deep/L.sol", "@legacy/deep/L.sol")
    build = workspace.compile()
    assert len(units(build)) == 2
    assert build.artifacts["L"].source == (other / "L.sol").as_posix()
    sent(workspace)
    (other / "L.sol").write_text("library Changed {}\n")
    assert "Changed" in workspace.compile().artifacts


def test_circular_imports_are_legal(workspace: Any) -> None:
    workspace.contract("A", "./B.sol")
    workspace.contract("B", "./C.sol")
    workspace.contract("C", "./A.sol", "./C.sol")
    assert workspace.compile().compiled == ("contracts/A.sol", "contracts/B.sol", "contracts/C.sol")
    workspace.contract("B", "./C.sol", body="uint x;")
    assert len(workspace.compile().compiled) == 3


def problem(workspace: Any) -> str:
    with pytest.raises(CompileError) as raised:
        workspace.compile()
    assert not workspace.compilers.calls
    return str(raised.value)


def test_a_missing_package_is_shown_where_it_is_imported_with_the_command(workspace: Any) -> None:
    workspace.contract("A", "@openzeppelin/contracts/L.sol")
    text = problem(workspace)
    assert 'contracts/A.sol:3:9: error: there is no file for import "@openzeppelin/contracts/L.sol"' in text
    assert '3 | import "@openzeppelin/contracts/L.sol";' in text
    assert "looked for @openzeppelin/contracts/L.sol, node_modules/@openzeppelin/contracts/L.sol" in text
    assert "run `npm install @openzeppelin/contracts`" in text


def test_a_missing_dependency_that_is_named_needs_an_install(workspace: Any) -> None:
    workspace.write(
        "ape-config.yaml", 'dependencies:\n  - {name: oz, npm: "@openzeppelin/contracts", version: 5.0.0}\n'
    )
    workspace.contract("A", "@openzeppelin/contracts/L.sol")
    assert "the configuration names oz: run `ingot install`" in problem(workspace)


def test_a_misspelt_relative_import_names_the_nearest(workspace: Any) -> None:
    workspace.contract("Token")
    workspace.contract("A", "./Tokne.sol")
    text = problem(workspace)
    assert '"./Tokne.sol" (that is contracts/Tokne.sol)' in text
    assert "did you mean contracts/Token.sol?" in text


def test_a_missing_import_of_a_dependency_names_the_dependency(workspace: Any) -> None:
    workspace.write("node_modules/pkg/L.sol", 'import "./gone/M.sol";\n')
    workspace.contract("A", "pkg/L.sol")
    text = problem(workspace)
    assert "pkg/L.sol:3:9: error" in text
    assert "there is no folder pkg/gone" in text


def test_an_import_that_leaves_the_project_says_what_it_became(workspace: Any) -> None:
    (workspace.root.parent / "out.sol").write_text("")
    workspace.contract("A", "../../out.sol")
    assert '"../../out.sol" (that is out.sol)' in problem(workspace)


def test_all_missing_imports_are_shown_at_once(workspace: Any) -> None:
    workspace.contract("A", "./X.sol", "./Y.sol")
    workspace.contract("B", "./Z.sol")
    assert "compiling failed with 3 errors" in problem(workspace)


def test_patterns_do_not_stumble_over_another_files_missing_import(workspace: Any) -> None:
    workspace.contract("A", "./X.sol")
    workspace.contract("B")
    assert workspace.compile("B").compiled == ("contracts/B.sol",)
    with pytest.raises(CompileError, match=r"X\.sol"):
        workspace.compile("A")


def test_a_missing_import_that_appears_is_compiled(workspace: Any) -> None:
    workspace.contract("A", "./B.sol")
    problem(workspace)
    workspace.contract("B")
    assert len(workspace.compile().compiled) == 2


def test_a_file_imported_by_two_names_is_one_contract_each(workspace: Any) -> None:
    """As for solc: another name is another source unit."""
    workspace.write("node_modules/pkg/L.sol", LIBRARY)
    workspace.contract("A", "pkg/L.sol", "../node_modules/pkg/L.sol")
    build = workspace.compile()
    assert json.dumps(sorted(build.artifacts)) == json.dumps(
        ["contracts/A.sol:A", "node_modules/pkg/L.sol:L", "pkg/L.sol:L"]
    )


def test_spaces_and_unicode_in_paths(workspace: Any, tmp_path: Path) -> None:
    root = tmp_path / "ein Projekt – 日本"
    workspace.root.rename(root)
    workspace.root = root
    workspace.contract("mit Platz/Ünï", body="")
    workspace.write("contracts/B.sol", 'import "./mit Platz/Ünï.sol";\ncontract B {}\n')
    build = workspace.compile()
    assert "contracts/mit Platz/Ünï.sol" in units(build)
    assert build.artifacts["B"].name == "B"
    assert workspace.compile().compiled == ()
