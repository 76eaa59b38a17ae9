import { OCI } from "../contracts/labels.ts";
import { formatReference, type Digest } from "../registry/image-reference.ts";
import { imageMissing } from "../registry/referrers.ts";
import { readImage, type StoredImage } from "../registry/release-image.ts";
import type { Registry } from "../registry/registry.ts";
import type { Shell } from "../system/shell.ts";
import { resolve } from "node:path";
import { attestAs, type Written } from "./attest.ts";
import { readImageFile, unreadable } from "./image-file.ts";
import type { AttestPorts } from "./ports.ts";
import { readAttestations } from "./read.ts";
import { debianPackages, npmPackages, pythonPackages, spdxDocument } from "./spdx.ts";
import { PREDICATE } from "./statement.ts";

export interface SbomPorts extends AttestPorts {
	shell: Shell;
	/** Has the local Docker daemon hold an image, by its digest. @throws UserError docker_failed, and those of finding Docker */
	pull(reference: string): Promise<void>;
}

/** What `cres attest sbom` returns under --json. */
export interface WrittenSbom extends Written {
	/** Null: a list that was attested before counts, and nothing was written. */
	packages: { debian: number; npm: number; python: number } | null;
}

const STATUS = "/var/lib/dpkg/status";
const NPM_LOCK = "images/package-lock.json";
const REQUIREMENTS = "images/whisper/requirements.txt";

/**
 * Signs the list of packages of an image, unless somebody whom cres.yaml names has signed one: Debian's out of the image itself,
 * those of npm and PyPI from the lock files in the commit that its base image names.
 * @param cres version of cres
 * @throws UserError sbom_unreadable, image_missing, and those of attestAs
 */
export async function attestSbom(ports: SbomPorts, digest: Digest, cres: string): Promise<WrittenSbom> {
	const { attestations } = await readAttestations(ports, digest, PREDICATE.sbom);
	const before = attestations.find(({ kind, verdict }) => kind === "sbom" && verdict === "ok");
	if (before) return { digest, keyId: before.keyId!, manifest: before.attestation, packages: null };
	return writeSbom(ports, digest, cres);
}

async function writeSbom(ports: SbomPorts, digest: Digest, cres: string): Promise<WrittenSbom> {
	const { config, shell, signal, clock } = ports;
	const { repository } = config.image;
	const registry = await ports.registry();
	const commit = await commitOf(registry, repository, digest);
	const reference = formatReference({ host: registry.address, repository, tag: undefined, digest });
	await ports.pull(reference);
	const [status, lock, requirements] = await Promise.all([
		readImageFile(shell, reference, STATUS, signal),
		committed(ports, commit, NPM_LOCK),
		committed(ports, commit, REQUIREMENTS),
	]);
	const [debian, npm, python] = [debianPackages(status), npmPackages(lock), pythonPackages(requirements)];
	if (!npm)
		throw unreadable(`${NPM_LOCK} of ${commit} is no lock file of npm (version 3)`, "commit one, and build again");
	const facts = { repository, digest, created: new Date(clock.now()).toISOString(), cres };
	const written = await attestAs(ports, digest, "sbom", spdxDocument(facts, [...debian, ...npm, ...python]));
	return { ...written, packages: { debian: debian.length, npm: npm.length, python: python.length } };
}

/** The commit that the packages of an app image come from: that of the base image below it. */
async function commitOf(registry: Registry, repository: string, digest: Digest): Promise<string> {
	const app = await held(registry, repository, digest);
	const { [OCI.baseName]: name, [OCI.baseDigest]: base } = app.manifest.annotations ?? {};
	if (name === undefined || base === undefined)
		throw unreadable(
			`${repository} ${digest} does not name its base image`,
			"give an image that cres build --push has made",
		);
	const below = await held(registry, name, base);
	const revision = below.manifest.annotations?.[OCI.revision] ?? "unknown";
	if (/^[0-9a-f]{40,64}$/.test(revision)) return revision;
	throw unreadable(
		`the base image ${name} ${base} is of ${revision}, not of a commit`,
		"commit, then cres build all --push",
	);
}

async function held(registry: Registry, repository: string, reference: string): Promise<StoredImage> {
	const image = await readImage(registry, repository, reference);
	if (image) return image;
	throw imageMissing(registry, repository, reference);
}

async function committed({ config, shell, signal }: SbomPorts, commit: string, path: string): Promise<string> {
	const cwd = resolve(config.root, config.image.context);
	const hint = `git fetch, then git show ${commit}:./${path}`;
	const shown = await shell.run("git", ["show", `${commit}:./${path}`], { cwd, signal }).catch((error: unknown) => {
		signal.throwIfAborted();
		throw unreadable("git cannot be started", "install git", error);
	});
	if (shown.exitCode === 0) return shown.stdout;
	throw unreadable(`git has no ${path} in ${commit}: ${shown.stderr.trim().split("\n")[0]}`, hint);
}
