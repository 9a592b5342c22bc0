//! The Python module `ingot._engine`: it only converts between Python and `ingot_engine`.

use pyo3::prelude::*;

#[pymodule]
fn _engine(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
