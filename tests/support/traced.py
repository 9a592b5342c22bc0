"""Contracts compiled in every way that solc has, and what ran when they failed."""

from functools import cache
from pathlib import Path

from ingot.abi import Function, encode
from ingot.artifacts.files import artifact_of
from ingot.compile.solc import Resolver, Settings
from ingot.engine import RECORD_STEPS, keccak256
from ingot.trace import Programs, Steps, compilation_of, unwind

ROOT = Path(__file__).parents[2]
CONTRACTS = (ROOT / "plugins/ape-ingot/tests/sources/contracts", ROOT / "tests/unit/trace/contracts")

MINIMAL = {
    **dict.fromkeys(("peephole", "inliner", "jumpdestRemover", "orderLiterals", "deduplicate", "cse"), False),
    "constantOptimizer": False,
    "yul": True,
    "yulDetails": {"stackAllocation": True, "optimizerSteps": "u"},
}
WAYS = {
    "plain": {"optimizer": {"enabled": False}},
    "optimized": {"optimizer": {"enabled": True, "runs": 200}},
    "via_ir": {"viaIR": True, "optimizer": {"enabled": False}},
    "minimal via_ir": {"viaIR": True, "optimizer": {"enabled": True, "details": MINIMAL}},
}


@cache
def _compiled(way):
    paths = [path for folder in CONTRACTS for path in sorted(folder.glob("*.sol"))]
    selection = {"*": {"": ["ast"], "*": ["abi", "evm.bytecode", "evm.deployedBytecode"]}}
    standard_json = {
        "language": "Solidity",
        "sources": {f"contracts/{path.name}": {"content": path.read_text()} for path in paths},
        "settings": {**WAYS[way], "evmVersion": "cancun", "outputSelection": selection},
    }
    solc = Resolver(Settings.from_environment(project=ROOT, explicit=None)).resolve("0.8.37")
    output = solc.compile(standard_json)
    trees = {unit: source["ast"] for unit, source in output["sources"].items()}
    compilation = compilation_of(standard_json, output["sources"], trees)
    artifacts = {
        name: artifact_of(unit, name, printed)
        for unit, of_unit in output["contracts"].items()
        for name, printed in of_unit.items()
    }
    made = [
        compilation.program(artifact, is_creation=is_creation)
        for artifact in artifacts.values()
        for is_creation in (True, False)
    ]
    return artifacts, Programs(made, {unit.name: unit for unit in compilation.units.values()})


class Traced:
    """Contracts that were compiled in one way, on a chain."""

    def __init__(self, way, chain):
        self.artifacts, self.programs = _compiled(way)
        self.engine = chain.engine
        self.sender = chain.accounts[0].address

    def deploy(self, name, types=(), values=()):
        sent = self.engine.send(sender=self.sender, data=self.initcode(name, types, values))
        assert sent.outcome.succeeded
        return sent.outcome.contract_address

    def initcode(self, name, types=(), values=()):
        return self.artifacts[name].initcode + encode(list(types), list(values))

    def call(self, to, signature, *values, recording=RECORD_STEPS, **terms):
        data = Function(f"function {signature}").encode(values)
        return self.engine.call(sender=self.sender, to=to, data=data, recording=recording, **terms)

    def steps(self, outcome):
        frames = outcome.recording.frames

        def find(frame):
            if frame.kind.startswith("CREATE"):
                return self.programs.find(frame.code_hash, frame.input, is_creation=True)
            code = bytes(self.engine.code(frame.code_address))
            made = (one.output for one in frames if one.kind.startswith("CREATE"))
            code = next((one for one in (code, *made) if keccak256(one) == frame.code_hash), b"")
            return self.programs.find(frame.code_hash, code)

        return Steps(outcome.recording, find)

    def running(self, outcome):
        """(function, line) of all that had not returned, outermost first."""
        assert not outcome.succeeded
        return [(one.function.name, one.place.line) for one in unwind(self.steps(outcome))]
