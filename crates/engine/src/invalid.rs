//! Why a transaction is refused, in the words of geth.

use revm::{
    context::TxEnv,
    context_interface::{Block, Cfg, result::InvalidTransaction as Reason},
    primitives::{Address, B256, U256},
};

/// A transaction that no block may contain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTransaction {
    /// The sender has sent one with this nonce already.
    #[error("nonce too low: address {sender}, tx: {nonce} state: {expected}")]
    NonceTooLow {
        /// Who sends.
        sender: Address,
        /// What the transaction says.
        nonce: u64,
        /// The sender's nonce.
        expected: u64,
    },
    /// Others must come before it.
    #[error("nonce too high: address {sender}, tx: {nonce} state: {expected}")]
    NonceTooHigh {
        /// Who sends.
        sender: Address,
        /// What the transaction says.
        nonce: u64,
        /// The sender's nonce.
        expected: u64,
    },
    /// EIP-2681.
    #[error("nonce has max value: address {sender}, nonce: {}", u64::MAX)]
    NonceMax {
        /// Who sends.
        sender: Address,
    },
    /// The sender cannot pay for gas and value.
    #[error(
        "insufficient funds for gas * price + value: address {sender} have {balance} want {cost}"
    )]
    InsufficientFunds {
        /// Who sends.
        sender: Address,
        /// Wei that it has.
        balance: U256,
        /// Wei that it needs: gas limit times highest price, blobs and value.
        cost: U256,
    },
    /// Gas limit times price, blobs and value exceed 256 bits.
    #[error(
        "insufficient funds for gas * price + value: address {sender} required balance exceeds 256 bits"
    )]
    CostOverflow {
        /// Who sends.
        sender: Address,
    },
    /// The gas limit does not cover what a transaction costs before it executes.
    #[error("intrinsic gas too low: have {gas_limit}, want {intrinsic}")]
    IntrinsicGas {
        /// Of the transaction.
        gas_limit: u64,
        /// Its cost before it executes.
        intrinsic: u64,
    },
    /// EIP-7623.
    #[error("insufficient gas for floor data gas cost: have {gas_limit}, want {floor}")]
    FloorDataGas {
        /// Of the transaction.
        gas_limit: u64,
        /// The least that its data costs.
        floor: u64,
    },
    /// EIP-7825.
    #[error("transaction gas limit too high (cap: {cap}, tx: {gas_limit})")]
    GasLimitAboveCap {
        /// Of the transaction.
        gas_limit: u64,
        /// The most that the hardfork allows.
        cap: u64,
    },
    /// The block has not that much gas, or not any more.
    #[error("exceeds block gas limit: have {available}, want {gas_limit}")]
    BlockGasLimit {
        /// Of the transaction.
        gas_limit: u64,
        /// What the block has left.
        available: u64,
    },
    /// The price is below the base fee.
    #[error(
        "max fee per gas less than block base fee: address {sender}, maxFeePerGas: {max_fee}, baseFee: {base_fee}"
    )]
    FeeBelowBaseFee {
        /// Who sends.
        sender: Address,
        /// Wei per gas; the gas price of types 0 and 1.
        max_fee: u128,
        /// Of the block.
        base_fee: u64,
    },
    /// The tip is above the most that the sender would pay.
    #[error(
        "max priority fee per gas higher than max fee per gas: address {sender}, \
         maxPriorityFeePerGas: {priority_fee}, maxFeePerGas: {max_fee}"
    )]
    TipAboveFee {
        /// Who sends.
        sender: Address,
        /// Wei per gas.
        max_fee: u128,
        /// Wei per gas.
        priority_fee: u128,
    },
    /// The offered price of blob gas is below the block's.
    #[error(
        "max fee per blob gas less than block blob gas fee: address {sender} \
         blobGasFeeCap: {max_fee}, blobBaseFee: {base_fee}"
    )]
    BlobFeeTooLow {
        /// Who sends.
        sender: Address,
        /// Wei per blob gas.
        max_fee: u128,
        /// Of the block.
        base_fee: u128,
    },
    /// A blob transaction without blobs.
    #[error("blob transaction missing blob hashes")]
    NoBlobs,
    /// More blobs than the schedule allows.
    #[error("blob transaction has too many blobs (have={have}, max={max})")]
    TooManyBlobs {
        /// Of the transaction.
        have: u64,
        /// Allowed.
        max: u64,
    },
    /// A versioned hash of another version than 1.
    #[error("blob {index} has invalid hash version: {hash}")]
    BlobVersion {
        /// Which blob.
        index: usize,
        /// Its versioned hash.
        hash: B256,
    },
    /// A type that must name a recipient does not.
    #[error("{} of type create", if *kind == 3 { "blob transaction" } else { "EIP-7702 transaction" })]
    CreateNotAllowed {
        /// The transaction's type, 3 or 4.
        kind: u8,
    },
    /// EIP-7702.
    #[error("EIP-7702 transaction with empty auth list")]
    NoAuthorizations,
    /// EIP-3860.
    #[error("max initcode size exceeded: code size {size} limit {limit}")]
    InitcodeTooLarge {
        /// Bytes.
        size: usize,
        /// Bytes.
        limit: usize,
    },
    /// EIP-3607: the sender is a contract.
    #[error("sender not an eoa: address {sender}")]
    SenderIsContract {
        /// Who sends.
        sender: Address,
    },
    /// EIP-155.
    #[error("invalid chain id for signer: have {} want {want}", have.map_or("none".into(), |id| id.to_string()))]
    ChainId {
        /// Of the transaction.
        have: Option<u64>,
        /// Of the chain.
        want: u64,
    },
    /// A type that the hardfork does not know.
    #[error("transaction type not supported: type {kind} is not known to {hardfork}")]
    TypeNotSupported {
        /// The transaction's type.
        kind: u8,
        /// Of the block.
        hardfork: crate::hardfork::Hardfork,
    },
    /// Anything else, as the EVM puts it.
    #[error("{0}")]
    Other(String),
}

