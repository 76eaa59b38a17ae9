import type { SourceFile } from "../tree/source-file.ts";

interface Kind {
	/** What a name is made by, or annotated with, when it is one of these. */
	is: RegExp;
	methods: RegExp;
	/** What the file must import: others have classes of the same name. */
	from: RegExp;
}

/**
 * Classes of libraries and their methods that are coroutines: temporalio.client.WorkflowHandle, starlette's WebSocket,
 * SQLAlchemy's AsyncSession, httpx's AsyncClient, asyncio's Queue, Lock, Event and Semaphore.
 */
const KINDS: readonly Kind[] = [
	{
		is: /^(?:await\s+[\w.]+\.start_workflow|[\w.]+\.get_workflow_handle(?:_for)?)\(|^:\s*WorkflowHandle\b/,
		methods: /^(?:describe|result|cancel|terminate|signal|query|execute_update|fetch_history)$/,
		from: /\btemporal/,
	},
	{
		is: /^:\s*WebSocket\b/,
		methods: /^(?:accept|close|send|send_(?:json|text|bytes)|receive|receive_(?:json|text|bytes))$/,
		from: /\b(?:fastapi|starlette)\b/,
	},
	{
		is: /^:\s*AsyncSession\b/,
		methods: /^(?:execute|commit|rollback|refresh|flush|scalar|scalars|get|merge|delete|close)$/,
		from: /\bsql(?:alchemy|model)\b/,
	},
	{
		is: /^(?:httpx\.)?AsyncClient\(|^:\s*(?:httpx\.)?AsyncClient\b/,
		methods: /^(?:get|post|put|patch|delete|head|options|request|send|aclose)$/,
		from: /\bhttpx\b/,
	},
	{
		is: /^asyncio\.(?:Queue|Lock|Event|Semaphore)\b|^:\s*asyncio\.(?:Queue|Lock|Event|Semaphore)\b/,
		methods: /^(?:get|put|join|acquire|wait)$/,
		from: /\basyncio\b/,
	},
];

const NAME = /^(?:self\.)?\w+$/;

/** Whether `on.method()` gives a coroutine: all that the scope gives the name is of one such class. */
export function isKnownCoroutine(file: SourceFile, scope: string, on: string, method: string): boolean {
	if (!NAME.test(on) || !KINDS.some(({ methods }) => methods.test(method))) return false;
	const name = RegExp.escape(on);
	const made = [
		...scope.matchAll(new RegExp(`(?<![\\w.])${name}\\s*(?:=(?!=)\\s*([^\\n]+)|(:\\s*[\\w.]+)(?=\\s*[,)=\\n]))`, "g")),
	].map(([, value, type]) => type ?? value!);
	const opened = [...scope.matchAll(new RegExp(`\\bwith\\s+([^\\n]+?)\\s+as\\s+${name}\\b`, "g"))].map(
		([, value]) => value!,
	);
	const all = [...made, ...opened];
	return (
		all.length > 0 &&
		KINDS.some(({ is, methods, from }) => methods.test(method) && file.has(from) && all.every((one) => is.test(one)))
	);
}
