// Runs one soljson.js: `node driver.js SOLJSON version` prints the compiler's version;
// `node driver.js SOLJSON compile` answers standard JSON from stdin. Exit code 3: the compiler died.
"use strict";
const fs = require("fs");
const path = require("path");
const { Worker, isMainThread, workerData } = require("worker_threads");

const LARGE_STACK_MB = 200;

function die(error) {
  const text = error && error.stack ? error.stack.split("\n").slice(0, 4).join("\n") : String(error);
  fs.writeSync(2, text + "\n");
  process.exit(3);
}

function load(soljsonPath) {
  // Old builds print to stdout while they load; stdout is for the answer alone.
  console.log = console.error;
  const soljson = require(path.resolve(soljsonPath));
  // Emscripten installs handlers that would turn every failure into a dump of the whole file.
  process.removeAllListeners("uncaughtException");
  process.removeAllListeners("unhandledRejection");
  process.on("uncaughtException", die);
  return soljson;
}

function bind(soljson, names, result, parameters) {
  const name = names.find((candidate) => "_" + candidate in soljson);
  if (!name) throw new Error("this is no soljson.js that takes standard JSON (solc >= 0.4.11)");
  return soljson.cwrap(name, result, parameters);
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
  process.exitCode = 0;
}

function compile(soljsonPath, input) {
  const soljson = load(soljsonPath);
  // A null callback: solc answers "File not supplied initially" for a source that is missing.
  return bind(soljson, ["solidity_compile", "compileStandard"], "string", ["string", "number", "number"])(input, 0, 0);
}

function retryOnLargeStack(soljsonPath, input) {
  const worker = new Worker(__filename, {
    workerData: { soljsonPath, input },
    resourceLimits: { stackSizeMb: LARGE_STACK_MB, maxOldGenerationSizeMb: 4096 },
  });
  worker.on("error", die);
  worker.on("exit", (code) => {
    process.exitCode = code;
  });
}

function main() {
  if (!isMainThread) {
    writeAll(compile(workerData.soljsonPath, workerData.input));
    return;
  }
  const [soljsonPath, command] = process.argv.slice(2);
  if (command === "version") {
    writeAll(bind(load(soljsonPath), ["solidity_version", "version"], "string", [])() + "\n");
    return;
  }
  const input = fs.readFileSync(0, "utf8");
  try {
    writeAll(compile(soljsonPath, input));
  } catch (error) {
    if (!(error instanceof RangeError && /call stack/.test(error.message))) throw error;
    retryOnLargeStack(soljsonPath, input); // sources nested deeper than the default stack
  }
}

process.exitCode = 3; // until there is an answer
try {
  main();
} catch (error) {
  die(error);
}
