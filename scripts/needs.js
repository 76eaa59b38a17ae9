// What the rehearsal perimeter needs on a machine, and what set-up decides from what it finds. Pure: set-up does the asking and the installing.

/**
 * @typedef {object} Need
 * @property {string} name what people call it, most often a program
 * @property {readonly string[]} packages names in Debian and Ubuntu; the first one that the distribution has is installed
 * @property {string} why
 * @property {(machine: Machine) => boolean} [there] how to look for it; without it, a program of that name on PATH
 *
 * @typedef {object} Machine
 * @property {(program: string) => readonly string[]} find paths of a program on PATH
 * @property {(file: string, ...args: string[]) => string | undefined} ask what a program prints; undefined when it fails
 * @property {(path: string) => boolean} exists
 */

/** `docker build` of a newer client is buildx, a plugin of its own. */
const LAST_WITH_BUILT_IN_BUILDKIT = 22;

/** @type {readonly Need[]} */
export const NEEDS = [
	// Newer releases have the client in a package of its own; on the others docker.io brings it.
	{ name: "docker", packages: ["docker-cli", "docker.io"], why: "builds and runs images" },
	{ name: "dockerd", packages: ["docker.io"], why: "the Docker engine of the operator and of the instance" },
	{
		name: "docker buildx",
		packages: ["docker-buildx-plugin", "docker-buildx"],
		why: "what `docker build` runs from Docker 23 on",
		there: ({ find, ask }) => find("docker").some((file) => canBuild(file, ask)),
	},
	{ name: "docker-registry", packages: ["docker-registry"], why: "the registry" },
	{ name: "sshd", packages: ["openssh-server"], why: "the ssh server of the instance" },
	{ name: "ssh-keygen", packages: ["openssh-client"], why: "makes the ssh keys" },
	{ name: "openssl", packages: ["openssl"], why: "makes the certificates of Temporal" },
	{ name: "mmdebstrap", packages: ["mmdebstrap"], why: "makes the Debian that the base image is built on" },
	{
		name: "Debian's archive keys",
		packages: ["debian-archive-keyring"],
		why: "verify the packages of that Debian",
		there: ({ exists }) => ["gpg", "pgp"].some((end) => exists(`/usr/share/keyrings/debian-archive-keyring.${end}`)),
	},
	{ name: "ip", packages: ["iproute2"], why: "makes the network bridge of the instance" },
	{ name: "iptables", packages: ["iptables"], why: "what the networks of Docker need" },
	{ name: "espeak-ng", packages: ["espeak-ng"], why: "speaks in the test video" },
	{ name: "ffmpeg", packages: ["ffmpeg"], why: "makes the test video" },
	{ name: "git", packages: ["git"], why: "tells the revision of an image" },
	{
		name: "python3 with venv",
		packages: ["python3-venv"],
		why: "runs Temporal and the S3 store, which come from PyPI",
		there: ({ ask }) => ask("python3", "-c", "import ensurepip, venv") !== undefined,
	},
];

/** What the slow tests need besides. @type {readonly Need[]} */
export const SLOW_NEEDS = [{ name: "chromium", packages: ["chromium"], why: "shows the page of triage" }];

/** @param {string} file @param {Machine["ask"]} ask */
function canBuild(file, ask) {
	const version = Number.parseInt(/ (\d+)\./.exec(ask(file, "--version") ?? "")?.[1] ?? "");
	return version <= LAST_WITH_BUILT_IN_BUILDKIT || ask(file, "buildx", "version") !== undefined;
}

/** The needs that a machine does not meet. @param {Machine} machine @param {readonly Need[]} needs */
export const missingOn = (machine, needs = NEEDS) =>
	needs.filter(({ name, there = ({ find }) => find(name).length > 0 }) => !there(machine));

