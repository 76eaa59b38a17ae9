import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { BUILD_INFO_PATH, type BuildInfo } from "../../src/contracts/build-info.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import { createLog, type Log } from "../runtime/logger.ts";
import { shutdownSignal } from "../runtime/shutdown.ts";
import { loadStore } from "../runtime/store.ts";
import { buildApp } from "./app.ts";
import { createDeps, type Deps } from "./deps.ts";
import { secretsOf } from "../runtime/settings.ts";
import { readApiSettings, type ApiSettings } from "./settings.ts";

/** Requests under way at the end may take this many milliseconds. */
const DRAIN_LIMIT = 10_000;

const { values: paths } = parseArgs({
	options: { "build-info": { type: "string", default: BUILD_INFO_PATH } },
});

// What a dependency still holds open would keep the process alive: end it explicitly.
process.exit(await main());

async function main(): Promise<number> {
	let log = createLog();
	try {
		const settings = readApiSettings(process.env);
		log = createLog({ secrets: secretsOf(settings) });
		const signal = shutdownSignal((name) => log("INFO", `${name}: finishing the requests under way`));
		await serve(settings, log, signal);
		log("INFO", "api stopped");
		return 0;
	} catch (error) {
		log("ERROR", error instanceof Error ? error.message : String(error));
		return 1;
	}
}

async function serve(settings: ApiSettings, log: Log, signal: AbortSignal): Promise<void> {
	const build = await readBuildInfo(paths["build-info"]);
	const drained = new AbortController();
	await using deps = createDeps({ settings, build, log, signal: drained.signal });
	// The first look at health is not to wait for it.
	await loadStore();
	const { open, tokens } = deps.access;
	if (!open && tokens.length === 0)
		log("WARN", "API_TOKENS is empty: only /health is answered; cres api token create makes a token");
	const app = buildApp(deps);
	const address = await app.listen({ host: settings.host, port: settings.port });
	log("INFO", "api listens", summary(settings, build, address));
	if (settings.reindexEvery !== undefined) void reindexing(settings.reindexEvery, deps, signal);
	await aborted(signal);
	const late = delay(DRAIN_LIMIT).then(() => {
		drained.abort();
		app.server.closeAllConnections();
	});
	await Promise.race([app.close(), late]);
}

function summary({ role, temporal, store }: ApiSettings, build: BuildInfo, address: string) {
	return {
		...{ role, address, ...build },
		temporal: { address: temporal.address, namespace: temporal.namespace },
		store: `${store.endpoint}/${store.bucket}`,
	};
}

function aborted(signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		if (signal.aborted) resolve();
		signal.addEventListener("abort", () => resolve());
	});
}

/** Builds the index again every so many seconds, whatever became of the last pass. */
async function reindexing(seconds: number, { index, log }: Deps, signal: AbortSignal): Promise<void> {
	while (!signal.aborted) {
		try {
			const { message } = await index.reindex();
			log("INFO", message);
		} catch (error) {
			log("WARN", "the index was not built", { error });
		}
		await delay(seconds * 1_000, undefined, { signal }).catch(() => {});
	}
}
