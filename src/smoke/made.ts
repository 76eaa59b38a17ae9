import type { Engine } from "./engine.ts";

/** What one smoke test has a daemon make. */
export interface Made {
	/** Names of the containers that were made and not removed one by one, in their order. */
	names(): string[];
	/** Settles when nothing is being made: what was begun comes to its end, also when nobody waits for it. */
	settled(): Promise<void>;
}

/** The same daemon, which keeps account of what it makes. */
export function accounting(engine: Engine): { engine: Engine; made: Made } {
	const names = new Map<string, string>();
	const making = new Set<Promise<unknown>>();
	const counted = <T>(begun: Promise<T>): Promise<T> => {
		const ended = begun.catch(() => {}).finally(() => making.delete(ended));
		making.add(ended);
		return begun;
	};
	return {
		engine: {
			...engine,
			createNetwork: (name, labels) => counted(engine.createNetwork(name, labels)),
			create: (order) =>
				counted(
					engine.create(order).then((id) => {
						names.set(id, order.name);
						return id;
					}),
				),
			async remove(thing) {
				await engine.remove(thing);
				names.delete(thing.id);
			},
		},
		made: {
			names: () => [...names.values()],
			async settled() {
				while (making.size > 0) await Promise.all(making);
			},
		},
	};
}