impl InvalidTransaction {
    /// Give `reason` the details that geth's message has.
    pub(crate) fn new(
        reason: Reason,
        tx: &TxEnv,
        cfg: &impl Cfg,
        block: &impl Block,
        hardfork: crate::hardfork::Hardfork,
    ) -> Self {
        let sender = tx.caller;
        let gas_limit = tx.gas_limit;
        match reason {
            Reason::NonceTooLow { tx, state } => Self::NonceTooLow {
                sender,
                nonce: tx,
                expected: state,
            },
            Reason::NonceTooHigh { tx, state } => Self::NonceTooHigh {
                sender,
                nonce: tx,
                expected: state,
            },
            Reason::NonceOverflowInTransaction => Self::NonceMax { sender },
            Reason::LackOfFundForMaxFee { fee, balance } => Self::InsufficientFunds {
                sender,
                balance: *balance,
                cost: *fee,
            },
            Reason::OverflowPaymentInTransaction => Self::CostOverflow { sender },
            Reason::CallGasCostMoreThanGasLimit {
                initial_gas,
                gas_limit,
            } => Self::IntrinsicGas {
                gas_limit,
                intrinsic: initial_gas,
            },
            Reason::GasFloorMoreThanGasLimit {
                gas_floor,
                gas_limit,
            } => Self::FloorDataGas {
                gas_limit,
                floor: gas_floor,
            },
            Reason::TxGasLimitGreaterThanCap { gas_limit, cap } => {
                Self::GasLimitAboveCap { gas_limit, cap }
            }
            Reason::CallerGasLimitMoreThanBlock => Self::BlockGasLimit {
                gas_limit,
                available: block.gas_limit(),
            },
            Reason::GasPriceLessThanBasefee => Self::FeeBelowBaseFee {
                sender,
                max_fee: tx.gas_price,
                base_fee: block.basefee(),
            },
            Reason::PriorityFeeGreaterThanMaxFee => Self::TipAboveFee {
                sender,
                max_fee: tx.gas_price,
                priority_fee: tx.gas_priority_fee.unwrap_or_default(),
            },
            Reason::BlobGasPriceGreaterThanMax {
                block_blob_gas_price,
                tx_max_fee_per_blob_gas,
            } => Self::BlobFeeTooLow {
                sender,
                max_fee: tx_max_fee_per_blob_gas,
                base_fee: block_blob_gas_price,
            },
            Reason::EmptyBlobs => Self::NoBlobs,
            Reason::TooManyBlobs { max, have } => Self::TooManyBlobs {
                have: have as u64,
                max: max as u64,
            },
            Reason::BlobVersionNotSupported => Self::bad_blob_version(tx),
            Reason::BlobCreateTransaction => Self::CreateNotAllowed { kind: 3 },
            Reason::EmptyAuthorizationList => Self::NoAuthorizations,
            Reason::CreateInitCodeSizeLimit => Self::InitcodeTooLarge {
                size: tx.data.len(),
                limit: cfg.max_initcode_size(),
            },
            Reason::RejectCallerWithCode => Self::SenderIsContract { sender },
            Reason::InvalidChainId | Reason::MissingChainId => Self::ChainId {
                have: tx.chain_id,
                want: cfg.chain_id(),
            },
            Reason::Eip2930NotSupported
            | Reason::Eip1559NotSupported
            | Reason::Eip4844NotSupported
            | Reason::Eip7702NotSupported => Self::TypeNotSupported {
                kind: tx.tx_type,
                hardfork,
            },
            other => Self::Other(other.to_string()),
        }
    }

    fn bad_blob_version(tx: &TxEnv) -> Self {
        let bad = tx
            .blob_hashes
            .iter()
            .enumerate()
            .find(|(_, hash)| hash[0] != 1);
        let (index, hash) = bad.map_or((0, B256::ZERO), |(index, hash)| (index, *hash));
        Self::BlobVersion { index, hash }
    }
}
