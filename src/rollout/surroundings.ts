import { missingSecrets } from "../config/config.ts";
import { PERIMETER_FILE } from "../contracts/perimeter.ts";
import { UserError, hasCode, messageOf } from "../errors/errors.ts";
import { throwTogether } from "../errors/gathered.ts";
import { placeText } from "../perimeter/check.ts";
import { plainFailures } from "../perimeter/plain.ts";
import { checkPerimeter } from "../perimeter/report.ts";
import type { RolloutPorts } from "./ports.ts";
import { renderRunSpec } from "./run-spec.ts";
import type { WantedRelease } from "./wanted.ts";

const STORE_KEYS = ["MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"];

/**
 * Asks the object store from here whether it takes the keys and has the bucket. Where instances see it at another address,
 * a store that does not answer here is only noted.
 * @throws UserError bucket_missing, store_unauthorized, store_unreachable, store_failed
 */
export async function assertStore({ config, store, progress }: RolloutPorts): Promise<void> {
	const { endpoint, instance_endpoint, bucket } = config.store;
	const isGiven = STORE_KEYS.every((name) => config.secrets.includes(name));
	if (!isGiven || missingSecrets(config).length > 0) return; // missing ones are told as such
	try {
		if (await (await store()).bucketExists()) return;
	} catch (error) {
		const isElsewhere = instance_endpoint !== undefined && instance_endpoint !== endpoint;
		if (!isElsewhere || !hasCode(error, "store_unreachable")) throw error;
		return progress.note(`${messageOf(error)}; instances use ${instance_endpoint}`);
	}
	throw new UserError("bucket_missing", `the object store at ${endpoint} has no bucket ${bucket}`, {
		hint: "cres control prepare",
	});
}

/**
 * Compares every address that the release gives the instance with docs/Perimeter.md, where there is one. The run spec of a
 * rollback ran before: what is outside the perimeter by now is only noted.
 * @throws UserError outside_perimeter, one for each address
 */
export async function assertPerimeter(ports: RolloutPorts, { spec }: WantedRelease): Promise<void> {
	const { config, instance, progress } = ports;
	const env = environmentOf(config, instance, spec);
	const report = await checkPerimeter([instance], { config, rendered: () => env, running: false }).catch(ifMissing);
	const outside = (report?.findings ?? []).filter(
		({ severity, rule }) => severity === "finding" && rule !== "document" && rule !== "endpoint",
	);
	const failures = outside.map(
		({ message, fix, ...place }) =>
			new UserError("outside_perimeter", `${placeText(place)} ${message}`, {
				hint: fix.includes(PERIMETER_FILE) ? fix : `${fix}, or allow it in ${PERIMETER_FILE}`,
			}),
	);
	if (!spec) throwTogether(failures);
	for (const { message } of failures) progress.note(message);
}

/**
 * No work goes in clear off a machine unless docs/Perimeter.md allows it. A rollback only notes it.
 * @throws UserError plain_connection, one for each address
 */
export async function assertNotPlain(
	{ config, instance, progress }: RolloutPorts,
	{ spec }: WantedRelease,
): Promise<void> {
	const failures = await plainFailures(config, [{ name: instance.name, env: environmentOf(config, instance, spec) }]);
	if (!spec) throwTogether(failures);
	for (const { message } of failures) progress.note(message);
}

/** The clear values that the release gives the instance. */
const environmentOf = (
	config: RolloutPorts["config"],
	{ name, settings }: RolloutPorts["instance"],
	spec: WantedRelease["spec"],
): Readonly<Record<string, string>> => (spec ?? renderRunSpec(config, name, settings, {}, false)).env;

function ifMissing(error: unknown): undefined {
	if (!hasCode(error, "perimeter_missing")) throw error;
}
