//! Deposits: logs of the deposit contract that blocks pass on to the consensus layer.
//!
//! Source: EIP-6110.

use revm::primitives::{Address, B256, Bytes, Log, b256};

/// `DepositEvent(bytes,bytes,bytes,bytes,bytes)`
const DEPOSIT_EVENT: B256 =
    b256!("649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5");

/// The type byte of deposits (EIP-7685).
const DEPOSIT_REQUEST: u8 = 0;

/// Where the event's five byte strings begin in its data, and how long each is: key, credentials, amount, signature, index.
const FIELDS: [(usize, usize); 5] = [(160, 48), (256, 32), (320, 8), (384, 96), (512, 8)];

/// Length of the event's data.
const DATA_LENGTH: usize = 576;

/// All deposits among `logs` as one request, its type byte first; `None` if there are none.
///
/// # Errors
/// If a log of the contract is not laid out as the EIP says, which makes the block invalid.
pub(crate) fn requests<'a>(
    contract: Address,
    logs: impl Iterator<Item = &'a Log>,
) -> Result<Option<Bytes>, &'static str> {
    let mut request = Vec::new();
    for log in logs {
        if log.address != contract || log.topics().first() != Some(&DEPOSIT_EVENT) {
            continue;
        }
        if request.is_empty() {
            request.push(DEPOSIT_REQUEST);
        }
        append(&log.data.data, &mut request)?;
    }
    Ok((!request.is_empty()).then(|| request.into()))
}

fn append(data: &[u8], request: &mut Vec<u8>) -> Result<(), &'static str> {
    if data.len() != DATA_LENGTH {
        return Err("a deposit event has not the length that EIP-6110 gives");
    }
    for (index, (offset, length)) in FIELDS.into_iter().enumerate() {
        if word(data, index * 32) != Some(offset) || word(data, offset) != Some(length) {
            return Err("a deposit event is not laid out as EIP-6110 says");
        }
        request.extend_from_slice(&data[offset + 32..offset + 32 + length]);
    }
    Ok(())
}

/// A small number in a 32-byte word.
fn word(data: &[u8], at: usize) -> Option<usize> {
    let (high, low) = data.get(at..at + 32)?.split_at(24);
    let low: [u8; 8] = low.try_into().ok()?;
    let is_small = high.iter().all(|byte| *byte == 0);
    is_small.then(|| usize::try_from(u64::from_be_bytes(low)).ok())?
}

#[cfg(test)]
mod tests {
    use revm::primitives::{LogData, keccak256};

    use super::*;

    fn event() -> Vec<u8> {
        let mut data = vec![0; DATA_LENGTH];
        for (index, (offset, length)) in FIELDS.into_iter().enumerate() {
            data[index * 32 + 24..index * 32 + 32].copy_from_slice(&(offset as u64).to_be_bytes());
            data[offset + 24..offset + 32].copy_from_slice(&(length as u64).to_be_bytes());
            data[offset + 32..offset + 32 + length].fill(u8::try_from(index).unwrap() + 1);
        }
        data
    }

    fn log(address: Address, data: Vec<u8>) -> Log {
        let data = LogData::new_unchecked(vec![DEPOSIT_EVENT], data.into());
        Log { address, data }
    }

    #[test]
    fn deposits_are_their_five_fields_in_a_row() {
        assert_eq!(
            DEPOSIT_EVENT,
            keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)")
        );
        let contract = Address::repeat_byte(1);
        let logs = [
            log(contract, event()),
            log(Address::ZERO, vec![]),
            log(contract, event()),
        ];
        let request = requests(contract, logs.iter()).unwrap().unwrap();
        assert_eq!(request.len(), 1 + 2 * 192);
        assert_eq!((request[0], request[1], request[49]), (0, 1, 2));
        assert_eq!(requests(Address::ZERO, logs[..1].iter()), Ok(None));
    }

    #[test]
    fn deposits_laid_out_otherwise_are_refused() {
        let contract = Address::repeat_byte(1);
        let mut moved = event();
        moved[31] = 1;
        for data in [moved, vec![], event()[1..].to_vec()] {
            assert!(requests(contract, [log(contract, data)].iter()).is_err());
        }
    }
}
