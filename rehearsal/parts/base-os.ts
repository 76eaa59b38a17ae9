import { createReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { followEvents } from "../../src/system/docker-calls.ts";
import { writeDurably } from "../../src/system/durable-files.ts";
import { readTextIfExists } from "../../src/system/files.ts";
import type { PartContext } from "../part.ts";
import { dockerAt } from "../docker-client.ts";

const SUITE = "forky";
/** 1980-01-01: every file of the image is at least that old, so that a rebuild gives the same layer. */
const EPOCH = "315532800";

/** Docker's own daemon pushes the first, containerd one of the others. */
const MANIFESTS = [
	"application/vnd.docker.distribution.manifest.v2+json",
	"application/vnd.oci.image.manifest.v1+json",
	"application/vnd.oci.image.index.v1+json",
];

/** The digest-pinned reference of a minimal Debian in the perimeter's registry; made and pushed when it is not there. */
export async function ensureBaseOs(context: PartContext): Promise<string> {
	const kept = join(context.directory, "base-image");
	const known = (await readTextIfExists(kept))?.trim();
	if (known && (await pushedDigest(context, known.split("@")[1]!)) !== undefined) return known;
	const repository = `127.0.0.1:${context.ports.registry}/debian`;
	const docker = await dockerAt("/var/run/docker.sock");
	await context.progress.step(`make a Debian ${SUITE} image`, async () => {
		const archive = await makeArchive(context);
		const stream = await docker.importImage(createReadStream(archive), { repo: repository, tag: SUITE });
		await new Promise((resolve, reject) =>
			docker.modem.followProgress(stream, (error, done) => (error ? reject(error) : resolve(done))),
		);
		await rm(archive);
	});
	const reference = await context.progress.step(`push it to ${repository}`, async () => {
		const { username, password } = context.credentials.registry;
		const authconfig = { username, password, serveraddress: `127.0.0.1:${context.ports.registry}` };
		const stream = await docker.getImage(`${repository}:${SUITE}`).push({ authconfig });
		await followEvents(stream, new AbortController().signal, () => {});
		const digest = await pushedDigest(context, SUITE); // a daemon that stores images by containerd does not tell it
		if (digest === undefined) throw new Error(`the registry has no ${repository}:${SUITE} after the push`);
		return `${repository}@${digest}`;
	});
	await writeDurably(kept, `${reference}\n`);
	return reference;
}

async function makeArchive({ directory, shell }: PartContext): Promise<string> {
	await mkdir(directory, { recursive: true });
	const archive = join(directory, "base-os.tar");
	const args = [
		"--variant=minbase",
		"--include=ca-certificates",
		'--aptopt=Acquire::Check-Valid-Until "false"',
		SUITE,
		archive,
	];
	const { exitCode, stderr } = await shell.run("mmdebstrap", args, { env: { SOURCE_DATE_EPOCH: EPOCH } });
	if (exitCode !== 0) throw new Error(`mmdebstrap exits ${exitCode}: ${stderr.trim().split("\n").slice(-3).join(" ")}`);
	return archive;
}

/** Digest of what the registry has under a tag or digest; undefined where it has nothing. */
async function pushedDigest({ credentials, ports }: PartContext, reference: string): Promise<string | undefined> {
	const { username, password } = credentials.registry;
	const headers = {
		authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
		accept: MANIFESTS.join(", "),
	};
	const url = `http://127.0.0.1:${ports.registry}/v2/debian/manifests/${reference}`;
	const answer = await fetch(url, { method: "HEAD", headers, signal: AbortSignal.timeout(10_000) });
	return answer.ok ? (answer.headers.get("docker-content-digest") ?? undefined) : undefined;
}
