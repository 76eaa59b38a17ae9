import { LABEL, OCI } from "../contracts/labels.ts";
import { UserError } from "../errors/errors.ts";
import type { ProvenanceSigner } from "../image/ports.ts";
import type { Digest } from "../registry/image-reference.ts";
import { readImage } from "../registry/release-image.ts";
import { attestAs, type Written } from "./attest.ts";
import type { Progress } from "../system/progress.ts";
import type { AttestPorts } from "./ports.ts";
import { openSigner, unsignedBecause } from "./signer.ts";

/** Inputs and steps are those of `cres build`; docs/guide/attestations.md says what its parameters mean. */
const BUILD_TYPE = "urn:cres:build:v1";

/** One build that has just ended. Times are milliseconds since the epoch. */
interface BuildRun {
	digest: Digest;
	startedAt: number;
	finishedAt: number;
	/** Version of cres that built. */
	cres: string;
}

/**
 * Attests the app image of a build that begins now. Where nobody signs nothing is written, which is noted where cres.yaml
 * names who may.
 * @param cres version of cres
 */
export function provenanceSigner(
	ports: AttestPorts & { progress: Pick<Progress, "note"> },
	cres: string,
): ProvenanceSigner {
	const { config, clock, progress } = ports;
	const startedAt = clock.now();
	const unsigned = unsignedBecause(config);
	return {
		async assertReady() {
			if (!unsigned) await openSigner(ports);
		},
		async sign(digest) {
			const isWanted = Object.keys(config.attest.keys).length > 0 || config.attest.keyless !== undefined;
			if (unsigned && isWanted) progress.note(`provenance not attested: ${unsigned}`);
			if (unsigned) return;
			const written = await attestBuild(ports, { digest, startedAt, finishedAt: clock.now(), cres });
			progress.note(`provenance of ${written.digest} attested as ${written.manifest}`);
		},
	};
}

/**
 * Signs what an image was built from (SLSA provenance v1.1, slsa.dev/spec/v1.1/provenance): the facts that the build
 * wrote into its manifest. To be called by who has built it, and by nobody else.
 * @throws UserError image_missing, and those of attestAs
 */
export async function attestBuild(ports: AttestPorts, run: BuildRun): Promise<Written> {
	const { repository } = ports.config.image;
	const registry = await ports.registry();
	const image = await readImage(registry, repository, run.digest);
	if (!image)
		throw new UserError("image_missing", `${registry.address}/${repository} has no ${run.digest}`, {
			hint: "cres build all --push",
		});
	return attestAs(ports, run.digest, "provenance", provenanceOf(repository, image.manifest.annotations ?? {}, run));
}

/** The predicate. @param facts annotations of the image's manifest */
export function provenanceOf(repository: string, facts: Readonly<Record<string, string>>, run: BuildRun) {
	const revision = facts[OCI.revision] ?? "";
	const commit = revision.replace(/-dirty$/, "");
	return {
		buildDefinition: {
			buildType: BUILD_TYPE,
			externalParameters: { repository, image: facts[LABEL.kind], flavour: facts[LABEL.flavour] },
			internalParameters: {
				...{ buildId: facts[LABEL.buildId], inputs: facts[LABEL.inputs], version: facts[OCI.version] },
				uncommitted: revision !== commit,
			},
			resolvedDependencies: dependenciesOf(facts, commit),
		},
		runDetails: {
			builder: { id: "urn:cres:builder", version: { cres: run.cres } },
			metadata: { startedOn: isoTime(run.startedAt), finishedOn: isoTime(run.finishedAt) },
		},
	};
}

function dependenciesOf(facts: Readonly<Record<string, string>>, commit: string) {
	const source = facts[OCI.source];
	return [
		{
			...{ name: "source", digest: { gitCommit: commit } },
			...(source === undefined ? {} : { uri: `git+${source}@${commit}` }),
		},
		{
			...{ name: "base", uri: facts[OCI.baseName] },
			digest: { sha256: facts[OCI.baseDigest]?.replace("sha256:", "") },
		},
	];
}

const isoTime = (ms: number): string => new Date(ms).toISOString();
