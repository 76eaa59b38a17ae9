import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { FindAttested } from "../../src/attest/attested.ts";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { PromotionPorts } from "../../src/promotion/ports.ts";
import { promote, type PromoteOptions } from "../../src/promotion/promote.ts";
import type { Promotion } from "../../src/promotion/promotion.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { readPromotions, type RecordedPromotion } from "../../src/state/promotions.ts";
import { systemClock } from "../../src/system/clock.ts";
import { attestedBut } from "../support/attestations.ts";

export const REPOSITORY = "cres/worker";

/** A clone of the project with records of its own. */
export interface Machine {
	root: string;
	config: Config;
	/** What was noted for people. */
	notes: string[];
	ports(change?: Partial<PromotionPorts>): PromotionPorts;
	promote(source: string, channel: string, options?: Partial<PromoteOptions>): Promise<Promotion>;
	records(): Promise<RecordedPromotion[]>;
	/** docs/PLAN.md. */
	plan(): Promise<string>;
	remove(): Promise<void>;
}

/** @param settings of cres.yaml besides those that it needs */
export async function makeMachine(
	registry: Registry,
	{ attested = attestedBut(), settings = {} }: { attested?: FindAttested; settings?: object } = {},
): Promise<Machine> {
	const root = await mkdtemp(join(tmpdir(), "cres-promotions-"));
	await mkdir(join(root, "docs"));
	await writeFile(join(root, "docs", "PLAN.md"), "# PLAN\n");
	const yaml = {
		...{ project: "suite", image: { repository: REPOSITORY }, temporal: { address: "temporal.test:7233" } },
		...{ registry: { push: { address: registry.address, tls: false } }, store: { endpoint: "store.test:9000" } },
		...settings,
	};
	await writeFile(join(root, "cres.yaml"), stringify(yaml));
	const config = await loadConfig({ directory: root, environment: {} });
	const notes: string[] = [];
	const { signal } = new AbortController();
	const progress: PromotionPorts["progress"] = {
		step: (_title, work) => work(() => {}),
		note: (text) => void notes.push(text),
	};
	const ports = (change: Partial<PromotionPorts> = {}): PromotionPorts => ({
		...{ config, clock: systemClock, progress, signal, attested, registry: async () => registry },
		...change,
	});
	return {
		...{ root, config, notes, ports },
		promote: (source, channel, options) =>
			promote(ports(), { source, channel, expect: undefined, dryRun: false, ...options }),
		records: () => readPromotions(config.state),
		plan: () => readFile(join(root, "docs", "PLAN.md"), "utf8"),
		remove: () => rm(root, { recursive: true, force: true }),
	};
}
