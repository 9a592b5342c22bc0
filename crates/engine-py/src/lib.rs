//! The Python module `ingot._engine`: it only converts between Python and `ingot_engine`.

#![allow(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands arguments over by value"
)]

mod abi;
mod address;
mod crypto;
mod errors;
mod number;
mod results;
mod value;

use pyo3::prelude::*;

#[pymodule]
fn _engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(crypto::keccak256, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::to_address, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::create_address, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::create2_address, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::key_address, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::public_key, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::sign_hash, module)?)?;
    module.add_function(wrap_pyfunction!(crypto::recover_hash, module)?)?;
    module.add_function(wrap_pyfunction!(abi::encode, module)?)?;
    module.add_function(wrap_pyfunction!(abi::encode_packed, module)?)?;
    module.add_function(wrap_pyfunction!(abi::decode, module)?)?;
    module.add_class::<abi::Function>()?;
    module.add_class::<abi::Event>()?;
    module.add_class::<abi::Error>()?;
    Ok(())
}
