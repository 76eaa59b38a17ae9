import { gunzipSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { bundleOf, readBundle } from "../../src/checks/bundle.ts";
import { loadChecks } from "../../src/checks/registry.ts";
import { runStatic } from "../../src/checks/run-static.ts";
import { findingsOf } from "../../src/checks/triage-report.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { corpus } from "../support/triage-corpus.ts";
import { treeOf } from "../support/tree.ts";

const signal = new AbortController().signal;
const about = { runtime: undefined, cres: "0.1.0", made: "2026-11-29T12:00:00.000Z" };

/** Each holds `sentinel`, and none of it may leave. */
const SECRETS: Readonly<Record<string, string>> = {
	".env":
		"VAST_API_KEY=sentinel-one\nDB_URL=postgres://ops:sentinel-two@db/x\nexport WORKER_ID='sentinel9three4five6seven8'\n",
	"deploy.yml": 'env:\n  MINIO_SECRET_KEY: sentinel-four\n  api_key: "sentinel-five"\n',
	"app.py": 'password = "sentinel-six"\nheaders = {"Authorization": "Bearer sentinelseven77"}\n',
	"run.sh":
		"curl -u ops:sentinel-eight https://x\nTOKEN=sentinel-nine ./run\nexport HF_TOKEN=hf_sentinel0000000000000\n",
	Dockerfile: "FROM a:1\nENV API_TOKEN=sentinel-ten\nARG GITHUB_PAT=ghp_sentinel000000000000000000\n",
	"key.pem": "-----BEGIN PRIVATE KEY-----\nsentinelAAAA\nsentinelBBBB\n-----END PRIVATE KEY-----\n",
	"set.json": '{"clientSecret": "sentinel-11", "url": "https://me:sentinel-12@host/"}\n',
	"notes.md": "the value is known-sentinel-value\n",
	"app.ini": "[a]\ndb_password = sentinel-13\n",
	"a.ps1": '$env:VAST_TOKEN = "sentinel-14"\n',
};

it("leaves secrets out, known ones and what looks like one, and keeps the lines", async () => {
	const known = new Secret("known-sentinel-value");
	expect(String(known)).toBe("[redacted]");
	const tree = treeOf(SECRETS);
	const facts = { instances: [{ log: "token known-sentinel-value" }] };
	const bytes = await bundleOf({ ...about, tree, runtime: facts });
	expect(
		gunzipSync(bytes)
			.toString()
			.match(/.{0,30}sentinel.{0,20}/g),
	).toBeNull();
	const read = await readBundle(bytes);
	expect(read.tree.files.map(({ path, lines }) => [path, lines.length])).toEqual(
		tree.files.map(({ path, lines }) => [path, lines.length]),
	);
	expect(parse(read.tree.file("deploy.yml")!.text)).toEqual({
		env: { MINIO_SECRET_KEY: "[redacted]", api_key: "[redacted]" },
	});
	expect(read.runtime).toEqual({ instances: [{ log: "token [redacted]" }] });
});

it("keeps what checks need: references, placeholders, digests, names of environments", async () => {
	const plain = {
		"a.py": 'token = os.environ["API_TOKEN"]\npassword = get_password(user)\nTOKEN_QUEUE = "x"\n',
		"b.sh": 'export API_KEY="$VAST_API_KEY"\ncurl -u "$USER:$PASS" https://x\n',
		Dockerfile: `FROM a@sha256:${"0a".repeat(32)}\nARG API_TOKEN\n`,
		"c.yml": "env:\n  TOKEN: ${{ secrets.TOKEN }}\n  url: http://10.0.0.7:8100/health\n",
		".env.example": "API_KEY=\nPORT=8100\n",
	};
	const read = await readBundle(await bundleOf({ ...about, tree: treeOf(plain) }));
	expect(Object.fromEntries(read.tree.files.map(({ path, text }) => [path, text]))).toEqual(plain);
});

/** Of so many trees of the corpus one is taken: all of them would take minutes, and show the same. */
const EACH = 5;

it("gives the same findings on another machine", async () => {
	const checks = await loadChecks();
	const trees = corpus().filter((one) => !/secret|credential/.test(one.check));
	for (const { tree, name } of trees.filter((_, at) => at % EACH === 0)) {
		const read = await readBundle(await bundleOf({ ...about, tree }));
		const [here, there] = await Promise.all(
			[tree, read.tree].map(async (one) => findingsOf(await runStatic(checks, one, { signal }))),
		);
		const shown = (all: typeof here) =>
			all!.map(({ check, evidence: [one] }) => [check, "path" in one ? `${one.path}:${one.line}` : ""]);
		expect(shown(there), name).toEqual(shown(here));
	}
}, 120_000);

it("takes what looks like a secret out of what instances said, too", async () => {
	const log = [
		{ text: "minio: password=Gh7-tuL2x9Qw was refused" },
		{ text: "login glpat-abcdefghij0123456789 and pypi-AgEIcHlwaS5vcmcCJDk0" },
		{ text: "postgres://clips:Gh7-tuL2x9Qw@db/clips" },
	];
	const bytes = await bundleOf({ ...about, tree: treeOf({}), runtime: { log, count: 3, none: null } });
	expect((await readBundle(bytes)).runtime).toEqual({
		log: [
			{ text: "minio: password=[redacted] was refused" },
			{ text: "login [redacted] and [redacted]" },
			{ text: "postgres://clips:[redacted]@db/clips" },
		],
		...{ count: 3, none: null },
	});
});

it("is bounded, and says what had no room", async () => {
	const files = Object.fromEntries(Array.from({ length: 70 }, (_, at) => [`${at}.txt`, "x".repeat(1_000)]));
	const { tree } = await readBundle(await bundleOf({ ...about, tree: treeOf(files) }, 67_500));
	expect(tree.files.length).toBe(67);
	expect(tree.skipped.map(({ why }) => why)).toEqual(Array.from({ length: 3 }, () => "the bundle had no room for it"));
	expect(tree.paths.length).toBe(70);
});

it.each([
	["no gzip", Buffer.from("hello")],
	["another file", gzipSync("{}")],
	["a newer version", gzipSync(JSON.stringify({ format: "cres-triage-bundle", version: 2 }))],
	["a bomb", gzipSync(Buffer.alloc(257 * 1024 * 1024))],
])("refuses %s", async (_, bytes) => {
	await expect(readBundle(bytes)).rejects.toMatchObject({ code: "triage_bundle_invalid" });
});

it("takes time by the length of a line, whatever stands in it", async () => {
	const words = [
		"token",
		"a.",
		"-u a",
		"http://a",
		"password: ",
		"-----BEGIN PRIVATE KEY-----\n",
		"eyJ.",
		"-eyJaaaaaaaaaaaa",
		"secret=",
		"aA1",
	];
	const files = Object.fromEntries(words.map((word, at) => [`${at}.yml`, word.repeat(500_000 / word.length)]));
	files[".env"] = "\n".repeat(200_000);
	const started = performance.now();
	await bundleOf({ ...about, tree: treeOf(files) });
	expect(performance.now() - started).toBeLessThan(10_000);
});
