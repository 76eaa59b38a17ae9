import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import { UserError } from "../errors/errors.ts";

const EXTENSION = /\.ya?ml$/;

/**
 * `prod.yaml` and `prod.yml` would have one state directory: leases, pins and releases of two perimeters in one. A link to
 * the file itself is no second one. `file` is absolute.
 * @throws UserError config_twice (usage)
 */
export async function assertOneOfName(file: string): Promise<void> {
	const name = file.replace(EXTENSION, "");
	const same = await realpath(file).catch(() => file);
	for (const other of [`${name}.yaml`, `${name}.yml`]) {
		const there = other === file ? undefined : await realpath(other).catch(() => undefined);
		if (there === undefined || there === same) continue;
		throw new UserError("config_twice", `${file} and ${basename(other)} beside it share the records of one name`, {
			hint: `remove one of them, or give it another name: mv ${basename(other)} NAME.yaml`,
		});
	}
}
