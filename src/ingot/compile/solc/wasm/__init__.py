"""soljson without a JavaScript engine: its WebAssembly on wasmtime, compiled ahead of time once per version.

`extract` unpacks the module, `shape` reads how soljson.js is wired, `glue` supplies the Emscripten runtime as
WebAssembly, `module` builds, keeps and loads compiled modules, `instance` runs one. `build` is the process
that builds. wasmtime itself is loaded when the first of them needs it.
"""
