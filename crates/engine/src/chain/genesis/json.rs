//! Genesis files in geth's form.

use alloy_primitives::B64;
use revm::primitives::{Address, U256};
use serde_json::{Map, Value};

use super::{Genesis, GenesisAccount};
use crate::{
    chain::{error::ChainError, schedule::Schedule},
    executor::Config,
    hardfork::{BlobSchedule, Hardfork},
};

impl Genesis {
    /// Read a genesis file in geth's form.
    ///
    /// # Errors
    /// If it is not JSON, or a field is missing or not what it should be.
    pub fn from_json(text: &str) -> Result<Self, ChainError> {
        let json: Value = serde_json::from_str(text)
            .map_err(|error| ChainError::Genesis(format!("not JSON: {error}")))?;
        let file = Fields::of(&json, "")?;
        let config = Fields::of(file.get("config").unwrap_or(&Value::Null), "config.")?;
        let schedule = schedule(&config)?;
        let (timestamp, number) = (file.number("timestamp")?, file.number("number")?);
        if number.unwrap_or(0) != 0 {
            return Err(ChainError::Genesis("number: the first block is 0".into()));
        }
        let timestamp = timestamp.unwrap_or(0);
        let difficulty = file.word("difficulty")?.unwrap_or_default();
        let hardfork = schedule.hardfork(0, timestamp, difficulty);
        let mut accounts = Vec::new();
        for (address, account) in Fields::of(file.require("alloc")?, "alloc.")?.fields {
            accounts.push(account_of(address, account)?);
        }
        let mut genesis = Self {
            config: Config {
                hardfork,
                chain_id: config.number("chainId")?.unwrap_or(1),
                ..Config::default()
            },
            schedule,
            timestamp,
            gas_limit: file.number("gasLimit")?.unwrap_or(30_000_000),
            base_fee: file.number("baseFeePerGas")?.unwrap_or(1_000_000_000),
            keeps_base_fee: false,
            coinbase: file.parse("coinbase")?.unwrap_or_default(),
            difficulty,
            mix_hash: file.parse("mixHash")?.unwrap_or_default(),
            nonce: B64::from(file.number("nonce")?.unwrap_or(0)),
            extra_data: file.parse("extraData")?.unwrap_or_default(),
            excess_blob_gas: file.number("excessBlobGas")?.unwrap_or(0),
            blob_gas_used: file.number("blobGasUsed")?.unwrap_or(0),
            parent_beacon_root: file.parse("parentBeaconBlockRoot")?.unwrap_or_default(),
            accounts,
        };
        if hardfork < Hardfork::London {
            genesis.base_fee = 0;
        }
        Ok(genesis)
    }
}

/// An object of the file, and where it stands there.
struct Fields<'a> {
    fields: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    fn of(json: &'a Value, path: &str) -> Result<Self, ChainError> {
        let fields = json.as_object().ok_or_else(|| {
            let name = path.trim_end_matches('.');
            ChainError::Genesis(format!(
                "{}: not an object",
                if name.is_empty() { "the file" } else { name }
            ))
        })?;
        Ok(Self {
            fields,
            path: path.into(),
        })
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn require(&self, name: &str) -> Result<&'a Value, ChainError> {
        self.get(name)
            .ok_or_else(|| ChainError::Genesis(format!("{}{name}: missing", self.path)))
    }

    fn bad(&self, name: &str, value: &Value) -> ChainError {
        ChainError::Genesis(format!("{}{name}: cannot be {value}", self.path))
    }

    fn word(&self, name: &str) -> Result<Option<U256>, ChainError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let word = match value {
            Value::Number(number) => number.as_u64().map(U256::from),
            Value::String(text) => parse_word(text),
            _ => None,
        };
        word.map(Some).ok_or_else(|| self.bad(name, value))
    }

    fn number(&self, name: &str) -> Result<Option<u64>, ChainError> {
        let number = |word: U256| {
            u64::try_from(word).map_err(|_| self.bad(name, &Value::from(word.to_string())))
        };
        self.word(name)?.map(number).transpose()
    }

    fn parse<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, ChainError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let parsed = value.as_str().and_then(|text| text.parse().ok());
        parsed.map(Some).ok_or_else(|| self.bad(name, value))
    }
}

fn parse_word(text: &str) -> Option<U256> {
    match text.strip_prefix("0x") {
        Some("") => Some(U256::ZERO),
        Some(hex) => U256::from_str_radix(hex, 16).ok(),
        None => U256::from_str_radix(text, 10).ok(),
    }
}

