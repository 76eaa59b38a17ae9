import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { secretLiterals } from "../secrets/literals.ts";
import { Secret, redact } from "../secrets/secret.ts";
import { endpointHistory, recordedEndpoint } from "../state/endpoints.ts";
import { dotenvValues } from "../system/dotenv.ts";
import { readTextIfExists } from "../system/files.ts";
import { hostAndPort } from "../system/hosts.ts";

const SECRET_NAME = /(?:KEY|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)S?$/i;
/** A value that names a file or a variable is no secret. */
const POINTER = /^(?:~|\.{0,2}[/\\]|[A-Za-z]:\\|\$|id_[a-z0-9]+$)/;

/** Makes a secret of every value of .env that its name says to be one: it is left out of whatever is shown or written. */
export async function learnSecrets(root: string): Promise<void> {
	const values = dotenvValues((await readTextIfExists(join(root, ".env")).catch(() => undefined)) ?? "");
	for (const [name, value] of Object.entries(values))
		if (SECRET_NAME.test(name) && value !== "" && !POINTER.test(value)) new Secret(value, { name });
}

/** A line that must not be written. Never the value. */
export interface Forbidden {
	/** Counted from 1 in the text. */
	line: number;
	what: string;
}

/** Lines that hold a value of .env, or something that has the form of a secret. */
export function secretLines(text: string): Forbidden[] {
	return text.split(/\r\n|\r|\n/).flatMap((line, at) => {
		const known = redact(line) === line ? undefined : "a secret of this project, as .env or the environment has it";
		const what = known ?? secretLiterals(line)[0]?.kind;
		return what === undefined ? [] : [{ line: at + 1, what }];
	});
}

/** How an endpoint looks that lasts no longer than a container. */
const PROVIDER = /(?<![\w.-])(?:ssh\d+|\w[\w-]*)\.vast\.ai(?::\d{1,5})?(?![\w.-]*\w)/i;
const PUBLIC_SITES = /^(?:console|cloud|docs|www)\./i;
const LOGIN = /\bssh\b[^`]{0,200}?\s-p\s{0,3}\d{4,5}\b|\bssh:\/\/[^\s`]{1,200}:\d{4,5}/;
const MAPPED =
	/(?<![\w.])(?!0\.0\.0\.0|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)\d{1,3}(?:\.\d{1,3}){3}:(\d{5})(?!\d)/;

/** Every address that an instance of the record has or had. */
export async function knownEndpoints({ state, instances }: Pick<Config, "state" | "instances">): Promise<string[]> {
	const each = Object.keys(instances).map(async (name) => {
		const [now, before] = await Promise.all([recordedEndpoint(state, name), endpointHistory(state, name)]);
		return [...(now ? [now] : []), ...before].map(({ host, port }) => hostAndPort(host, port));
	});
	return [...new Set((await Promise.all(each)).flat())];
}

/** Lines that hold an endpoint that changes with the next container: where a logical name should stand. */
export function floatingLines(text: string, known: readonly string[]): Forbidden[] {
	return text.split(/\r\n|\r|\n/).flatMap((line, at) => {
		const what = floatingIn(line, known);
		return what === undefined ? [] : [{ line: at + 1, what }];
	});
}

function floatingIn(line: string, known: readonly string[]): string | undefined {
	const recorded = known.find((one) => line.toLowerCase().includes(one.toLowerCase()));
	if (recorded !== undefined) return recorded;
	const provider = PROVIDER.exec(line)?.[0];
	if (provider !== undefined && !PUBLIC_SITES.test(provider)) return provider;
	return MAPPED.exec(line)?.[0] ?? LOGIN.exec(line)?.[0];
}
