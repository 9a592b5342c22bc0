"""Which compiler: pragmas, pins, what is at hand."""

from __future__ import annotations

from typing import Any

import pytest

from ingot.errors import CompileError, ConfigError


def source(workspace: Any, name: str, pragma: str, *imports: str) -> None:
    lines = "".join(f'import "{path}";\n' for path in imports)
    workspace.write(f"contracts/{name}.sol", f"{lines}contract {name} {{}}\n", header=f"{pragma}\n")


def test_the_newest_at_hand_is_preferred_to_newer_ones(workspace: Any) -> None:
    source(workspace, "A", "pragma solidity ^0.8.0;")
    assert workspace.compile().releases == ["0.8.24"]


def test_the_newest_obtainable_where_none_at_hand_will_do(workspace: Any) -> None:
    source(workspace, "A", "pragma solidity >=0.6.0 <0.8.0;")
    assert workspace.compile().releases == ["0.7.6"]


def test_all_pragmas_of_the_closure_count(workspace: Any) -> None:
    source(workspace, "A", "pragma solidity ^0.8.0;\npragma solidity <0.8.23;", "./B.sol")
    source(workspace, "B", "pragma solidity >=0.8.4;")
    build = workspace.compile()
    assert {name: output.release for name, output in build.state.outputs.items()} == {
        "contracts/A.sol": "0.8.20",
        "contracts/B.sol": "0.8.24",
    }


def test_an_exact_pragma_needs_no_list_of_versions(workspace: Any) -> None:
    source(workspace, "A", "pragma solidity 0.8.13;")
    assert workspace.compile().releases == ["0.8.13"]


def test_no_pragma_takes_the_newest_at_hand(workspace: Any) -> None:
    source(workspace, "A", "")
    assert workspace.compile().releases == ["0.8.24"]


def test_the_configuration_pins(workspace: Any) -> None:
    workspace.write("ape-config.yaml", "solidity:\n  version: 0.8.21\n")
    source(workspace, "A", "pragma solidity ^0.8.0;")
    assert workspace.compile().releases == ["0.8.21"]
    workspace.write("ape-config.yaml", 'solidity:\n  version: ">=0.8.0,<0.8.24"\n')
    assert workspace.compile().releases == ["0.8.20"]


def test_a_pin_for_a_pattern(workspace: Any) -> None:
    overrides = '  overrides:\n    - files: ["contracts/B*", "contracts/old/*"]\n      version: 0.8.20\n'
    workspace.write("ape-config.yaml", f"solidity:\n  version: 0.8.24\n{overrides}")
    source(workspace, "A", "pragma solidity ^0.8.0;")
    source(workspace, "B", "pragma solidity ^0.8.0;")
    source(workspace, "old/C", "pragma solidity ^0.8.0;".replace("C", "C"))
    build = workspace.compile()
    assert [build.state.outputs[f"contracts/{name}.sol"].release for name in ("A", "B", "old/C")] == [
        "0.8.24",
        "0.8.20",
        "0.8.20",
    ]


def test_contradicting_pragmas_are_a_table_of_who_asks_for_what(workspace: Any) -> None:
    source(workspace, "A", "pragma solidity ^0.8.0;", "./B.sol")
    source(workspace, "B", "// old\npragma solidity >=0.6.0 <0.8.0;")
    with pytest.raises(CompileError) as raised:
        workspace.compile()
    assert str(raised.value).splitlines() == [
        "no version of solc satisfies them all:",
        "  ^0.8.0          newest 0.8.30    contracts/A.sol:1",
        "  >=0.6.0 <0.8.0  newest 0.7.6     contracts/B.sol:2",
        "Change a pragma (or `solidity.version`), or use another version of the dependency.",
    ]


def test_a_pin_against_a_pragma_is_in_the_table(workspace: Any) -> None:
    workspace.write("ape-config.yaml", "solidity:\n  version: 0.8.20\n")
    source(workspace, "A", "pragma solidity ^0.8.22;")
    with pytest.raises(
        CompileError, match=r"0\.8\.20 +newest 0\.8\.20 +the configuration \(solidity\.version\)"
    ):
        workspace.compile()


def test_a_version_that_nobody_has(workspace: Any) -> None:
    source(workspace, "A", "pragma solidity ^0.9.0;")
    with pytest.raises(
        CompileError, match=r"no solc within reach that satisfies it:\n  \^0\.9\.0  no such solc"
    ):
        workspace.compile()


def test_a_pragma_that_is_no_range_names_its_place(workspace: Any) -> None:
    source(workspace, "A", "\npragma solidity soon;")
    with pytest.raises(ConfigError, match=r"contracts/A\.sol:2: 'soon' is no version range"):
        workspace.compile()


@pytest.mark.parametrize(
    ("pragma", "fault"),
    [("=0.8.20", "may clear the wrong storage"), ("=0.8.36", "may spill"), ("=0.8.37", "")],
)
def test_via_ir_of_a_faulty_compiler_is_warned_about(workspace: Any, pragma: str, fault: str) -> None:
    workspace.write("ape-config.yaml", "solidity:\n  via_ir: true\n")
    source(workspace, "A", f"pragma solidity {pragma};")
    messages = [diagnostic.message for diagnostic in workspace.compile().fresh]
    assert bool(messages) == bool(fault)
    assert all(fault in message and "use 0.8.37 or later" in message for message in messages)
    assert workspace.compile(force=True).fresh == ()


def test_configured_libraries_must_be_there_and_be_meant(workspace: Any) -> None:
    address = "0x" + "00" * 19 + "aa"
    source(workspace, "A", "pragma solidity ^0.8.0;")
    workspace.write("contracts/M.sol", "library Math {}\n")
    workspace.write("ape-config.yaml", f'solidity: {{libraries: {{Maths: "{address}"}}}}\n')
    with pytest.raises(ConfigError, match=r"no source has the library Maths \(did you mean 'Math'\?\)"):
        workspace.compile()
    workspace.write("ape-config.yaml", f'solidity: {{libraries: {{Math: "{address}"}}}}\n')
    workspace.compile()
    linked = {
        unit: call["settings"].get("libraries")
        for call in workspace.compilers.calls
        for unit in call["sources"]
    }
    assert linked == {"contracts/A.sol": None, "contracts/M.sol": {"contracts/M.sol": {"Math": address}}}
    workspace.write("contracts/N.sol", "library Math {}\n")
    with pytest.raises(
        ConfigError, match=r"Math may be contracts/M\.sol:Math, contracts/N\.sol:Math: write which one"
    ):
        workspace.compile()