fn account_of(address: &str, json: &Value) -> Result<(Address, GenesisAccount), ChainError> {
    let path = format!("alloc.{address}.");
    let account = Fields::of(json, &path)?;
    let parsed = address
        .parse()
        .map_err(|_| ChainError::Genesis(format!("alloc: {address} is no address")))?;
    let mut storage = Vec::new();
    if let Some(words) = account.get("storage") {
        let words = Fields::of(words, &format!("{path}storage."))?;
        for (slot, value) in words.fields {
            let word = value.as_str().and_then(parse_word);
            let slot_word = parse_word(slot).ok_or_else(|| words.bad(slot, value))?;
            storage.push((slot_word, word.ok_or_else(|| words.bad(slot, value))?));
        }
    }
    let account = GenesisAccount {
        balance: account.word("balance")?.unwrap_or_default(),
        nonce: account.number("nonce")?.unwrap_or(0),
        code: account.parse("code")?.unwrap_or_default(),
        storage,
    };
    Ok((parsed, account))
}

/// The names that geth gives the activations, oldest first.
const BLOCK_FORKS: [(&str, Hardfork); 9] = [
    ("homesteadBlock", Hardfork::Homestead),
    ("eip150Block", Hardfork::TangerineWhistle),
    ("eip158Block", Hardfork::SpuriousDragon),
    ("byzantiumBlock", Hardfork::Byzantium),
    ("constantinopleBlock", Hardfork::Petersburg),
    ("petersburgBlock", Hardfork::Petersburg),
    ("istanbulBlock", Hardfork::Istanbul),
    ("berlinBlock", Hardfork::Berlin),
    ("londonBlock", Hardfork::London),
];

const TIME_FORKS: [(&str, &str, Hardfork); 7] = [
    ("shanghaiTime", "", Hardfork::Shanghai),
    ("cancunTime", "cancun", Hardfork::Cancun),
    ("pragueTime", "prague", Hardfork::Prague),
    ("osakaTime", "osaka", Hardfork::Osaka),
    ("bpo1Time", "bpo1", Hardfork::Bpo1),
    ("bpo2Time", "bpo2", Hardfork::Bpo2),
    ("amsterdamTime", "amsterdam", Hardfork::Amsterdam),
];

fn schedule(config: &Fields<'_>) -> Result<Schedule, ChainError> {
    let mut schedule = Schedule {
        blocks: Vec::new(),
        times: Vec::new(),
        terminal_total_difficulty: config.word("terminalTotalDifficulty")?,
        ..Schedule::constant(Hardfork::Frontier)
    };
    for (name, fork) in BLOCK_FORKS {
        if let Some(number) = config.number(name)? {
            schedule.blocks.push((number, fork));
        }
    }
    let own = config.get("blobSchedule");
    let own = own.map(|own| Fields::of(own, "config.blobSchedule."));
    let own = own.transpose()?;
    for (name, blobs, fork) in TIME_FORKS {
        if let Some(time) = config.number(name)? {
            schedule.times.push((time, fork));
        }
        let given = own.as_ref().and_then(|own| own.get(blobs));
        if let Some(given) = given {
            let path = format!("config.blobSchedule.{blobs}.");
            let blobs = blob_schedule(&Fields::of(given, &path)?, fork)?;
            if fork.blobs() != Some(blobs) {
                schedule.blobs.push((fork, blobs));
            }
        }
    }
    let forks = schedule.blocks.windows(2).chain(schedule.times.windows(2));
    for pair in forks {
        if pair[0].0 > pair[1].0 {
            return Err(ChainError::Genesis(format!(
                "config: {} is activated before {}",
                pair[1].1, pair[0].1
            )));
        }
    }
    if let Some(contract) = config.parse("depositContractAddress")? {
        schedule.deposit_contract = contract;
    }
    Ok(schedule)
}

fn blob_schedule(fields: &Fields<'_>, fork: Hardfork) -> Result<BlobSchedule, ChainError> {
    let known = fork.blobs().unwrap_or(BlobSchedule {
        target: 0,
        max: 0,
        max_per_transaction: 0,
        update_fraction: 1,
        has_reserve_price: false,
    });
    let update_fraction = fields.number("baseFeeUpdateFraction")?;
    let blobs = BlobSchedule {
        target: fields.number("target")?.unwrap_or(known.target),
        max: fields.number("max")?.unwrap_or(known.max),
        update_fraction: update_fraction.unwrap_or(known.update_fraction),
        ..known
    };
    if blobs.max < blobs.target || blobs.max == 0 || blobs.update_fraction == 0 {
        let name = fields.path.trim_end_matches('.');
        return Err(ChainError::Genesis(format!(
            "{name}: needs 0 < max, target <= max, and 0 < baseFeeUpdateFraction"
        )));
    }
    Ok(blobs)
}
