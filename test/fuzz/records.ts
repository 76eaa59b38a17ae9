import { mkdtempSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { modelsManifestSchema } from "../../src/contracts/models.ts";
import { parseHealth } from "../../src/contracts/health.ts";
import { withModel } from "../../src/models/manifest-object.ts";
import { leaving, leavingJson } from "../../src/secrets/leaving.ts";
import { journalRecordSchema } from "../../src/state/journal-events.ts";
import { appendRecord, readRecords } from "../../src/state/record-log.ts";
import { classifyDownload, isCorrupt, lacksFormat } from "../../images/worker/media.ts";
import { entriesIn } from "../../images/worker/activities/search.ts";
import { parseJson } from "../../images/runtime/http.ts";
import { obeyed } from "../support/hostile.ts";
import { expectThat, type Parser } from "./parser.ts";
import { jsonNear, textsNear } from "./texts.ts";

const file = join(mkdtempSync(join(tmpdir(), "cres-fuzz-")), "journal.jsonl");
const STEP = { at: "2026-11-29T10:15:00.000Z", event: "step", kind: "pull", title: "pull", phase: "prepare" };
const JOURNALS = [
	`{"v":1,"sum":"00000000","record":${JSON.stringify(STEP)}}\n${JSON.stringify(STEP)}\n`,
	'{"at":"2026","event":"begin","name":"recreate","detail":"x"}\n{"at":"2026","event":"end","name":"live"}\n',
	'{"v":1,"sum":',
];

/** Whatever stands in the file, a record that is added to it is read again as the last one. */
async function checkJournal(text: string): Promise<void> {
	await writeFile(file, text);
	const before = await readRecords(file, journalRecordSchema);
	await appendRecord(file, STEP);
	const { records } = await readRecords(file, journalRecordSchema);
	expectThat(isDeepStrictEqual(records.at(-1), STEP), "the record is not read again");
	expectThat(records.length === before.records.length + 1, `${records.length - before.records.length} more records`);
}

const MODEL = { path: "whisper/tiny/model.bin", bytes: 1, sha256: "a".repeat(64), source: "models/x" };
const MODELS = [
	{ version: 1, models: [] },
	{ version: 1, models: [{ name: "tiny", kind: "whisper", files: [MODEL] }] },
	{ version: 1, models: [{ name: "q", kind: "llm", files: [{ ...MODEL, path: "llm/q.gguf" }] }] },
].map((one) => JSON.stringify(one));

function checkModels(text: string): void {
	const manifest = modelsManifestSchema.safeParse(parseJson(text)).data;
	if (!manifest) return;
	const added = withModel(manifest, { name: "new", kind: "llm", files: [{ ...MODEL, path: "llm/new.gguf" }] });
	const again = modelsManifestSchema.safeParse(parseJson(JSON.stringify(added)));
	expectThat(again.success && isDeepStrictEqual(again.data, added), "what is written is not read again");
	for (const { files } of manifest.models)
		for (const { path } of files) expectThat(!/(^|\/)\.\.?(\/|$)|^\//.test(path), `${path} leads elsewhere`);
}

const YT_DLP = [
	"WARNING: x\nERROR: [youtube] abc: Private video. Sign in\n",
	"ERROR: unable to download: HTTP Error 404: Not Found\n",
	'{"id":"a","url":"http://a","title":"b","duration":3}\n{"id":\nnull\n',
];

function checkYtDlp(text: string): void {
	for (const code of [1, 101, undefined]) {
		const { message, type } = classifyDownload(code, text);
		expectThat(typeof message === "string" && typeof type === "string", "no failure");
	}
	void [lacksFormat(text), isCorrupt(text), entriesIn(text)];
}

const HEALTH = [
	{
		role: "compute",
		api: "ok",
		temporal: "ok",
		minio: "down",
		llama: "n/a",
		whisper: "unknown",
		reasons: { minio: "x" },
		pretended: false,
		buildId: "b",
	},
].map((one) => JSON.stringify(one));

function checkLeaving(text: string): void {
	expectThat(obeyed(leaving(text)).length === 0, "something is obeyed");
	expectThat(leaving(leaving(text)) === leaving(text), "it changes again");
	expectThat(JSON.parse(leavingJson(text, 0)) === text, "JSON says something else");
}

const HOSTILE = ["\u001B]52;c;eA==\u0007\u001B[2J\u001B[31m\u202E\u009B2J\u007F\r\nx"];

export const recordParsers: readonly Parser[] = [
	{
		name: "journal",
		corpus: JOURNALS,
		texts: textsNear(JOURNALS, ['{"v":1,', '"sum":', "}\n", "\n", "\r", "null", "[]"]),
		check: checkJournal,
	},
	{
		name: "models",
		corpus: MODELS,
		texts: jsonNear(MODELS, ["..", "whisper", "/etc/passwd", "a/../b"]),
		check: checkModels,
	},
	{
		name: "yt-dlp",
		corpus: YT_DLP,
		texts: textsNear(YT_DLP, ["ERROR: ", "{", "}", "\n", "HTTP Error 404"]),
		check: checkYtDlp,
		pieces: ["ERROR: ", "{\n"],
	},
	{ name: "health", corpus: HEALTH, texts: jsonNear(HEALTH), check: (text) => void parseHealth(text) },
	{
		name: "leaving",
		corpus: HOSTILE,
		texts: textsNear(HOSTILE, ["\u001B[", "m", "\u001B]", "\u0007", ";1"]),
		check: checkLeaving,
		pieces: ["\u001B[1;", "\u001B]"],
	},
];
