import type { Config } from "../config/config.ts";
import { FLAVOURS } from "../contracts/build-info.ts";
import { lastBuild } from "../state/last-build.ts";
import { readPromotions } from "../state/promotions.ts";
import { readReleases } from "../state/releases.ts";
import type { Records } from "./needs.ts";

/** What the records of this machine say of images. @throws UserError state_unreadable */
export async function readImageRecords({ state, instances }: Pick<Config, "state" | "instances">): Promise<Records> {
	const [releases, promotions, builds] = await Promise.all([
		Promise.all(Object.keys(instances).map(async (name) => [name, await readReleases(state, name)] as const)),
		readPromotions(state),
		Promise.all(FLAVOURS.map((flavour) => lastBuild(state, flavour))),
	]);
	return { releases: new Map(releases), promotions, builds: builds.filter((build) => build !== undefined) };
}