/** The packages that apt can install, from what `LC_ALL=C apt-cache policy NAME…` prints. @param {string} policy */
export function installable(policy) {
	const known = [...policy.matchAll(/^(\S+):\n {2}Installed: .*\n {2}Candidate: (.+)$/gm)];
	return new Set(known.flatMap(([, name, candidate]) => (candidate === "(none)" ? [] : [name])));
}

/**
 * The package for each need, by what the distribution has. A need for which it has none is left out.
 * @param {readonly Need[]} missing @param {ReadonlySet<string>} available
 * @returns {Map<string, Need[]>} package → what it is for
 */
export function packagesFor(missing, available) {
	const chosen = new Map();
	for (const need of missing) {
		const name = need.packages.find((one) => available.has(one));
		if (name !== undefined) chosen.set(name, [...(chosen.get(name) ?? []), need]);
	}
	return chosen;
}

/** What is about to be installed, a line a package. @param {Map<string, Need[]>} chosen */
export function announcement(chosen) {
	const width = Math.max(...[...chosen.keys()].map((name) => name.length));
	const lines = [...chosen].flatMap(([name, needs]) =>
		needs.map((need, at) => `  ${(at === 0 ? name : "").padEnd(width)}  ${need.name}: ${need.why}`),
	);
	return [`installing ${chosen.size === 1 ? "a package" : `${chosen.size} packages`} with apt-get:`, ...lines].join(
		"\n",
	);
}

/**
 * What could not be had after the installation, and why.
 * @param {readonly Need[]} missing @param {ReadonlySet<string>} available @param {string} distribution
 */
export function shortfall(missing, available, distribution) {
	const lines = missing.map(({ name, packages, why }) => {
		const tried = packages.find((one) => available.has(one));
		const reason = tried
			? `package ${tried} did not bring it`
			: `${distribution} has no package ${packages.join(" or ")}`;
		return `  ${name} (${why}): ${reason}`;
	});
	return ["could not get:", ...lines, "Install what is named here by hand, then run the same command again."].join(
		"\n",
	);
}

/** @param {string} osRelease text of /etc/os-release @returns such as "Debian GNU/Linux 12 (bookworm)" */
export const distributionOf = (osRelease) => /^PRETTY_NAME="?([^"\n]+)/m.exec(osRelease)?.[1] ?? "this Linux";

/**
 * Why set-up cannot install here, with what works and what to type; undefined when it can.
 * @param {{ platform: string, root: boolean, apt: boolean, missing: readonly Need[], needsRoot: boolean }} machine
 */
export function obstacle({ platform, root, apt, missing, needsRoot }) {
	if (platform !== "linux") return elsewhere(platform);
	if (!root && (needsRoot || missing.length > 0)) return NOT_ROOT;
	if (apt || missing.length === 0) return undefined;
	const names = missing.map(({ name }) => name).join(", ");
	return `apt-get is not here, and set-up knows no other package manager. Install these by hand, then run
the same command again: ${names}.
${TOOLKIT}`;
}

const TOOLKIT = `cres itself needs none of this:
  npm run build
  node bin/run.js --help`;

const NOT_ROOT = `the rehearsal and the tests on real servers start Docker daemons and a network
bridge, and set-up installs packages: all of that needs root.
  sudo env "PATH=$PATH" npm run setup
  sudo env "PATH=$PATH" npm run rehearse
${TOOLKIT}`;

const NAMES = { darwin: "macOS", win32: "Windows" };

/** @param {string} platform */
const elsewhere = (platform) => `cres itself works on ${NAMES[platform] ?? platform}:
  npm run build
  node bin/run.js --help
The rehearsal and the tests on real servers start Docker daemons and a network
bridge. They need Linux and root: Debian 12 or newer, or Ubuntu 24.04, in a
virtual machine${platform === "win32" ? " or in WSL 2:\n  wsl --install -d Debian\nThere" : ". There"}, in a clone of this repository:
  sudo env "PATH=$PATH" npm run rehearse`;
