import { z } from "zod";
import { MODELS_DIR } from "../../src/contracts/models.ts";
import { readSettings } from "../runtime/settings.ts";
import { EnvironmentError, readVariables, type Environment } from "../runtime/variables.ts";
import { createLog } from "../runtime/logger.ts";
import { shutdownSignal } from "../runtime/shutdown.ts";
import { chooseModels } from "./choose.ts";
import { fetchModels, type FetchOptions } from "./fetch.ts";
import { ModelError, type ModelFault } from "./model-error.ts";

/** Of this program. 0: the models are there, or the bucket names none. */
const EXIT = { failed: 1, environment: 2, published: 3, diskFull: 4, unreachable: 75, terminated: 143 } as const;

const EXIT_OF: Record<ModelFault, number> = {
	"manifest-invalid": EXIT.published,
	"source-missing": EXIT.published,
	"size-mismatch": EXIT.published,
	"checksum-mismatch": EXIT.published,
	"source-refused": EXIT.failed,
	"source-unreachable": EXIT.unreachable,
	"disk-full": EXIT.diskFull,
};

/** Hex digits; empty: none. */
const SHA256 = z.string().regex(/^([0-9a-f]{64})?$/, "64 hex digits");

process.exit(await main(process.env));

async function main(environment: Environment): Promise<number> {
	let log = createLog();
	const signal = shutdownSignal((name) => log("INFO", `${name}: stopping; what was fetched is kept`));
	try {
		const { store } = readSettings(environment);
		const { MODELS_MANIFEST_SHA256: pin } = readVariables({ MODELS_MANIFEST_SHA256: SHA256 }, environment);
		log = createLog({ secrets: [store.accessKey, store.secretKey] });
		await work(environment, { store, manifestSha256: pin || undefined, log, signal });
		return 0;
	} catch (error) {
		if (signal.aborted) return EXIT.terminated;
		const fault = error instanceof ModelError ? { fault: error.fault } : {};
		log("ERROR", error instanceof Error ? error.message : String(error), fault);
		if (error instanceof ModelError) return EXIT_OF[error.fault];
		return error instanceof EnvironmentError ? EXIT.environment : EXIT.failed;
	}
}

async function work(
	environment: Environment,
	ports: Pick<FetchOptions, "store" | "manifestSha256" | "log" | "signal">,
): Promise<void> {
	const started = performance.now();
	const { manifest, kept, fetched } = await fetchModels({
		...ports,
		manifestUrl: environment["MODELS_MANIFEST_URL"] || undefined,
		directory: environment["MODELS_DIR"] || MODELS_DIR,
		choose: (models) => chooseModels(models, environment),
	});
	const models = manifest?.models.map(({ kind, name }) => `${kind}/${name}`);
	ports.log("INFO", "models: ready", { models, kept, fetched, ms: Math.round(performance.now() - started) });
}
