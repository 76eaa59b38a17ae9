import { settingsFor } from "../cres.ts";
import type { TestPerimeter } from "../perimeter.ts";
import { makeHub, type Hub } from "./hub.ts";

/** A hub whose smoke tests take Temporal and store of the perimeter; `name` is that of its settings. */
export const hubOf = (perimeter: TestPerimeter, name: string, repository: string): Promise<Hub> =>
	makeHub({
		settings: {
			...settingsFor(perimeter, name),
			...{ project: "rehearsal", image: { repository }, instances: {} },
		},
		...{ registry: perimeter.registry, store: perimeter.store, baseImage: perimeter.baseImage },
	});
