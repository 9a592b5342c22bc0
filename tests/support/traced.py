"""Contracts compiled in every way that solc has, and what ran when they failed."""

from functools import cache
from pathlib import Path

from ingot.abi import Function, encode
from ingot.artifacts.files import artifact_of
from ingot.compile.solc import Resolver, Settings
from ingot.engine import RECORD_STEPS, RECORD_TAILS, keccak256
from ingot.trace import (
    Programs,
    Repetition,
    Steps,
    compilation_of,
    plain_settings,
    plain_steps,
    unwind,
)

ROOT = Path(__file__).parents[2]
CONTRACTS = (ROOT / "plugins/ape-ingot/tests/sources/contracts", ROOT / "tests/unit/trace/contracts")

WAYS = {
    "plain": {"optimizer": {"enabled": False}},
    "optimized": {"optimizer": {"enabled": True, "runs": 200}},
    "via_ir": {"viaIR": True, "optimizer": {"enabled": False}},
    "minimal via_ir": plain_settings({"viaIR": True}),
    "optimized via_ir": {"viaIR": True, "optimizer": {"enabled": True, "runs": 200}},
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

        self._again = None

    def deploy(self, name, types=(), values=()):
        sent = self.engine.send(sender=self.sender, data=self.initcode(name, types, values))
        assert sent.outcome.succeeded
        return sent.outcome.contract_address

    def initcode(self, name, types=(), values=()):
        return self.artifacts[name].initcode + encode(list(types), list(values))

    def call(self, to, signature, *values, recording=RECORD_STEPS, **terms):
        data = Function(f"function {signature}").encode(values)
        return self.run(recording, to=to, data=data, **terms)

    def run(self, recording=RECORD_STEPS, **terms):
        self._again = Repetition(self.engine, terms={"sender": self.sender, **terms})
        return self._again(recording)

    def send(self, to, signature, *values):
        """What a transaction has done, replayed with its steps."""
        data = Function(f"function {signature}").encode(values)
        self._again = Repetition(self.engine, self.engine.send(sender=self.sender, to=to, data=data))
        return self._again(RECORD_STEPS)

    def steps(self, outcome):
        """Of the last call; if the optimizer has lost where code comes from, with plain code."""
        frames = outcome.recording.frames
        return plain_steps(
            Steps(outcome.recording, lambda frame: self._find(frame, frames)),
            self._again,
            range(len(frames)),
            recording=RECORD_STEPS if outcome.recording.step_count else RECORD_TAILS,
            code_of=self._code_of,
            plain_of=self._plain.like,
            find=self._find,
        )

    @property
    def _plain(self):
        return _compiled("minimal via_ir")[1]

    def _code_of(self, frame):
        code = bytes(self.engine.code(frame.code_address))
        return code if keccak256(code) == frame.code_hash else b""

    def _find(self, frame, among):
        if frame.kind.startswith("CREATE"):
            code, terms = frame.input, {"is_creation": True}
        else:
            made = (one.output for one in among if one.kind.startswith("CREATE"))
            ran = (one for one in (self._code_of(frame), *made) if keccak256(one) == frame.code_hash)
            code, terms = next(ran, b""), {}
        found = self.programs.find(frame.code_hash, code, **terms)
        return found or self._plain.find(frame.code_hash, code, **terms)

    def running(self, outcome):
        """(function, line) of all that had not returned, outermost first."""
        assert not outcome.succeeded
        return [(one.function.name, one.place.line) for one in unwind(self.steps(outcome))]
