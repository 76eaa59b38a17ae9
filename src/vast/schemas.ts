import { z } from "zod";
import { UserError } from "../errors/errors.ts";
import { Secret } from "../secrets/secret.ts";
import { ACTUAL_STATUS, type ActualStatus, type AttachedKey, type Contract, type Offer } from "./vast.ts";
import { jsonOf } from "../system/json.ts";

const text = z.string().nullish();
const count = z.number().nullish();

/** Docker's shape: two rows a port, one for each IP family; null for a port that is exposed but not mapped. */
const portTable = z.record(z.string(), z.array(z.object({ HostPort: z.coerce.number() })).nullable()).nullish();

/** Kept by cres in no field, but to be found by redact() in a log that prints it. */
const unseen = text.transform((value) => value && new Secret(value));

const variable = z
	.tuple([z.string(), z.coerce.string()], z.unknown())
	.transform(([name, value]) => variableOf(name, value));

/** An instance object, of which cres reads the part below. */
const instanceObject = z.object({
	id: z.int(),
	machine_id: z.int().nullish(),
	label: text,
	actual_status: text,
	intended_status: text,
	status_msg: text,
	image_uuid: text,
	image_runtype: text,
	extra_env: z.array(variable).nullish(),
	onstart: text,
	ports: portTable,
	public_ipaddr: text,
	ssh_host: text,
	ssh_port: count,
	disk_space: count,
	num_gpus: count,
	gpu_name: text,
	dph_total: count,
	jupyter_token: unseen,
});

export const contractSchema = instanceObject.transform((raw): Contract => ({
	id: raw.id,
	machineId: raw.machine_id ?? 0,
	label: raw.label ?? null,
	actual: actualOf(raw.actual_status),
	intended: raw.intended_status === "running" || raw.intended_status === "stopped" ? raw.intended_status : "unknown",
	statusMessage: raw.status_msg ?? null,
	image: raw.image_uuid ?? "",
	runtype: raw.image_runtype ?? "",
	env: raw.extra_env ?? [],
	onstart: raw.onstart ?? null,
	ports: portsOf(raw.ports ?? {}),
	publicIp: raw.public_ipaddr?.trim() || null,
	sshHost: raw.ssh_host?.trim() || null,
	sshPort: raw.ssh_port && raw.ssh_port > 0 ? raw.ssh_port : null,
	diskGb: raw.disk_space != null && raw.disk_space >= 0 ? raw.disk_space : undefined,
	gpus: raw.num_gpus ?? 0,
	gpuName: raw.gpu_name ?? null,
	dphTotal: raw.dph_total ?? 0,
}));

const SECRET_NAME = /KEY|SECRET|TOKEN|PASS|CREDENTIAL|AUTH/i;

/** Every Secret that is sought is blanked out of all text: values of ordinary settings, such as a name, are not. */
const variableOf = (name: string, value: string): Contract["env"][number] => ({
	name,
	value: new Secret(value, { sought: SECRET_NAME.test(name) }),
});

/** A word that is not documented is no state that cres could act on. */
const actualOf = (status: string | null | undefined): ActualStatus | null =>
	status == null ? null : (ACTUAL_STATUS.find((known) => known === status) ?? "unknown");

function portsOf(table: NonNullable<z.output<typeof portTable>>): Contract["ports"] {
	const mapped = Object.entries(table).flatMap(([inside, rows]) => {
		const port = rows?.map(({ HostPort }) => HostPort).find(isPort);
		return port === undefined ? [] : [[inside, port] as const];
	});
	return Object.fromEntries(mapped);
}

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port <= 65_535;

/** One object under a plural key; null for a contract that is gone. An array is accepted as well. */
export const byIdSchema = z.object({
	instances: z.union([z.null(), contractSchema, z.array(contractSchema)]).transform((given) => [given].flat()[0]),
});

export const pageSchema = z.object({ instances: z.array(contractSchema), next_token: text });

/** The keys come as JSON in a string, as documented; a list is accepted as well. */
export const keysSchema = z.object({
	ssh_keys: z.preprocess(
		(given) => (typeof given === "string" ? jsonOf(given) : given),
		z
			.array(z.object({ id: z.int(), public_key: z.string() }))
			.transform((keys): AttachedKey[] => keys.map(({ id, public_key }) => ({ id, publicKey: public_key.trim() }))),
	),
});

export const offersSchema = z.object({
	offers: z.array(
		z
			.object({
				id: z.int(),
				machine_id: z.int().nullish(),
				gpu_name: text,
				num_gpus: count,
				disk_space: count,
				dph_total: z.number(),
				direct_port_count: count,
			})
			.transform((raw): Offer => ({
				id: raw.id,
				machineId: raw.machine_id ?? 0,
				gpuName: raw.gpu_name ?? "",
				gpus: raw.num_gpus ?? 0,
				diskGb: raw.disk_space ?? 0,
				dphTotal: raw.dph_total,
				directPorts: raw.direct_port_count ?? 0,
			})),
	),
});

export const createdSchema = z.object({ new_contract: z.int(), instance_api_key: unseen });
export const logSchema = z.object({ result_url: z.url({ protocol: /^https?$/ }) });
export const accountSchema = z.object({ id: z.int() });

/** @throws UserError vast_unreadable, which names the fields and never their values */
export function readAs<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
	const parsed = schema.safeParse(body);
	if (parsed.success) return parsed.data;
	const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join(".") || "all of it"))].slice(0, 5);
	throw new UserError("vast_unreadable", `Vast's answer to ${what} is not as documented: ${fields.join(", ")}`, {
		hint: "run the command again; if it happens again, this version of cres is too old for Vast's API",
	});
}
