import { describe, expect, it } from "vitest";
import {
	announcement,
	distributionOf,
	installable,
	missingOn,
	NEEDS,
	obstacle,
	packagesFor,
	shortfall,
} from "../../scripts/needs.js";

const OTHERS = [
	...["docker-registry", "openssh-server", "openssh-client", "openssl", "mmdebstrap", "debian-archive-keyring"],
	...["iproute2", "iptables", "espeak-ng", "ffmpeg", "git", "python3-venv"],
];

/** What apt can install, by distribution. */
const DISTRIBUTIONS: Record<string, string[]> = {
	"Debian 12": ["docker.io", ...OTHERS],
	"Debian 13": ["docker.io", "docker-cli", "docker-buildx", ...OTHERS],
	"Debian forky": ["docker.io", "docker-cli", "docker-buildx", ...OTHERS],
	"Ubuntu 24.04": ["docker.io", "docker-buildx", ...OTHERS],
};

/** A machine with these programs on PATH, and what they print. */
function machine(programs: string[], prints: Record<string, string> = {}) {
	return {
		find: (program: string) => (programs.includes(program) ? [`/usr/bin/${program}`] : []),
		ask: (file: string, ...args: string[]) => prints[[file, ...args].join(" ")],
		exists: (path: string) => programs.includes(path),
	};
}

const namesOf = (needs: readonly { name: string }[]): string[] => needs.map(({ name }) => name);
const BARE = missingOn(machine([]));
const PROGRAMS = NEEDS.flatMap(({ name, there }) => (there ? [] : [name]));
const READY = {
	"/usr/bin/docker --version": "Docker version 28.5.2+dfsg4, build e6534b4\n",
	"/usr/bin/docker buildx version": "github.com/docker/buildx 0.29.1\n",
	"python3 -c import ensurepip, venv": "",
};
const KEYS = "/usr/share/keyrings/debian-archive-keyring.pgp";

describe("what a machine lacks", () => {
	it("is everything on a bare one, and nothing on one with all of it", () => {
		expect(BARE).toEqual(NEEDS);
		expect(missingOn(machine([...PROGRAMS, KEYS], READY))).toEqual([]);
	});

	it.each([
		["a Docker 28 without buildx", { "/usr/bin/docker buildx version": undefined }, ["docker buildx"]],
		[
			"a Docker 20.10, which builds by itself",
			{
				"/usr/bin/docker --version": "Docker version 20.10.24+dfsg1, build 297e128\n",
				"/usr/bin/docker buildx version": undefined,
			},
			[],
		],
		["a Python without venv", { "python3 -c import ensurepip, venv": undefined }, ["python3 with venv"]],
	])("with %s", (_, changed, lacks) => {
		const prints = Object.fromEntries(
			Object.entries({ ...READY, ...changed }).filter(([, text]) => text !== undefined),
		);
		expect(namesOf(missingOn(machine([...PROGRAMS, KEYS], prints as Record<string, string>)))).toEqual(lacks);
	});
});

describe("packages", () => {
	it("can be installed when apt has a candidate", () => {
		const policy = `docker.io:
  Installed: 28.5.2+dfsg4-5
  Candidate: 28.5.2+dfsg4-5
  Version table:
 *** 28.5.2+dfsg4-5 500
        500 http://deb.debian.org/debian forky/main amd64 Packages
docker-buildx-plugin:
  Installed: (none)
  Candidate: (none)
  Version table:
git:
  Installed: (none)
  Candidate: 1:2.53.0-1
  Version table:
`;
		expect(installable(policy)).toEqual(new Set(["docker.io", "git"]));
		expect(installable("")).toEqual(new Set());
	});

	it.each([
		["Debian 12", ["docker.io"]],
		["Debian 13", ["docker-cli", "docker.io", "docker-buildx"]],
		["Debian forky", ["docker-cli", "docker.io", "docker-buildx"]],
		["Ubuntu 24.04", ["docker.io", "docker-buildx"]],
	])("of Docker are named as %s names them", (distribution, docker) => {
		const chosen = packagesFor(BARE, new Set(DISTRIBUTIONS[distribution]));
		expect([...chosen.keys()]).toEqual([...docker, ...OTHERS]);
	});

	it("leave a newer Docker in use", () => {
		const lacks = missingOn(machine(["docker", "dockerd"], READY));
		expect([...packagesFor(lacks, new Set(DISTRIBUTIONS["Debian 12"])).keys()]).not.toContain("docker.io");
	});

	it("are announced once each, with what they are for", () => {
		const some = NEEDS.filter(({ name }) => ["docker", "dockerd", "git"].includes(name));
		expect(announcement(packagesFor(some, new Set(["docker.io", "git"])))).toBe(`installing 2 packages with apt-get:
  docker.io  docker: builds and runs images
             dockerd: the Docker engine of the operator and of the instance
  git        git: tells the revision of an image`);
	});
});

it("what could not be had is named with its reason", () => {
	const missing = NEEDS.filter(({ name }) => ["docker", "docker buildx"].includes(name));
	expect(shortfall(missing, new Set(["docker.io"]), "Debian GNU/Linux 12 (bookworm)")).toBe(`could not get:
  docker (builds and runs images): package docker.io did not bring it
  docker buildx (what \`docker build\` runs from Docker 23 on): Debian GNU/Linux 12 (bookworm) has no package docker-buildx-plugin or docker-buildx
Install what is named here by hand, then run the same command again.`);
});

it.each([
	['PRETTY_NAME="Debian GNU/Linux forky/sid"\nNAME="Debian GNU/Linux"\n', "Debian GNU/Linux forky/sid"],
	['NAME="Ubuntu"\nPRETTY_NAME="Ubuntu 24.04.3 LTS"\n', "Ubuntu 24.04.3 LTS"],
	["", "this Linux"],
])("the distribution is read from %j", (text, name) => {
	expect(distributionOf(text)).toBe(name);
});

describe("a machine that set-up cannot install on", () => {
	const at = { platform: "linux", root: true, apt: true, missing: BARE, needsRoot: false };

	it("is none that is root and has apt-get, and none that lacks nothing", () => {
		expect(obstacle(at)).toBeUndefined();
		expect(obstacle({ ...at, root: false, apt: false, missing: [] })).toBeUndefined();
	});

	it("is told what works, what needs Linux, and the commands", () => {
		expect(obstacle({ ...at, platform: "darwin", root: false, missing: [] })).toBe(`cres itself works on macOS:
  npm run build
  node bin/run.js --help
The rehearsal and the tests on real servers start Docker daemons and a network
bridge. They need Linux and root: Debian 12 or newer, or Ubuntu 24.04, in a
virtual machine. There, in a clone of this repository:
  sudo env "PATH=$PATH" npm run rehearse`);
		expect(obstacle({ ...at, platform: "win32", root: false, missing: [] })).toContain(
			"virtual machine or in WSL 2:\n  wsl --install -d Debian\nThere, in a clone",
		);
	});

	it.each([
		["lacks something", { missing: BARE, needsRoot: false }],
		["wants the rehearsal", { missing: [], needsRoot: true }],
	])("is told how to become root when it %s", (_, more) => {
		const told = obstacle({ ...at, root: false, ...more });
		expect(told).toContain('sudo env "PATH=$PATH" npm run rehearse');
		expect(told).toContain("npm run build");
	});

	it("is told by name what to install when it has no apt-get", () => {
		expect(obstacle({ ...at, apt: false, missing: BARE.slice(0, 2) })).toContain(
			"by hand, then run\nthe same command again: docker, dockerd.",
		);
	});
});
