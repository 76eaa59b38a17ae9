import { readDockerfile } from "../../src/image/dockerfile.ts";
import { lastOutput, stageOf } from "../../src/image/progress-lines.ts";
import { createAuthorizer, parseChallenge } from "../../src/registry/auth.ts";
import { formatReference, parseReference, type Digest } from "../../src/registry/image-reference.ts";
import { readImage } from "../../src/registry/release-image.ts";
import { imageConfigSchema, labelsOf } from "../../src/registry/schemas.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { expectThat, type Parser } from "./parser.ts";
import { jsonNear, textsNear } from "./texts.ts";

const DOCKERFILES = [
	"ARG BASE_IMAGE\nFROM ${BASE_IMAGE} AS build\nCOPY --link package.json ./\nRUN --mount=type=bind,source=a,target=/b cat /b/*\nFROM scratch\nCOPY --from=build /app /app\n",
	'FROM a\nCOPY ["a b.txt", "/app/"]\nADD https://example.com/x /y\nCOPY <<EOF /app/run.sh\n#!/bin/sh\nCOPY none /x\nEOF\nRUN <<-A <<"B"\na\nA\nb\nB\n',
	"# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nCOPY a `\n  b c\n",
	"FROM a\nCOPY a \\\n# comment\n b \\\n c/\nONBUILD COPY x y\n",
];
const DOCKER_TOKENS = [
	"COPY ",
	"ADD ",
	"FROM a AS b\n",
	"RUN ",
	"--from=b ",
	"--mount=type=bind ",
	"<<EOF ",
	"EOF\n",
	'["',
	'", "',
	"\\\n",
	"${A:-b}",
	"ARG A=b\n",
	"# ",
];

const CHALLENGES = [
	'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:o/a:pull"',
	'Basic realm="x"',
	'bearer realm="a\\"b" , service=c',
	"Bearer realm=not an address",
];
const DIGEST = `sha256:${"a".repeat(64)}`;
const DESCRIPTOR = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: DIGEST, size: 3 };
const MANIFESTS = [
	{
		schemaVersion: 2,
		config: { ...DESCRIPTOR, mediaType: "application/vnd.oci.image.config.v1+json" },
		layers: [DESCRIPTOR],
	},
	{ schemaVersion: 2, manifests: [{ ...DESCRIPTOR, platform: { os: "linux", architecture: "amd64" } }] },
	{ schemaVersion: 2, manifests: [{ ...DESCRIPTOR, platform: { os: "unknown", architecture: "unknown" } }] },
	{
		architecture: "amd64",
		os: "linux",
		config: { Labels: { a: "b" } },
		rootfs: { type: "layers", diff_ids: [DIGEST] },
	},
].map((one) => JSON.stringify(one));

/** A registry that answers everything with this text. */
function registryOf(text: string, mediaType: string): Registry {
	const bytes = Buffer.from(text);
	let asked = 0;
	const manifest = () => {
		if (asked++ > 50) throw new Error("an index that names itself is followed without end");
		return Promise.resolve({ digest: DIGEST as Digest, mediaType, bytes });
	};
	return { address: "registry.test", manifest, blob: () => Promise.resolve(bytes) } as unknown as Registry;
}

async function checkManifest(text: string): Promise<void> {
	const seen = imageConfigSchema.safeParse(parsed(text));
	if (seen.success) labelsOf(seen.data);
	for (const type of ["index", "manifest"])
		await readImage(registryOf(text, `application/vnd.oci.image.${type}.v1+json`), "o/a", "latest").catch(
			userErrorsOnly,
		);
}

const userErrorsOnly = (error: unknown): void => {
	if ((error as Error).name !== "UserError") throw error;
};

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** The answer of a token server that says this, after a challenge that says that. */
async function checkChallenge(text: string): Promise<void> {
	const challenge = parseChallenge(text);
	if (challenge) expectThat(/^(basic|bearer)$/.test(challenge.scheme), "another scheme");
	const body = Buffer.from(text);
	const answers = [text, `Bearer realm="${text}"`, 'Bearer realm="https://registry.test/token"'];
	for (const header of answers) {
		const send = () => Promise.resolve({ status: 200, headers: {}, body, url: new URL("https://registry.test/") });
		await createAuthorizer(send as never, undefined, new URL("https://registry.test/v2/"))
			.answer(header, undefined)
			.catch(userErrorsOnly);
	}
}

const REFERENCES = ["ghcr.io/owner/name:1.2", `localhost:5000/a/b@${DIGEST}`, "a", `127.0.0.1:5000/a:b@${DIGEST}`];

function checkReference(text: string): void {
	const reference = parseReference(text);
	expectThat(formatReference(reference) === text, `it is written as ${formatReference(reference)}`);
}

const BUILD = [
	"#5 [2/7] RUN apt-get update",
	"#5 0.123 text\n#5 ERROR: process did not complete",
	"#1 [internal] load",
];

export const imageParsers: readonly Parser[] = [
	{
		name: "dockerfile",
		corpus: DOCKERFILES,
		texts: textsNear(DOCKERFILES, DOCKER_TOKENS),
		check: (text) => void readDockerfile(text),
		pieces: DOCKER_TOKENS,
	},
	{
		name: "registry-headers",
		corpus: CHALLENGES,
		texts: textsNear(CHALLENGES, ["Bearer ", 'realm="', '\\"', ",", "=", "https://"]),
		check: checkChallenge,
		pieces: ["a=", 'a="', '\\"', "a_", "a ="],
	},
	{
		name: "registry-json",
		corpus: MANIFESTS,
		texts: jsonNear(MANIFESTS, [DIGEST, "linux", "amd64"]),
		check: checkManifest,
	},
	{
		name: "image-reference",
		corpus: REFERENCES,
		texts: textsNear(REFERENCES, ["/", ":", "@sha256:", "-", ".", "__", "localhost"]),
		check: checkReference,
		pieces: ["a-", "a.", "a/", "-", "_", "a:", "0."],
	},
	{
		name: "build-progress",
		corpus: BUILD,
		texts: textsNear(BUILD, ["#1 ", "[", "] ", "0.1 "]),
		check: (text) => void [stageOf(text), lastOutput(text.split("\n"), 5)],
		pieces: ["#1 [", "[a", "#1 0.1 "],
	},
];
