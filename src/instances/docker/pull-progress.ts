import type { DaemonEvent } from "../../system/docker-calls.ts";

/** Folds the events of one pull into one text such as `12.1/330.2 MB, 3 of 5 layers`. */
export function pullProgress(): (event: DaemonEvent) => string {
	const layers = new Map<string, { current: number; total: number; done: boolean }>();
	return ({ id, status, progressDetail }) => {
		if (id && /^[0-9a-f]{12}$/.test(id)) {
			const layer = layers.get(id) ?? { current: 0, total: 0, done: false };
			if (status === "Downloading") Object.assign(layer, progressDetail);
			if (status === "Download complete") layer.current = layer.total;
			if (status === "Pull complete" || status === "Already exists") layer.done = true;
			layers.set(id, layer);
		}
		const all = [...layers.values()];
		const megabytes = (pick: "current" | "total") =>
			(all.reduce((sum, layer) => sum + layer[pick], 0) / 1e6).toFixed(1);
		return `${megabytes("current")}/${megabytes("total")} MB, ${all.filter((layer) => layer.done).length} of ${all.length} layers`;
	};
}
