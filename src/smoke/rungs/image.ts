import { ok } from "../../checks/doctor/check.ts";
import { bytes } from "../../system/text.ts";
import { limit, type Rung } from "../rung.ts";

/** The image is there by its digest, and those of its dependencies. */
export const image: Rung = {
	name: "image",
	limitMs: limit(1_800),
	fix: "cres doctor shows whether registry and Docker daemon are well",
	async run({ engine, reference, against, ports, image: { digest, compressedBytes } }, { report, signal }) {
		const wanted = against === "images" ? ports.config.smoke.dependencies : undefined;
		for (const one of [reference, ...(wanted ? [wanted.temporal, wanted.store] : [])])
			await engine.pull(one, report, signal);
		return ok(`${digest.slice(0, 19)}… (${bytes(compressedBytes)} compressed)`);
	},
};
