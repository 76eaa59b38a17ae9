import { awaitHealth } from "./await-health.ts";
import type { Source, SourceOptions } from "./source.ts";

/** Somebody else runs it: it is waited for, and never started or stopped. */
export const externalSource = (options: SourceOptions): Source => ({
	look: async () => ({ runs: false }),
	start: (how) =>
		awaitHealth(options, how, {
			hint: `start it where it runs: control.services.${options.service.name} is external`,
		}),
	stop: async () => "not-ours",
	log: { elsewhere: `${options.service.name} is external: its log is where it runs` },
});
