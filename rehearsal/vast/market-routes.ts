import { ApiError } from "./api-error.ts";
import { parseBody, type CreateBody } from "./bodies.ts";
import type { OfferState } from "./contract-state.ts";
import { compare, passesAll } from "./listing.ts";
import type { Call } from "./routes.ts";
import { wireOffer } from "./wire.ts";
import type { World } from "./world.ts";

/** POST /api/v0/bundles/: the offers that pass the comparisons. */
export function searchOffers(world: World, { body }: Call): object {
	const {
		order = [["dph_total", "asc"]],
		type = "on-demand",
		limit = 64,
		allocated_storage,
		...filters
	} = parseBody("offers", body);
	const rows = [...world.offers.values()].filter((offer) => offer.type === type).map(wireOffer);
	const fitting = rows.filter((row) => passesAll(row, filters as Parameters<typeof passesAll>[1]));
	const roomy = fitting.filter(({ disk_space }) => disk_space >= (allocated_storage ?? 0));
	const [column, direction] = order[0] ?? ["dph_total", "asc"];
	const sorted = roomy.toSorted(
		(a, b) =>
			(direction === "asc" ? 1 : -1) * compare(a[column as keyof typeof a], b[column as keyof typeof b]) || a.id - b.id,
	);
	return { offers: sorted.slice(0, limit) };
}

/** PUT /api/v0/asks/{id}/: an offer is good for one create. */
export async function createFromOffer(world: World, { id, body }: Call): Promise<object> {
	const wanted = parseBody("create", body);
	const offer = world.offers.get(id);
	if (!offer || world.faults.take("offer-gone", { id, route: "create" })) {
		world.offers.delete(id);
		const text = `error 404/3603: no_such_ask Instance type by id ${id} is not available.`;
		throw new ApiError(wanted.cancel_unavail ? 410 : 404, "no_such_ask", text);
	}
	world.offers.delete(id);
	const contract = await world.add(contractOf(offer, wanted));
	if (world.faults.take("create-half-made", { route: "create" }))
		throw new ApiError(400, "create_failed", "the host did not take the instance", { new_contract: contract.id });
	void world.lifecycle.create(contract);
	return { success: true, new_contract: contract.id, instance_api_key: `instance-key-${contract.id}` };
}

function contractOf({ machineId, gpus, gpuName, dph, type }: OfferState, wanted: CreateBody) {
	const { image, env, onstart, image_login, runtype, args, args_str, label, disk, volume_info } = wanted;
	return {
		configured: {
			image,
			env: env ?? {},
			onstart: onstart || null,
			login: image_login || null,
			runtype,
			args: args ?? args_str?.split(" ") ?? [],
		},
		label: label ?? null,
		machineId,
		diskGb: disk,
		gpus,
		gpuName,
		dph,
		isBid: type === "bid",
		...(volume_info ? { volumeAt: volume_info.mount_path } : {}),
	};
}
