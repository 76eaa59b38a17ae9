/** Words that say nothing about which service it is. */
const EMPTY =
	/^(?:the|and|for|of|on|in|a|an|one|two|three|four|port|ports|server|servers|service|services|http|https|tcp|grpc|default|number|main|app|start|run|sh|py|ps1|ts|js|conf|config|yaml|yml|settings|env|src|scripts?|process|program|instances?|host|local|localhost|internal|external|base|value|int|str|command|cmd|name|http_ok|listen|listens|address|url|test|check|self)$/;

const known = new Map<string, ReadonlySet<string>>();

/** `uiPort`, `UI_PORT`, `Temporal UI` as words in lower case. */
export function serviceWordsOf(text: string): ReadonlySet<string> {
	const cached = known.get(text);
	if (cached) return cached;
	const words = new Set(
		text
			.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
			.toLowerCase()
			.split(/[^a-z0-9]+/)
			.filter((word) => word.length > 1 && !/^\d+$/.test(word) && !EMPTY.test(word)),
	);
	if (known.size < 100_000) known.set(text, words);
	return words;
}
