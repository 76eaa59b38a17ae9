import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onDisk, type Effects } from "../../src/endpoint/apply.ts";
import { renderRotation } from "../../src/endpoint/render.ts";
import { rotate } from "../../src/endpoint/rotate.ts";
import { endpointHistory, recordedEndpoint } from "../../src/state/endpoints.ts";
import { slowChange } from "../support/config-change.ts";
import {
	earlier,
	everything,
	makePlace,
	openAccount,
	platformPort,
	record,
	type Account,
	type Place,
} from "./place.ts";

let account: Account;
let port: number;
beforeAll(async () => {
	account = await openAccount("gpu-1");
	port = platformPort(account, "gpu-1");
}, 30_000);
afterAll(() => account.close());

const OLD = { host: "ssh5.vast.ai", port: 11_319 };
const FILES = {
	".env": "# keep\r\nVAST_HOST=ssh5.vast.ai\r\nVAST_PORT='11319'\r\nMINIO_SECRET_KEY=sentinel\r\n",
	".env.example": "VAST_HOST=ssh5.vast.ai\nVAST_PORT=11319\n",
	"docs/Perimeter.md":
		"# Perimeter\n\n## Compute endpoints\n\n| instance | host | port | via |\n|---|---|---|---|\n| gpu-1 | ssh5.vast.ai | 11319 | proxy |\n",
	"docs/PLAN.md": "# PLAN\n\n## 2026-01-02 - Rent\n\n- Objective: `ssh5.vast.ai:11319`.\n",
	"docs/run.md": "Open `ssh -p 11319 root@ssh5.vast.ai -L 8080:localhost:8081`.\n",
	"CHANGELOG.md": "- moved to ssh5.vast.ai\n",
	"src/main.ts": "export const answer = 42;\n",
};
const NEVER = { ...onDisk, writeText: () => Promise.reject(new Error("a dry run writes nothing")) };

async function oldPlace(
	files: Record<string, string> = {},
	options: { git?: boolean; effects?: Effects } = {},
): Promise<Place> {
	const place = await makePlace(account, { ...FILES, ...files }, options);
	await record(place, "gpu-1", earlier(account, "gpu-1", OLD.host, OLD.port));
	return place;
}
const run = ({ ports }: Place, dryRun = false) => rotate(ports, "gpu-1", { dryRun });
/** The simulator's ports are new ones at each run. */
const plain = (text: string) =>
	text
		.replaceAll(String(port), "PORT")
		.replaceAll(String(account.ids["gpu-1"]), "CONTRACT")
		.replaceAll(/SHA256:[\w+/]{43}/g, "KEY");

