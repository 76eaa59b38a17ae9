import { generateKeyPairSync } from "node:crypto";
import { attestSmoke, type Written } from "../../src/attest/attest.ts";
import { publicPem } from "../../src/attest/keys.ts";
import type { AttestPorts } from "../../src/attest/ports.ts";
import type { KeylessConfig } from "../../src/config/attest-schema.ts";
import type { SmokeReport } from "../../src/contracts/smoke.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { MEDIA_TYPE } from "../../src/registry/schemas.ts";
import { Secret } from "../../src/secrets/secret.ts";

export const REPOSITORY = "owner/worker";
export const DAY = 86_400_000;
export const NOW = Date.parse("2026-11-29T12:00:00Z");

interface KeyPair {
	/** PEM. */
	publicKey: string;
	/** PKCS8, PEM. */
	privateKey: string;
}

export function keyPair(): KeyPair {
	const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	return { publicKey: publicPem(publicKey), privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string };
}

export interface Signer {
	/** Public keys of cres.yaml by name. */
	keys: Record<string, string>;
	/** What ATTEST_KEY holds. */
	privateKey?: string | undefined;
	/** Milliseconds since the epoch. */
	now?: number;
	root?: string;
	/** attest.keyless of cres.yaml. */
	keyless?: KeylessConfig | undefined;
	/** What GitHub Actions sets. */
	environment?: Readonly<Record<string, string>>;
	signal?: AbortSignal;
}

/** Ports of one who signs or verifies at a time. */
export function portsOf(registry: Registry, signer: Signer): AttestPorts {
	const { keys, privateKey, now = NOW, root = "/project", keyless, environment = {} } = signer;
	const secrets: Record<string, string | undefined> = { ...environment, ATTEST_KEY: privateKey };
	const secretOf = (value: string | undefined) => value && new Secret(value, { sought: value !== privateKey });
	return {
		config: {
			attest: { keys, keyless, max_age: 30 * DAY },
			image: { repository: REPOSITORY, context: "." },
			root,
			secret: (name) => secretOf(secrets[name]) || undefined,
			value: (name) => environment[name],
		},
		clock: { now: () => now, sleep: async () => {} },
		signal: signer.signal ?? new AbortController().signal,
		limits: { answerMs: 10_000, pauseMs: 1 },
		registry: async () => registry,
	};
}

/** An image in the registry; each text is another one. */
export async function pushImage(registry: Registry, text = "an image"): Promise<Digest> {
	const config = await registry.putBlob(REPOSITORY, Buffer.from(`{"of":"${text}"}`), MEDIA_TYPE.ociConfig);
	const bytes = Buffer.from(
		JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, config, layers: [] }),
	);
	return registry.putManifest(REPOSITORY, "latest", bytes, MEDIA_TYPE.ociManifest);
}

export const reportOf = (digest: string, over: Partial<SmokeReport> = {}): SmokeReport => ({
	digest,
	buildId: "0123456789ab",
	role: "cpu",
	against: "images",
	ok: true,
	rungs: [{ name: "boot", status: "ok", observed: "polls after 0.9 s", ms: 900 }],
	startedAt: new Date(NOW - 60_000).toISOString(),
	durationMs: 20_000,
	cres: "0.1.0",
	engine: "28.0",
	dependencies: { temporal: "1.32.0" },
	...over,
});

/** Signs the report of a smoke test that ended so many milliseconds before the signer's now. */
export const smokedAgo = (ports: AttestPorts, digest: string, ms: number): Promise<Written> =>
	attestSmoke(ports, reportOf(digest, { startedAt: new Date(ports.clock.now() - ms).toISOString(), durationMs: 0 }));

/** An image for linux/amd64 with these annotations. */
export async function fakeImageIn(
	registry: Registry,
	repository: string,
	annotations: Readonly<Record<string, string>>,
): Promise<Digest> {
	const image = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } };
	const config = await registry.putBlob(repository, Buffer.from(JSON.stringify(image)), MEDIA_TYPE.ociConfig);
	const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: [], annotations }));
	return registry.putManifest(repository, "latest", bytes, MEDIA_TYPE.ociManifest);
}
