import { z } from "zod";
import { ApiError } from "./api-error.ts";
import { comparison } from "./listing.ts";
import { portWishes } from "./ports.ts";

const RUNTYPE_WORDS = /^(ssh|ssh_direc|ssh_direct|ssh_proxy|jupyter|jupyter_direc|jupyter_direct|jupyter_proxy|args)$/;
/** Documented as 4096; live reports say that more than this is cut off. */
const SCRIPT_LIMIT = 4048;
const ENVIRONMENT_LIMIT = 32_768;
const PORT_LIMIT = 64;

/** An object of names; the template API's flag string is no such thing. */
const environment = z
	.record(z.string(), z.string())
	.refine((env) => JSON.stringify(env).length <= ENVIRONMENT_LIMIT, `env: more than ${ENVIRONMENT_LIMIT} bytes`)
	.refine((env) => portWishes(env).length <= PORT_LIMIT, `env: more than ${PORT_LIMIT} ports`);
const image = z.string().min(1).max(1024);
const login = z.string().regex(/^(-u \S+ -p \S+ \S+|-u \S+ -p \S+|)$/, "image_login: -u USER -p TOKEN <registry>");
const runtype = z
	.string()
	.refine((text) => text.split(" ").every((word) => RUNTYPE_WORDS.test(word)), "runtype: unknown word");
const volume = z.strictObject({
	create_new: z.boolean().optional(),
	volume_id: z.int().optional(),
	size: z.number().optional(),
	mount_path: z.string(),
	name: z.string().optional(),
});

const create = z
	.strictObject({
		client_id: z.literal("me"),
		image,
		disk: z.number().min(1).default(10),
		label: z.string().max(256).nullish(),
		runtype: runtype.default("ssh_proxy"),
		env: environment.nullish(),
		onstart: z.string().nullish(),
		image_login: login.nullish(),
		target_state: z.enum(["running", "stopped"]).optional(),
		cancel_unavail: z.boolean().optional(),
		template_hash_id: z.string().nullish(),
		price: z.number().nullish(),
		args: z.array(z.string()).nullish(),
		args_str: z.string().nullish(),
		user: z.string().nullish(),
		vm: z.literal(false).optional(),
		volume_info: volume.nullish(),
		force: z.boolean().optional(),
	})
	.refine(
		({ onstart, args, args_str }) =>
			(onstart ?? "").length + (args ?? []).join(" ").length + (args_str ?? "").length <= SCRIPT_LIMIT,
		`onstart, args and args_str: more than ${SCRIPT_LIMIT} characters`,
	);
export type CreateBody = z.infer<typeof create>;

const BODIES = {
	create,
	"update-template": z.strictObject({
		id: z.int(),
		image: image.optional(),
		template_id: z.int().optional(),
		template_hash_id: z.string().optional(),
		args: z.string().optional(),
		env: environment.optional(),
		onstart: z.string().max(SCRIPT_LIMIT).optional(),
	}),
	empty: z.strictObject({}),
	change: z.union([
		z.strictObject({ state: z.enum(["running", "stopped"]) }),
		z.strictObject({ label: z.string().max(1024) }),
	]),
	"change-many": z.strictObject({ ids: z.array(z.int()), state: z.enum(["running", "stopped"]) }),
	"request-logs": z.strictObject({
		tail: z.string().regex(/^\d+$/).default("1000"),
		filter: z.string().optional(),
		daemon_logs: z.enum(["true", "false"]).optional(),
	}),
	command: z.strictObject({ command: z.string().max(512) }),
	"ssh-attach": z.strictObject({ ssh_key: z.string().regex(/^(ssh-|ecdsa-)\S+ [A-Za-z0-9+/=]+( .*)?$/) }),
	offers: z
		.object({
			order: z.array(z.tuple([z.string(), z.enum(["asc", "desc"])])).optional(),
			type: z.enum(["on-demand", "bid", "reserved"]).optional(),
			limit: z.int().min(1).optional(),
			allocated_storage: z.number().optional(),
		})
		.catchall(comparison),
} as const;

type BodyName = keyof typeof BODIES;

/** The body of a call, checked: nothing that the platform does not know may be in it. @throws ApiError 400 invalid_args */
export function parseBody<N extends BodyName>(name: N, body: unknown): z.infer<(typeof BODIES)[N]> {
	const parsed = BODIES[name].safeParse(body ?? {});
	if (!parsed.success) throw new ApiError(400, "invalid_args", z.prettifyError(parsed.error));
	return parsed.data as z.infer<(typeof BODIES)[N]>;
}

/** A body as it may be recorded: values of environments and logins replaced. */
export function recordable(body: unknown): unknown {
	if (typeof body !== "object" || body === null) return body;
	const { env, image_login, ...rest } = body as Record<string, unknown>;
	const names = typeof env === "object" && env !== null ? Object.keys(env) : undefined;
	return {
		...rest,
		...(env === undefined ? {} : { env: names ? Object.fromEntries(names.map((name) => [name, REPLACED])) : REPLACED }),
		...(image_login ? { image_login: REPLACED } : {}),
	};
}

const REPLACED = "[redacted]";
