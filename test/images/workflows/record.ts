import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { WorkflowHandle } from "@temporalio/client";

const ROOT = join(import.meta.dirname, "../../..");

/** With CRES_RECORD_HISTORIES=1 keeps what an execution did as a fixture of the replay tests. */
export async function record(name: string, handle: WorkflowHandle): Promise<void> {
	if (process.env["CRES_RECORD_HISTORIES"] !== "1") return;
	const history = JSON.stringify(JSON.parse(historyToJSON(await handle.fetchHistory())), null, "\t");
	// Stack traces name this folder.
	const portable = history.replaceAll(`${pathToFileURL(ROOT).href}/`, "").replaceAll(`${ROOT}/`, "");
	await writeFile(join(ROOT, "test/fixtures/histories", `${name}.json`), `${portable}\n`);
}