describe("a rotation", () => {
	it("writes the endpoint wherever it is recorded, and an entry, and keeps everything else", async () => {
		const place = await oldPlace();
		const rotation = await run(place);
		expect(rotation).toMatchObject({
			outcome: "rotated",
			from: ["ssh5.vast.ai:11319"],
			continued: false,
			findings: [],
		});
		expect(await place.read(".env")).toBe(
			`# keep\r\nVAST_HOST=127.0.0.1\r\nVAST_PORT='${port}'\r\nMINIO_SECRET_KEY=sentinel\r\n`,
		);
		expect(await place.read(".env.example")).toBe(`VAST_HOST=127.0.0.1\nVAST_PORT=${port}\n`);
		expect(await place.read("docs/run.md")).toBe(`Open \`ssh -p ${port} root@127.0.0.1 -L 8080:localhost:8081\`.\n`);
		expect(await place.read("docs/Perimeter.md")).toMatch(
			new RegExp(`^\\| gpu-1 \\| 127\\.0\\.0\\.1 +\\| ${port} +\\| direct`, "m"),
		);
		expect(await place.read("CHANGELOG.md")).toBe(FILES["CHANGELOG.md"]);
		expect(await recordedEndpoint(place.config.state, "gpu-1")).toMatchObject({
			host: "127.0.0.1",
			port,
			generation: 4,
			verifiedBy: "log",
		});
		expect((await endpointHistory(place.config.state, "gpu-1")).map((one) => one.port)).toEqual([11_319, port]);
	});

	it("keeps what another process writes into .env and cres.yaml at the same time", async () => {
		const theirs: Promise<void>[] = [];
		const recordEndpoint: Effects["recordEndpoint"] = async (...of) => {
			await onDisk.recordEndpoint(...of);
			for (const name of [".env", "cres.yaml"])
				theirs.push((await slowChange(join(place.root, name), (now) => `# theirs\n${now}`)).written);
		};
		const place = await oldPlace({}, { effects: { ...onDisk, recordEndpoint } });
		await place.write("cres.yaml", `${await place.read("cres.yaml")}# ssh -p 11319 root@ssh5.vast.ai\n`);
		await run(place);
		await Promise.all(theirs);
		for (const name of [".env", "cres.yaml"]) {
			expect(await place.read(name)).toMatch(/^# theirs\n/);
			expect(await place.read(name)).not.toContain("11319");
		}
	});

	it("says on one screen what it did, and in docs/PLAN.md what was observed and how to go back", async () => {
		const place = await oldPlace();
		const screen = renderRotation(await run(place));
		expect(plain(screen)).toMatchInlineSnapshot(`
			"gpu-1 answers at 127.0.0.1:PORT (direct, generation 4, contract CONTRACT); before: ssh5.vast.ai:11319
			  .cres/cres@default/endpoints.json: endpoint of gpu-1
			  .env: VAST_HOST, VAST_PORT
			  .env.example: VAST_HOST, VAST_PORT
			  docs/Perimeter.md: row of gpu-1
			  docs/run.md: ssh command in line 1
			  8 files searched, no literal of ssh5.vast.ai:11319 is left
			  excluded: CHANGELOG.md (changelog, 1 line)
			  excluded: docs/PLAN.md (past entries, 1 line)
			undo: git restore --patch .env.example docs/Perimeter.md docs/run.md
			undo: put VAST_HOST, VAST_PORT back in .env as .cres/cres@default/.env.bak-20260304T050607.089 has them; change no other line"
		`);
		const entry = (await place.read("docs/PLAN.md")).split(/^(?=## )/m)[1]!;
		expect(plain(entry.replace(/(?<=^(## |- Recorded: ))[-\d: +]+/gm, "WHEN ").replace(/(?<=^- By: ).+/m, "WHO")))
			.toMatchInlineSnapshot(`
			"## WHEN Rotate the endpoint of gpu-1

			- Recorded: WHEN 
			- By: WHO
			- Objective: point everything that names the endpoint of gpu-1 to \`127.0.0.1:PORT\` (direct), generation 4 of contract CONTRACT, as verified at 2026-03-04T05:06:07.089Z.
			- Changes:
			  - gpu-1: \`ssh5.vast.ai:11319\` → \`127.0.0.1:PORT\`
			  - \`.cres/cres@default/endpoints.json\`: endpoint of gpu-1
			  - \`.env\`: VAST_HOST, VAST_PORT
			  - \`.env.example\`: VAST_HOST, VAST_PORT
			  - \`docs/Perimeter.md\`: row of gpu-1
			  - \`docs/run.md\`: ssh command in line 1

			### Validation

			- Observed over ssh at \`127.0.0.1:PORT\`:
			  - \`CONTAINER_ID\` is CONTRACT, the contract of gpu-1
			  - host key \`KEY\`, which the instance's log names
			  - build \`111111111111\`
			- Literals left of \`ssh5.vast.ai:11319\`:
			  - 0 in 8 files
			  - excluded: CHANGELOG.md (changelog, 1 line)
			  - excluded: docs/PLAN.md (past entries, 1 line)

			### Rollback

			1. \`git restore --patch .env.example docs/Perimeter.md docs/run.md\`
			2. put VAST_HOST, VAST_PORT back in \`.env\` as \`.cres/cres@default/.env.bak-20260304T050607.089\` has them; change no other line
			3. \`cres endpoint discover gpu-1\` shows whether that is what the platform names.

			"
		`);
	});

	it("keeps one copy of .env, for its owner only, where Git does not see it", async () => {
		const place = await oldPlace();
		await place.write(".cres/cres@default/.env.bak-20250101T000000.000", "older");
		const { undo } = await run(place);
		const copies = (await readdir(place.config.state)).filter((file) => file.startsWith(".env"));
		expect(copies).toEqual([".env.bak-20260304T050607.089"]);
		expect(undo).toContain(
			"put VAST_HOST, VAST_PORT back in `.env` as `.cres/cres@default/.env.bak-20260304T050607.089` has them; change no other line",
		);
		expect(await place.read(`.cres/cres@default/${copies[0]}`)).toBe(FILES[".env"]);
		expect((await stat(join(place.config.state, copies[0]!))).mode & 0o777).toBe(0o600);
	});

	it("changes nothing the second time", async () => {
		const place = await oldPlace();
		await run(place);
		const before = await everything(place);
		const again = await run(place);
		expect(again).toMatchObject({ outcome: "unchanged", changes: [], undo: [] });
		expect(renderRotation(again)).toContain("nothing to do");
		expect(await everything(place)).toEqual(before);
	});

	it("with --dry-run says the same and writes nothing", async () => {
		const place = await oldPlace({}, { effects: NEVER });
		const before = await everything(place);
		const planned = await run(place, true);
		expect(planned.outcome).toBe("planned");
		expect(planned.changes.map(({ file }) => file)).toEqual([
			...[".cres/cres@default/endpoints.json", ".env", ".env.example", "docs/Perimeter.md", "docs/run.md"],
		]);
		expect(await everything(place)).toEqual(before);
	});

	it("works without Git", async () => {
		const place = await oldPlace({ "node_modules/a/x.js": "ssh5.vast.ai" }, { git: false });
		const rotation = await run(place);
		expect(rotation).toMatchObject({ outcome: "rotated", findings: [] });
		expect(rotation.undo.join()).not.toContain("git restore");
	});
});

describe("a literal that no rule explains", () => {
	it("stops the rotation before its first change, with file and line", async () => {
		const place = await oldPlace({
			"scripts/tunnel.sh": "#!/bin/sh\nHOST=ssh5.vast.ai\n",
			"deploy/values.yaml": "sshd:\n  port: 11319\n",
		});
		const before = await everything(place);
		const rotation = await run(place);
		expect(rotation).toMatchObject({
			outcome: "blocked",
			findings: [
				{ file: "deploy/values.yaml", line: 2, literal: "port 11319" },
				{ file: "scripts/tunnel.sh", line: 2, literal: "ssh5.vast.ai" },
			],
		});
		expect(plain(renderRotation(rotation))).toMatchInlineSnapshot(`
			"gpu-1 answers at 127.0.0.1:PORT (direct, generation 4, contract CONTRACT), but earlier endpoints are left where no rule explains them:
			  deploy/values.yaml:2  port 11319
			  scripts/tunnel.sh:2  ssh5.vast.ai
			nothing was changed
			  → write the instance's name there (cres ssh gpu-1), then cres endpoint rotate gpu-1"
		`);
		expect(await everything(place)).toEqual(before);
	});

	it("stands in what is not committed yet, in the head of docs/PLAN.md and in .env too", async () => {
		const place = await oldPlace({
			"docs/PLAN.md": "# PLAN\n\nsee ssh5.vast.ai\n",
			".env": "# was ssh5.vast.ai\nVAST_HOST=ssh5.vast.ai\nVAST_PORT=11319\n",
		});
		await place.write("notes.txt", "ssh5.vast.ai:11319");
		const { findings } = await run(place);
		expect(findings.map(({ file, line }) => `${file}:${line}`)).toEqual([".env:1", "docs/PLAN.md:3", "notes.txt:1"]);
	});

	it("may be one of any earlier rotation", async () => {
		const place = await oldPlace({ "a.md": "198.51.100.7:40001\n" });
		await record(place, "gpu-1", earlier(account, "gpu-1", "198.51.100.7", 40_001));
		await record(place, "gpu-1", earlier(account, "gpu-1", OLD.host, OLD.port));
		expect((await run(place)).findings).toEqual([{ file: "a.md", line: 1, literal: "198.51.100.7:40001" }]);
	});

	it("is left alone in binary, generated and historical files, which are listed", async () => {
		const place = await oldPlace({
			"image.bin": "\0ssh5.vast.ai",
			"package-lock.json": '{ "a": "ssh5.vast.ai" }',
			"old.bak": "ssh5.vast.ai",
			"big.txt": "x".repeat(2_000_001),
		});
		const { outcome, excluded } = await run(place);
		expect(outcome).toBe("rotated");
		expect(excluded).toEqual([
			{ file: "CHANGELOG.md", rule: "changelog", lines: 1 },
			{ file: "big.txt", rule: "over 2 MB", lines: null },
			{ file: "docs/PLAN.md", rule: "past entries", lines: 1 },
			{ file: "image.bin", rule: "binary", lines: 1 },
			{ file: "old.bak", rule: "backup", lines: 1 },
			{ file: "package-lock.json", rule: "lockfile", lines: 1 },
		]);
	});
});

it("after a roll, which records the endpoint itself, a rotation still finds the earlier one in the files", async () => {
	const place = await oldPlace();
	const { endpoint } = await run(await oldPlace());
	await record(place, "gpu-1", endpoint);
	expect(await run(place)).toMatchObject({ outcome: "rotated", from: ["ssh5.vast.ai:11319"] });
	expect(await place.read(".env.example")).toBe(`VAST_HOST=127.0.0.1\nVAST_PORT=${port}\n`);
});
