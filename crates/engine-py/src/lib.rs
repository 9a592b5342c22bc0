//! The Python module `ingot._engine`: it only converts between Python and `ingot_engine`.

#![allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    reason = "PyO3 hands Python's arguments over by value, one by one"
)]

mod abi;
mod address;
mod backend;
mod block;
mod crypto;
mod engine;
mod errors;
mod locked;
mod number;
mod outcome;
mod recording;
mod results;
mod transaction;
mod value;

use ingot_engine::record::Record;
use pyo3::prelude::*;

#[pymodule]
fn _engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    ingot_engine::hash::prepare();
    module.add_function(wrap_pyfunction!(crypto::keccak256, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::to_address, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::create_address, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::create2_address, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::key_address, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::public_key, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::sign_hash, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::recover_hash, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::sign_transaction, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::decode_transaction, module)?)?;
    module.add_function(wrap_pyfunction!(abi::encode, module)?)?;
    module.add_function(wrap_pyfunction!(abi::encode_packed, module)?)?;
    module.add_function(wrap_pyfunction!(abi::decode, module)?)?;
    module.add_class::<abi::Function>()?;
    module.add_class::<abi::Event>()?;
    module.add_class::<abi::Error>()?;
    module.add_class::<block::Block>()?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<engine::Hold>()?;
    module.add_class::<outcome::Log>()?;
    module.add_class::<outcome::Outcome>()?;
    module.add_class::<recording::Frame>()?;
    module.add_class::<recording::Recording>()?;
    module.add_class::<transaction::Transaction>()?;
    module.add("RECORD_FRAMES", Record::FRAMES.bits())?;
    module.add("RECORD_COVERAGE", Record::COVERAGE.bits())?;
    module.add("RECORD_STORAGE", Record::STORAGE.bits())?;
    module.add("RECORD_EDGES", Record::EDGES.bits())?;
    module.add("RECORD_ENDS", Record::ENDS.bits())?;
    module.add("RECORD_STEPS", Record::STEPS.bits())?;
    module.add("RECORD_TAILS", Record::TAILS.bits())?;
    Ok(())
}
