// A verifier that really verifies: @ethereum-sourcify/lib-sourcify and npm's solc against the node at RPC, behind HTTP.
//
//   node server.js RPC CHAIN_ID        prints its port, then serves
//
// /server/v2/...  Sourcify's API v2: what is documented of POST /v2/verify/{chain}/{address}, GET /v2/verify/{id} and
//                 GET /v2/contract/{chain}/{address}
// /api            Etherscan's verifysourcecode and checkverifystatus, with the same library behind it; as Etherscan does, it
//                 also wants the constructor arguments, and refuses those that the contract was not created with

"use strict";
const http = require("http");
const { randomUUID } = require("crypto");
const solc = require("solc");
const { SolidityCompilation, SourcifyChain, Verification, setLibSourcifyLoggerLevel } = require("@ethereum-sourcify/lib-sourcify");

setLibSourcifyLoggerLevel(-1);
const [rpc, chainId] = [process.argv[2], Number(process.argv[3])];
const NAMES = { perfect: "exact_match", partial: "match" };

const compiler = {
  async compile(version, input) {
    if (!solc.version().startsWith(version.replace(/^v/, ""))) throw new Error(`there is only solc ${solc.version()}`);
    const output = JSON.parse(solc.compile(JSON.stringify(input)));
    const errors = (output.errors || []).filter((each) => each.severity === "error");
    if (errors.length) throw Object.assign(new Error("Compiler error"), { errors });
    return output;
  },
};
const chain = new SourcifyChain({
  name: "local", chainId, supported: true, rpcs: [{ rpc, traceSupport: "debug_traceTransaction" }],
});
const jobs = new Map();
const verified = new Map();

async function verify(address, input, version, contract, creation) {
  const at = contract.lastIndexOf(":");
  const target = { path: contract.slice(0, at), name: contract.slice(at + 1) };
  const verification = new Verification(new SolidityCompilation(compiler, version, input, target), chain, address, creation);
  await verification.verify();
  return verification;
}

function begin(work) {
  const id = randomUUID();
  jobs.set(id, { done: false });
  setImmediate(() =>
    work().then(
      (result) => jobs.set(id, { done: true, result }),
      (error) => jobs.set(id, { done: true, error }),
    ),
  );
  return id;
}

function sourcify(method, path, body) {
  const submitted = path.match(/^\/v2\/verify\/(\d+)\/(0x[0-9a-fA-F]{40})$/);
  if (method === "POST" && submitted) {
    const [, on, address] = submitted;
    if (Number(on) !== chainId) return [404, problem("unsupported_chain", `The chain with chainId ${on} is not supported`)];
    const missing = ["stdJsonInput", "compilerVersion", "contractIdentifier"].find((key) => !body[key]);
    if (missing) return [400, problem("invalid_parameter", `request/body must have required property '${missing}'`)];
    const known = verified.get(address);
    if (known && known.match === "exact_match" && known.creationMatch === "exact_match")
      return [409, problem("already_verified", `Contract ${address} on chain ${on} is already verified with exact match.`)];
    const verificationId = begin(async () => {
      const done = await verify(address, body.stdJsonInput, body.compilerVersion, body.contractIdentifier, body.creationTransactionHash);
      const [creationMatch, runtimeMatch] = [done.status.creationMatch, done.status.runtimeMatch].map((each) => NAMES[each] || null);
      const match = [creationMatch, runtimeMatch].includes("exact_match") ? "exact_match" : runtimeMatch || creationMatch;
      const contract = { match, creationMatch, runtimeMatch, chainId: on, address };
      verified.set(address, contract);
      return contract;
    });
    return [202, { verificationId }];
  }
  const polled = path.match(/^\/v2\/verify\/([0-9a-f-]{36})$/);
  if (method === "GET" && polled) {
    const job = jobs.get(polled[1]);
    if (!job) return [404, problem("job_not_found", `No verification job found for id ${polled[1]}`)];
    const unmatched = { match: null, creationMatch: null, runtimeMatch: null };
    const answer = { isJobCompleted: job.done, verificationId: polled[1], contract: job.result || unmatched };
    if (job.error) answer.error = problem(job.error.code || "internal_error", job.error.message);
    return [200, answer];
  }
  const looked = path.match(/^\/v2\/contract\/(\d+)\/(0x[0-9a-fA-F]{40})$/);
  if (method === "GET" && looked) {
    const known = verified.get(looked[2]);
    return known ? [200, known] : [404, { match: null, creationMatch: null, runtimeMatch: null, chainId: looked[1], address: looked[2] }];
  }
  return [404, problem("route_not_found", `${method} ${path}`)];
}

function problem(customCode, message) {
  return { customCode, message, errorId: randomUUID() };
}

function etherscan(words) {
  const said = (status, result) => [200, { status, message: status === "1" ? "OK" : "NOTOK", result }];
  if (words.get("action") === "verifysourcecode") {
    const address = words.get("contractaddress");
    if (verified.has(`etherscan ${address}`)) return said("0", "Contract source code already verified");
    const guid = begin(async () => {
      const input = JSON.parse(words.get("sourceCode"));
      const { hash } = await chain.rpcs[0].provider.send("ots_getContractCreator", [address]);
      const done = await verify(address, input, words.get("compilerversion"), words.get("contractname"), hash);
      const made = done.compilation.creationBytecode + words.get("constructorArguments");
      const { creationBytecode } = await chain.getContractCreationBytecodeAndReceipt(address, hash);
      // The metadata may differ where libraries were linked later; what stands behind the code may not.
      const arguments_ = words.get("constructorArguments");
      if (made.length !== creationBytecode.length || !creationBytecode.endsWith(arguments_))
        throw new Error("Compiled contract deployment bytecode does NOT match the transaction deployment bytecode.");
      verified.set(`etherscan ${address}`, done.status);
    });
    return said("1", guid);
  }
  const job = jobs.get(words.get("guid"));
  if (!job) return said("0", "Unknown UID");
  if (!job.done) return said("0", "Pending in queue");
  return job.error ? said("0", `Fail - Unable to verify. ${job.error.message}`) : said("1", "Pass - Verified");
}

const server = http.createServer(async (request, response) => {
  let content = "";
  for await (const chunk of request.setEncoding("utf8")) content += chunk;
  const url = new URL(request.url, "http://localhost");
  let [status, answer] = [500, problem("internal_error", "")];
  try {
    if (url.pathname === "/api") {
      const words = url.searchParams;
      if (request.method === "POST") new URLSearchParams(content).forEach((value, key) => words.set(key, value));
      [status, answer] = etherscan(words);
    } else {
      [status, answer] = sourcify(request.method, url.pathname.replace(/^\/server/, ""), content ? JSON.parse(content) : {});
    }
  } catch (error) {
    answer = problem("internal_error", String(error));
  }
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", () => process.exit(0)); // it ends with whoever started it
