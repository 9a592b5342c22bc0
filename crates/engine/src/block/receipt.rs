//! Receipts, as blocks commit to them.

use alloy_primitives::Bloom;
use alloy_rlp::{BufMut, Encodable, Header};
use revm::primitives::{B256, Log};

/// What a block commits to of a transaction's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The transaction's type.
    pub kind: u8,
    /// Whether it ended well.
    pub succeeded: bool,
    /// The state root after it: before Byzantium, in place of `succeeded`.
    pub post_root: Option<B256>,
    /// Gas used by it and those before it in the block.
    pub cumulative_gas_used: u64,
    /// In order.
    pub logs: Vec<Log>,
}

impl Receipt {
    /// The EIP-2718 encoding.
    #[must_use]
    pub fn encoded(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        match &self.post_root {
            Some(root) => root.encode(&mut payload),
            None => self.succeeded.encode(&mut payload),
        }
        self.cumulative_gas_used.encode(&mut payload);
        logs_bloom(&self.logs).encode(&mut payload);
        self.logs.encode(&mut payload);
        let mut encoded = Vec::with_capacity(payload.len() + 5);
        if self.kind != 0 {
            encoded.put_u8(self.kind);
        }
        Header {
            list: true,
            payload_length: payload.len(),
        }
        .encode(&mut encoded);
        encoded.extend_from_slice(&payload);
        encoded
    }
}

/// The filter of addresses and topics of `logs`.
#[must_use]
pub fn logs_bloom<'a>(logs: impl IntoIterator<Item = &'a Log>) -> Bloom {
    let mut bloom = Bloom::ZERO;
    for log in logs {
        bloom.accrue_log(log);
    }
    bloom
}

#[cfg(test)]
mod tests {
    use alloy_consensus::{Eip658Value, ReceiptEnvelope, ReceiptWithBloom, TxType};
    use alloy_eips::Encodable2718;
    use revm::primitives::{Address, Bytes, LogData};

    use super::*;

    fn log(topics: usize) -> Log {
        let data = LogData::new_unchecked(vec![B256::repeat_byte(7); topics], Bytes::from("data"));
        Log {
            address: Address::repeat_byte(1),
            data,
        }
    }

    #[test]
    fn encoding_is_alloys_for_each_type() {
        for kind in 0..=4 {
            for post_root in [None, Some(B256::repeat_byte(9))] {
                let logs = vec![log(0), log(3)];
                let receipt = Receipt {
                    kind,
                    succeeded: kind % 2 == 0,
                    post_root,
                    cumulative_gas_used: 21_000,
                    logs: logs.clone(),
                };
                let status = post_root.map_or(
                    Eip658Value::Eip658(receipt.succeeded),
                    Eip658Value::PostState,
                );
                let theirs = alloy_consensus::Receipt {
                    status,
                    cumulative_gas_used: 21_000,
                    logs,
                };
                let theirs: ReceiptWithBloom<alloy_consensus::Receipt> = theirs.into();
                let kind = TxType::try_from(kind).unwrap();
                let theirs = ReceiptEnvelope::from_typed(kind, theirs);
                assert_eq!(receipt.encoded(), theirs.encoded_2718());
            }
        }
    }
}
