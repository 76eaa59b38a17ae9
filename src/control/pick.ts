import { UserError } from "../errors/errors.ts";
import { nearest } from "../system/nearest.ts";
import type { Opened } from "./open.ts";

/** The named services, or all, in their order. @throws UserError unknown_service (usage) */
export function pick(opened: readonly Opened[], names: readonly string[]): Opened[] {
	const known = opened.map(({ service }) => service.name);
	for (const name of names) {
		if (known.includes(name)) continue;
		const meant = nearest(name, known);
		throw new UserError("unknown_service", `no service is called ${name}`, {
			hint: meant === undefined ? `there are ${known.join(", ")}` : `did you mean ${meant}?`,
		});
	}
	return names.length === 0 ? [...opened] : opened.filter(({ service }) => names.includes(service.name));
}

/** The same with everything that they wait for. */
export function pickWithNeeds(opened: readonly Opened[], names: readonly string[]): Opened[] {
	const wanted = new Set(pick(opened, names).map(({ service }) => service.name));
	// Behind what it waits for, each service is met after those that need it.
	for (const { service } of opened.toReversed())
		if (wanted.has(service.name)) for (const one of service.after) wanted.add(one);
	return opened.filter(({ service }) => wanted.has(service.name));
}
