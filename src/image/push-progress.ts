import type { DaemonEvent } from "../system/docker-calls.ts";
import { counted } from "../system/text.ts";

export interface PushProgress {
	/** Takes the next event and returns one text such as `4 layers, 12.1/330.2 MB` (uncompressed bytes). */
	add(event: DaemonEvent): string;
	/** Short ids of the layers that travelled. */
	sent(): ReadonlySet<string>;
}

/** Folds the events of one push (Docker Engine API, POST /images/{name}/push). */
export function createPushProgress(): PushProgress {
	const layers = new Map<string, { current: number; total: number; sent: boolean }>();
	return {
		add({ id, status, progressDetail }) {
			if (id && /^[0-9a-f]{12}$/.test(id)) {
				const layer = layers.get(id) ?? { current: 0, total: 0, sent: false };
				if (status === "Pushing") Object.assign(layer, progressDetail);
				if (status === "Pushed") Object.assign(layer, { current: layer.total, sent: true });
				layers.set(id, layer);
			}
			return textOf([...layers.values()]);
		},
		sent: () => new Set([...layers].filter(([, { sent }]) => sent).map(([id]) => id)),
	};
}

function textOf(layers: readonly { current: number; total: number }[]): string {
	const megabytes = (pick: "current" | "total") =>
		(layers.reduce((sum, layer) => sum + Math.min(layer[pick], layer.total), 0) / 1e6).toFixed(1);
	return `${counted(layers.length, "layer")}, ${megabytes("current")}/${megabytes("total")} MB`;
}
