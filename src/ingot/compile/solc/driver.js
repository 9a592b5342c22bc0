// Runs one soljson.js: `node driver.js SOLJSON version` prints the compiler's version;
// `node driver.js SOLJSON compile` answers standard JSON from stdin. Exit code 3: the compiler died.
"use strict";
const fs = require("fs");
const path = require("path");

const [soljsonPath, command] = process.argv.slice(2);

// Old builds print to stdout while they load; stdout is for the answer alone.
console.log = console.error;

function die(error) {
  const text = error && error.stack ? error.stack.split("\n").slice(0, 4).join("\n") : String(error);
  fs.writeSync(2, text + "\n");
  process.exit(3);
}

function load() {
  const soljson = require(path.resolve(soljsonPath));
  // Emscripten installs handlers that would turn every failure into a dump of the whole file.
  process.removeAllListeners("uncaughtException");
  process.removeAllListeners("unhandledRejection");
  process.on("uncaughtException", die);
  return soljson;
}

function bind(soljson, names, result, parameters) {
  const name = names.find((candidate) => "_" + candidate in soljson);
  return name ? soljson.cwrap(name, result, parameters) : undefined;
}

function writeAll(text) {
  const bytes = Buffer.from(text, "utf8");
  let written = 0;
  while (written < bytes.length) {
    try {
      written += fs.writeSync(1, bytes, written);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function main() {
  const soljson = load();
  if (command === "version") {
    writeAll(bind(soljson, ["solidity_version", "version"], "string", [])() + "\n");
    return;
  }
  // A null callback: solc answers "File not supplied initially" for a source that is missing.
  const compile = bind(soljson, ["solidity_compile", "compileStandard"], "string", ["string", "number", "number"]);
  if (!compile) throw new Error("this soljson.js cannot take standard JSON (solc is older than 0.4.11)");
  writeAll(compile(fs.readFileSync(0, "utf8"), 0, 0));
}

try {
  main();
  process.exit(0);
} catch (error) {
  die(error);
}
