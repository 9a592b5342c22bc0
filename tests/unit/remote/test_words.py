"""What nodes say of failures and refusals, each in its own words, means the same here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_node import RpcFault, ScriptedTransport

from ingot.abi import encode
from ingot.errors import InvalidTransaction, NoHistory, ProviderError, RateLimited, Unreachable
from ingot.remote import RemoteChain
from ingot.remote.answer import error_of_answer, is_too_large, is_unsupported
from ingot.remote.refusal import REFUSALS, invalid_transaction, refusal_of
from ingot.remote.words import ending_of_error, halt_reason_of

REASON = bytes.fromhex("08c379a0") + encode(["string"], ["too late"])
HEX = "0x" + REASON.hex()


def said(message, code=-32000, data=None, method="eth_call"):
    return error_of_answer(method, RpcFault(message, code, data).as_json(), "the node")


@pytest.mark.parametrize(
    "error",
    [
        said("execution reverted: too late", 3, HEX),  # geth, Erigon, anvil
        said("VM Exception while processing transaction: reverted with reason string 'too late'", -32603, {"data": HEX}),  # Hardhat
        said("Error: VM Exception ...", -32603, {"message": "...", "data": HEX}),
        said("VM Exception while processing transaction: revert too late", -32000,
             {"0x00aa": {"error": "revert", "return": HEX, "reason": "too late"}, "name": "RuntimeError"}),  # ganache 6
        said("VM Exception while processing transaction: revert too late", -32000, {"result": HEX, "reason": "too late"}),  # ganache 7
        said("VM execution error.", -32015, f"Reverted {HEX}"),  # Parity, Nethermind, Besu
        said("execution reverted: too late", -32000),  # only words
        said("execution reverted: 'too late'", 3, "0x"),
    ],
    ids=lambda error: str(error)[:30],
)  # fmt: skip
def test_a_revert_is_a_revert_whoever_says_so(error):
    assert ending_of_error(error) == ("revert", REASON, None)


@pytest.mark.parametrize("error", [said("execution reverted", 3, "0x"), said("execution reverted", -32000)])
def test_a_revert_without_data(error):
    assert ending_of_error(error) == ("revert", b"", None)


@given(st.binary(min_size=4, max_size=80))
def test_revert_data_arrives_unchanged(data):
    assert ending_of_error(said("execution reverted", 3, f"0x{data.hex()}")) == ("revert", data, None)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("out of gas", "out of gas"),
        ("EVM error OutOfGas", "out of gas"),
        ("Out of gas: gas required exceeds allowance: 30000000", "out of gas"),
        ("gas required exceeds allowance (21000)", "out of gas"),
        ("contract creation code storage out of gas", "contract creation code storage out of gas"),
        ("EVM error InvalidFEOpcode", "invalid opcode"),
        ("VM Exception while processing transaction: invalid opcode", "invalid opcode"),
        ("invalid opcode: opcode 0x0c not defined", "invalid opcode: opcode 0x0c not defined"),
        ("invalid opcode: INVALID", "invalid opcode: INVALID"),
        ("EVM error InvalidJump", "invalid jump destination"),
        ("stack underflow (0 <=> 1)", "stack underflow"),
        ("EVM error StackOverflow", "stack limit reached"),
        ("stack limit reached 1024 (1023)", "stack limit reached"),
        ("write protection", "write protection"),
        ("EVM error StateChangeDuringStaticCall", "write protection"),
        ("max code size exceeded", "max code size exceeded"),
        ("EVM error CreateContractSizeLimit", "max code size exceeded"),
        ("EVM error CreateInitCodeSizeLimit", "max initcode size exceeded"),
        ("contract address collision", "contract address collision"),
        ("invalid code: must not begin with 0xef", "invalid code: must not begin with 0xef"),
        ("return data out of bounds", "return data out of bounds"),
        ("gas uint64 overflow", "gas uint64 overflow"),
    ],
)
def test_a_halt_has_geths_words(words, reason):
    assert ending_of_error(said(words)) == ("halt", b"", reason)
    assert halt_reason_of(words) == reason


@pytest.mark.parametrize(
    "error",
    [
        said("header not found"),
        said("Too Many Requests", 429),
        said("method not found", -32601),
        said("invalid argument 0: hex string without 0x prefix", -32602),
        Unreachable("https://node closed the connection; transaction reverted"),
        NoHistory("revert"),
    ],
    ids=str,
)
def test_what_is_no_contracts_failure_stays_an_error(error):
    assert ending_of_error(error) is None


@pytest.mark.parametrize(
    ("words", "reason"), [("execution reverted", None), ("Reverted", None), ("", None), ("odd", "odd")]
)
def test_a_frames_error(words, reason):
    assert halt_reason_of(words) == reason


# Refusals

CASES = {
    "already known": ["already known", "AlreadyKnown", "Known transaction: 0xaa", "transaction already imported",
                      "ALREADY_EXISTS: already known", "Transaction with the same hash was already imported."],
    "nonce too low": ["nonce too low: next nonce 5, tx nonce 3", "nonce too low", "OldNonce",
                      "Nonce too low. Expected nonce to be 5 but got 3.", "NONCE_TOO_SMALL"],
    "nonce too high": ["nonce too high", "NonceGap", "Nonce too high. Expected nonce to be 0 but got 5.",
                       "Nonce too distant from current sender nonce"],
    "insufficient funds for gas * price + value": [
        "insufficient funds for gas * price + value: balance 0, tx cost 21000, overshot 21000",
        "Insufficient funds for gas * price + value", "InsufficientFunds, Account balance: 0",
        "Sender doesn't have enough funds to send tx. The max upfront cost is: 1 and the sender's balance is: 0.",
        "Upfront cost exceeds account balance"],
    "replacement transaction underpriced": [
        "replacement transaction underpriced", "ReplacementNotAllowed", "could not replace existing tx",
        "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 2 is necessary"],
    "transaction underpriced": ["transaction underpriced", "transaction underpriced: gas tip cap 1, minimum needed 25000000000",
                                "Gas price below configured minimum gas price: transaction gas price too low"],
    "max fee per gas less than block base fee": [
        "max fee per gas less than block base fee: address 0x, maxFeePerGas: 1, baseFee: 7", "FeeTooLow",
        "Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas of 7",
        "gas price is below base fee", "max fee per gas less than block base fee"],
    "max priority fee per gas higher than max fee per gas": [
        "max priority fee per gas higher than max fee per gas: address 0x", "tip above fee cap",
        "maxPriorityFeePerGas (2) is bigger than maxFeePerGas (1)"],
    "intrinsic gas too low": ["intrinsic gas too low: gas 1, minimum needed 21000", "intrinsic gas too low",
                              "Transaction requires at least 21000 gas but got 1", "IntrinsicGas"],
    "exceeds block gas limit": ["exceeds block gas limit", "Transaction gas limit is 9 and exceeds block gas limit of 8",
                                "GasLimitExceeded", "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit"],
    "transaction gas limit too high": ["transaction gas limit too high (cap: 16777216, tx: 30000000)"],
    "tx fee exceeds the configured cap": ["tx fee (9.00 ether) exceeds the configured cap (1.00 ether)"],
    "max initcode size exceeded": ["max initcode size exceeded: code size 60000 limit 49152"],
    "invalid chain id for signer": ["invalid chain id for signer: have 1 want 5", "invalid sender", "InvalidChainId",
                                    "only replay-protected (EIP-155) transactions allowed over RPC"],
    "transaction type not supported": ["transaction type not supported"],
    "missing sidecar in blob transaction": ["missing sidecar in blob transaction",
                                            "eip4844 tx variant without sidecar being used for verification."],
    "sender not an eoa": ["sender not an eoa: address 0x00, len(code): 23"],
    "txpool is full": ["txpool is full", "in-flight transaction limit reached for delegated accounts"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "reason"), [(words, reason) for reason, entries in CASES.items() for words in entries]
)
def test_a_refusal_has_geths_reason_the_nodes_words_and_advice(words, reason):
    error = said(words, method="eth_sendRawTransaction")
    refusal = refusal_of(error)
    assert refusal is not None
    assert refusal.reason == reason
    typed = invalid_transaction(error, refusal)
    assert isinstance(typed, InvalidTransaction)
    assert typed.reason == reason
    assert refusal.advice in str(typed)
    assert words.rstrip(".").lower() in str(typed).lower()


def test_every_refusal_has_a_case():
    assert {refusal.reason for refusal in REFUSALS} == set(CASES)


def test_what_is_no_refusal():
    assert refusal_of(ProviderError("internal error")) is None


# Other answers


@pytest.mark.parametrize(
    "words",
    [
        "query returned more than 10000 results",
        "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range",
        "exceed maximum block range: 50000",
        "eth_getLogs is limited to a 10,000 range",
        "block range is too large",
        "query timeout exceeded",
        "requested too many blocks from 0 to 16777216, maximum is set to 2048",
    ],
)
def test_too_much_at_once_is_no_rate_limit(words):
    error = said(words, -32005, method="eth_getLogs")
    assert is_too_large(error)
    assert not isinstance(error, RateLimited)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (said("the method debug_traceCall does not exist/is not available", -32601), True),
        (said("method not supported", -32004), True),
        (said("Method debug_traceTransaction is not whitelisted"), True),
        (said("nonce too low"), False),
    ],
)
def test_what_a_node_does_not_offer(error, expected):
    assert is_unsupported(error) is expected


@pytest.mark.parametrize("answer", ["0xzz", None, 1.5, [], True, {"a": 1}, "hello"])
def test_garbage_is_said_to_be_garbage(answer):
    block = {"number": "0x1", "hash": "0x" + "01" * 32, "gasLimit": "0x1", "transactions": []}
    hollow = {"blockHash": answer} if answer in (None, {"a": 1}) else answer
    hollow = {"blockHash": 5} if hollow == {"blockHash": None} else hollow
    chain = RemoteChain(ScriptedTransport({"eth_blockNumber": answer, "eth_getCode": answer, "eth_chainId": answer,
                                           "web3_clientVersion": answer, "eth_getBlockByNumber": block,
                                           "eth_getTransactionReceipt": hollow,
                                           "eth_getTransactionByHash": hollow}))  # fmt: skip
    with pytest.raises(ProviderError, match="makes no sense"):
        _ = chain.block_number
    with pytest.raises(ProviderError, match="makes no sense"):
        chain.get_code("0x" + "11" * 20)
    with pytest.raises(ProviderError, match="makes no sense"):
        _ = chain.chain_id
    with pytest.raises(ProviderError, match="makes no sense"):
        chain.find(bytes(32))
    with pytest.raises(ProviderError, match="makes no sense"):
        chain.receipt_of(bytes(32))
