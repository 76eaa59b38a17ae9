import { symlink, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { attestSmoke } from "../../src/attest/attest.ts";
import { renderSbom } from "../../src/attest/render.ts";
import { readAttestations } from "../../src/attest/read.ts";
import { attestSbom, type SbomPorts } from "../../src/attest/sbom.ts";
import { debianPackages, npmPackages, pythonPackages, spdxDocument } from "../../src/attest/spdx.ts";
import { OCI } from "../../src/contracts/labels.ts";
import type { Shell } from "../../src/system/shell.ts";
import { loopbackRegistry } from "../registry/loopback-registry.ts";
import { refusal } from "../support/refusal.ts";
import { fakeImageIn, keyPair, portsOf, reportOf, REPOSITORY } from "./world.ts";

const STATUS = `Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u8
Description: x
 Package: not-a-package

Package: gone
Status: deinstall ok config-files
Version: 1
Architecture: amd64

Package: libstdc++6
Status: install ok installed
Architecture: amd64
Version: 12.2.0-14

Package: tzdata
Status: install ok installed
Architecture: all
Version: 2024a-0+deb12u1
`;
const LOCK = JSON.stringify({
	lockfileVersion: 3,
	packages: {
		"": { name: "payload" },
		"node_modules/@a/b": { version: "1.2.0", license: "MIT" },
		"node_modules/c": { version: "2.0.0-rc.1+x" },
		"node_modules/d/node_modules/c": { version: "2.0.0-rc.1+x" },
		"node_modules/tool": { version: "9.0.0", dev: true },
	},
});
const REQUIREMENTS = "# text\nfaster-whisper==1.2.1 \\\n    --hash=sha256:79a6\nTyping_Extensions==4.1\n";
const COMMIT = "c".repeat(40);

describe("packages", () => {
	it("of Debian are those that are installed", () => {
		expect(debianPackages(STATUS)).toEqual([
			{ name: "libc6", version: "2.36-9+deb12u8", purl: "pkg:deb/debian/libc6@2.36-9%2Bdeb12u8?arch=amd64" },
			{ name: "libstdc++6", version: "12.2.0-14", purl: "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64" },
			{ name: "tzdata", version: "2024a-0+deb12u1", purl: "pkg:deb/debian/tzdata@2024a-0%2Bdeb12u1?arch=all" },
		]);
	});

	it("of npm are those that are shipped, each once", () => {
		expect(npmPackages(LOCK)?.map(({ purl, license }) => [purl, license])).toEqual([
			["pkg:npm/%40a/b@1.2.0", "MIT"],
			["pkg:npm/c@2.0.0-rc.1%2Bx", undefined],
		]);
		expect(npmPackages('{"lockfileVersion":1}')).toBeUndefined();
	});

	it("of PyPI are the pinned ones", () => {
		expect(pythonPackages(REQUIREMENTS).map(({ purl }) => purl)).toEqual([
			"pkg:pypi/faster-whisper@1.2.1",
			"pkg:pypi/typing-extensions@4.1",
		]);
	});
});

it("an SPDX document says what the image contains", () => {
	const facts = { repository: "owner/worker", digest: `sha256:${"1".repeat(64)}`, cres: "0.1.0" };
	const document = spdxDocument({ ...facts, created: "2026-11-29T12:00:00.000Z" }, npmPackages(LOCK)!);
	expect(document).toMatchObject({
		...{ spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", name: `owner/worker@${facts.digest}` },
		creationInfo: { created: "2026-11-29T12:00:00Z", creators: ["Tool: cres-0.1.0"] },
		relationships: [
			{ spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-Image" },
			{ spdxElementId: "SPDXRef-Image", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-Package-1" },
			{ spdxElementId: "SPDXRef-Image", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-Package-2" },
		],
	});
	expect(document.packages[1]).toMatchObject({ name: "@a/b", versionInfo: "1.2.0", licenseDeclared: "MIT" });
	expect(new Set(document.packages.map(({ SPDXID }) => SPDXID)).size).toBe(3);
});

/** Answers as docker and git do; `status` writes what `docker cp` would. */
function shellOf(status: (file: string) => Promise<void>, calls: string[], git = 0): Shell {
	const ok = (stdout = "") => ({ exitCode: 0, stdout, stderr: "" });
	return {
		async run(file, args) {
			calls.push([file, ...args].join(" "));
			if (file === "git") {
				const found = args.at(-1)!.endsWith(".json") ? LOCK : REQUIREMENTS;
				return git === 0 ? ok(found) : { exitCode: git, stdout: "", stderr: "fatal: bad object\nmore" };
			}
			if (args[0] === "cp") await status(args.at(-1)!);
			return ok(args[0] === "create" ? "c0ffee\n" : "");
		},
	};
}

async function world(revision: string, status = (file: string) => writeFile(file, STATUS), git = 0) {
	const { client, host } = await loopbackRegistry();
	const registry = client();
	const base = await fakeImageIn(registry, `${REPOSITORY}-base`, { [OCI.revision]: revision });
	const facts = { [OCI.baseName]: `${REPOSITORY}-base`, [OCI.baseDigest]: base };
	const digest = await fakeImageIn(registry, REPOSITORY, facts);
	const pair = keyPair();
	const calls: string[] = [];
	const ports = portsOf(registry, { keys: { ci: pair.publicKey }, privateKey: pair.privateKey });
	const pull = async (reference: string) => void calls.push(`pull ${reference}`);
	const sbom: SbomPorts = { ...ports, shell: shellOf(status, calls, git), pull };
	return { sbom, digest, calls, host };
}

describe("cres attest sbom", () => {
	it("attests the packages of the image and of the commit of its base image", async () => {
		const { sbom, digest, calls, host } = await world(COMMIT);
		const written = await attestSbom(sbom, digest, "0.1.0");
		expect(written).toMatchObject({ digest, packages: { debian: 3, npm: 2, python: 2 } });
		expect(calls[0]).toBe(`pull ${host}/${REPOSITORY}@${digest}`);
		expect(calls).toEqual(
			expect.arrayContaining([
				`docker create --pull=never ${host}/${REPOSITORY}@${digest} none`,
				`git show ${COMMIT}:./images/package-lock.json`,
				"docker rm --force c0ffee",
			]),
		);
		const { attestations } = await readAttestations(sbom, digest);
		expect(attestations).toMatchObject([{ kind: "sbom", key: "ci", verdict: "ok", signedAt: "2026-11-29T12:00:00Z" }]);
	});

	it("writes what is missing and nothing twice: a run that failed behind the smoke test is made again", async () => {
		const { sbom, digest, calls } = await world(COMMIT);
		await attestSmoke(sbom, reportOf(digest));
		const written = await attestSbom(sbom, digest, "0.1.0");
		calls.length = 0;
		const withoutKey = { ...sbom, config: { ...sbom.config, secret: () => undefined } };
		const again = await attestSbom(withoutKey, digest, "0.1.0");
		expect(again).toEqual({ ...written, packages: null });
		expect(renderSbom(again)).toBe(`the packages of ${digest} are attested already: ${written.manifest}`);
		expect(calls).toEqual([]);
		const { attestations } = await readAttestations(sbom, digest);
		expect(attestations.map(({ kind }) => kind).toSorted()).toEqual(["sbom", "smoke"]);
	});

	it("is not satisfied by the list of a key that cres.yaml does not name", async () => {
		const { sbom, digest } = await world(COMMIT);
		const other = keyPair();
		const keys = { theirs: other.publicKey };
		await attestSbom(
			{ ...sbom, ...portsOf(await sbom.registry(), { keys, privateKey: other.privateKey }) },
			digest,
			"0",
		);
		expect(await attestSbom(sbom, digest, "0.1.0")).toMatchObject({ packages: { debian: 3 } });
	});

	it("reads no file of this machine", async () => {
		const { sbom, digest, calls } = await world(COMMIT, (file) => symlink("/etc/hostname", file));
		expect(await refusal(attestSbom(sbom, digest, "0.1.0"))).toMatchObject({
			code: "sbom_unreadable",
			message: expect.stringContaining("/var/lib/dpkg/status in ") as string,
		});
		expect(calls.at(-1)).toBe("docker rm --force c0ffee");
	});

	it.each([
		[
			"uncommitted changes",
			`${COMMIT}-dirty`,
			0,
			/^the base image owner\/worker-base sha256:.* is of c+-dirty, not of a commit$/,
		],
		["a commit that is not here", COMMIT, 128, /^git has no images\/.* in c{40}: fatal: bad object$/],
	])("says why not: %s", async (_, revision, git, message) => {
		const { sbom, digest } = await world(revision, undefined, git);
		expect(await refusal(attestSbom(sbom, digest, "0.1.0"))).toMatchObject({
			code: "sbom_unreadable",
			message: expect.stringMatching(message) as string,
		});
	});
});
