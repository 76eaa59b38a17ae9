/** A unit of time that names end in. */
export type TimeUnit = "hours" | "milliseconds" | "minutes" | "seconds";

const UNITS: readonly { unit: TimeUnit; snake: RegExp; camel: RegExp }[] = [
	{
		unit: "milliseconds",
		snake: /(?:^|_)(?:ms|msecs?|millis|milliseconds)$/i,
		camel: /[a-z\d](?:Ms|MS|Msecs?|Millis|Milliseconds|MilliSeconds)$/,
	},
	{ unit: "seconds", snake: /(?:^|_)(?:secs?|seconds)$/i, camel: /[a-z\d](?:Secs?|Seconds)$/ },
	{ unit: "minutes", snake: /(?:^|_)(?:mins|minutes)$/i, camel: /[a-z\d](?:Mins|Minutes)$/ },
	{ unit: "hours", snake: /(?:^|_)(?:hrs|hours)$/i, camel: /[a-z\d](?:Hrs|Hours)$/ },
];
/** Names of durations that end in `_s`; `items_s` may be anything. */
const SHORT =
	/(?:timeout|interval|delay|wait|ttl|period|duration|deadline|age|grace|backoff|sleep|poll|keepalive|heartbeat|after|every|latency|retry|lease|pause|cooldown|debounce)_s$/i;

const SHORT_CAMEL =
	/(?:[tT]imeout|[iI]nterval|[dD]elay|[wW]ait|[tT]tl|TTL|[pP]eriod|[dD]uration|[dD]eadline|[gG]race|[bB]ackoff|[sS]leep|[pP]oll|[kK]eep[aA]live|[hH]eartbeat|[lL]ease|[pP]ause|[cC]ooldown|[dD]ebounce|[mM]axAge)S$/;

/** The unit that a name says at its end: `timeout_ms`, `POLL_SECONDS`, `graceMs`. Camel case counts by its capitals. */
export function unitOfName(name: string): TimeUnit | undefined {
	if (/per_?(?:ms|sec|min|hour)\w*$/i.test(name)) return undefined;
	if (SHORT.test(name) || SHORT_CAMEL.test(name)) return "seconds";
	return UNITS.find(({ snake, camel }) => snake.test(name) || camel.test(name))?.unit;
}

const WRAPPED =
	/^(?:int|float|Number|parseInt|parseFloat|str|String|Math\.(?:round|floor|ceil|trunc)|round)\(([^]*)\)$/;
const FROM_ENVIRONMENT =
	/^(?:os\.)?(?:environ|getenv|env|environ\.get|process\.env|(?:\w+\.)?env\.get)\s*[[(]\s*["'](\w+)["'](?:\s*,[^]*)?[\])]$/;

/** The name whose value an expression is, without any arithmetic: of `int(os.environ["WAIT_MS"])` WAIT_MS. */
export function nameIn(expression: string): string | undefined {
	const text = expression.trim().replace(/^await\s+/, "");
	const inner = WRAPPED.exec(text)?.[1];
	if (inner !== undefined) return nameIn(inner.replace(/,\s*10$/, ""));
	const read = FROM_ENVIRONMENT.exec(text);
	if (read !== null) return read[1];
	const [first] = text.split(/\s*(?:\?\?|\|\||\bor\b)\s*/);
	if (first !== text && first !== undefined) return nameIn(first);
	const key = /^[\w$.?!]+(?:\[["'](\w+)["']\]|\.get\(["'](\w+)["'](?:,[^()]*)?\))$/.exec(text);
	if (key !== null) return key[1] ?? key[2];
	return /^(?:[\w$]+(?:\(\))?[?!]?\.)*([A-Za-z_$][\w$]*)!?$/.exec(text)?.[1];
}

/** The unit of a value that is given on as it is; undefined when it is computed, or its name says none. */
export function unitOf(expression: string): TimeUnit | undefined {
	const name = nameIn(expression);
	return name === undefined ? undefined : unitOfName(name);
}
