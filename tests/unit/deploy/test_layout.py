"""Which storage layouts can follow each other behind a proxy."""

import json

import pytest

from ingot.deploy.layout import incompatibilities, layout_text

TYPES = {
    "t_address": {"encoding": "inplace", "label": "address", "numberOfBytes": "20"},
    "t_contract(IToken)5": {"encoding": "inplace", "label": "contract IToken", "numberOfBytes": "20"},
    "t_contract(IToken)9": {"encoding": "inplace", "label": "contract IToken", "numberOfBytes": "20"},
    "t_uint256": {"encoding": "inplace", "label": "uint256", "numberOfBytes": "32"},
    "t_uint128": {"encoding": "inplace", "label": "uint128", "numberOfBytes": "16"},
    "t_array(t_uint256)50_storage": {
        "encoding": "inplace",
        "label": "uint256[50]",
        "numberOfBytes": "1600",
        "base": "t_uint256",
    },
    "t_mapping(t_address,t_uint256)": {
        "encoding": "mapping",
        "key": "t_address",
        "label": "mapping(address => uint256)",
        "numberOfBytes": "32",
        "value": "t_uint256",
    },
    "t_mapping(t_address,t_struct(Pair)7_storage)": {
        "encoding": "mapping",
        "key": "t_address",
        "label": "mapping(address => struct Pair)",
        "numberOfBytes": "32",
        "value": "t_struct(Pair)7_storage",
    },
    "t_mapping(t_address,t_struct(Pair)8_storage)": {
        "encoding": "mapping",
        "key": "t_address",
        "label": "mapping(address => struct Pair)",
        "numberOfBytes": "32",
        "value": "t_struct(Pair)8_storage",
    },
    "t_struct(Pair)7_storage": {
        "encoding": "inplace",
        "label": "struct Pair",
        "numberOfBytes": "64",
        "members": [
            {"label": "left", "slot": "0", "offset": 0, "type": "t_uint256"},
            {"label": "right", "slot": "1", "offset": 0, "type": "t_uint256"},
        ],
    },
    "t_struct(Pair)8_storage": {
        "encoding": "inplace",
        "label": "struct Pair",
        "numberOfBytes": "64",
        "members": [
            {"label": "left", "slot": "0", "offset": 0, "type": "t_uint256"},
            {"label": "right", "slot": "1", "offset": 0, "type": "t_uint128"},
        ],
    },
}


def layout(*variables):
    """Of (label, slot, offset, type)."""
    storage = [
        {"label": label, "slot": str(slot), "offset": offset, "type": kind, "astId": 1, "contract": "C"}
        for label, slot, offset, kind in variables
    ]
    return layout_text({"storage": storage, "types": TYPES})


OWNER = ("owner", 0, 0, "t_address")
COUNT = ("count", 1, 0, "t_uint256")
GAP = ("__gap", 2, 0, "t_array(t_uint256)50_storage")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([OWNER, COUNT], [OWNER, COUNT]),
        ([OWNER, COUNT], [OWNER, COUNT, ("more", 2, 0, "t_uint256")]),
        ([OWNER, COUNT, GAP], [OWNER, COUNT, ("more", 2, 0, "t_uint256"), ("__gap", 3, 0, "t_uint256")]),
        ([("token", 0, 0, "t_contract(IToken)5")], [("token", 0, 0, "t_contract(IToken)9")]),
        ([("token", 0, 0, "t_contract(IToken)5")], [("token", 0, 0, "t_address")]),
        ([], [OWNER]),
    ],
)
def test_what_keeps_the_meaning_of_data_is_compatible(old, new):
    assert incompatibilities(layout(*old), layout(*new)) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ([OWNER, COUNT], [OWNER], "count (uint256) at slot 1 is gone"),
        (
            [OWNER, COUNT],
            [OWNER, ("count", 1, 0, "t_uint128")],
            "slot 1 was count (uint256), and would be read",
        ),
        ([OWNER, COUNT], [OWNER, ("sum", 1, 0, "t_uint256")], "slot 1 was count, and would be sum"),
        ([OWNER, COUNT], [COUNT, OWNER], None),
        ([("a", 0, 16, "t_uint128")], [("a", 0, 0, "t_uint128")], "slot 0, byte 16 is gone"),
        (
            [("pairs", 0, 0, "t_mapping(t_address,t_struct(Pair)7_storage)")],
            [("pairs", 0, 0, "t_mapping(t_address,t_struct(Pair)8_storage)")],
            "slot 0 was pairs",
        ),
        (
            [("sums", 0, 0, "t_mapping(t_address,t_uint256)")],
            [("sums", 0, 0, "t_mapping(t_address,t_struct(Pair)7_storage)")],
            "slot 0 was sums",
        ),
    ],
)
def test_what_does_not_is_told(old, new, says):
    found = incompatibilities(layout(*old), layout(*new))
    if says is None:
        assert found == []  # the order in the list says nothing: slots do
    else:
        assert says in found[0]


def test_without_a_layout_nothing_is_promised():
    assert layout_text(None) == ""
    assert "no storage layout" in incompatibilities("", layout(OWNER))[0]


def test_the_text_has_no_ast_ids():
    assert "astId" not in layout(OWNER)
    assert json.loads(layout(OWNER))[0]["type"]["label"] == "address"
